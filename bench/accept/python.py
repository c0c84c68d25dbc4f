import socket
import sys


def main(port, count):
    server = socket.create_server(("127.0.0.1", port), backlog=4096)
    for _ in range(count):
        s, _ = server.accept()
        s.close()
    server.close()


main(int(sys.argv[1]), int(sys.argv[2]))

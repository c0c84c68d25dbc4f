import socket
import sys


def main(port, count):
    piece = b"x" * 65536
    s = socket.create_connection(("127.0.0.1", port))
    for _ in range(count):
        s.sendall(piece)
    s.close()


main(int(sys.argv[1]), int(sys.argv[2]))

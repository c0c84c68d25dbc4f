import socket
import sys


def main(port, count):
    s = socket.create_connection(("127.0.0.1", port))
    s.setblocking(False)
    for _ in range(count):
        try:
            s.recv(64)
            assert False
        except BlockingIOError:
            pass
    s.close()


main(int(sys.argv[1]), int(sys.argv[2]))

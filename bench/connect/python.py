import socket
import sys


def main(port, count):
    address = ("127.0.0.1", port)
    for _ in range(count):
        s = socket.socket()
        s.connect(address)
        s.close()


main(int(sys.argv[1]), int(sys.argv[2]))

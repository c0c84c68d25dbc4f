import socket
import sys


def main(port, count):
    s = socket.create_connection(("127.0.0.1", port))
    f = s.makefile("rb")
    got = length = 0
    while line := f.readline():
        got += 1
        length += len(line) - 1
    assert got == count and length == count * 39
    s.close()


main(int(sys.argv[1]), int(sys.argv[2]))

import socket
import sys


def main(port, count):
    s = socket.create_connection(("127.0.0.1", port))
    got = bytes = 0
    for line in s.makefile("rb"):
        got += 1
        bytes += len(line) - 1
    assert got == count and bytes == count * 39
    s.close()


main(int(sys.argv[1]), int(sys.argv[2]))

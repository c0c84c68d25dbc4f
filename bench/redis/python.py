import socket
import sys


def main(port, count):
    s = socket.create_connection(("127.0.0.1", port))
    f = s.makefile("rb")
    got = 0
    while head := f.readline():
        words = []
        for _ in range(int(head[1:])):
            length = int(f.readline()[1:])
            words.append(f.read(length + 2)[:length])
        assert words[1] == b"user:123"
        got += 1
    assert got == count
    s.close()


main(int(sys.argv[1]), int(sys.argv[2]))

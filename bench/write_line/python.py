import socket
import sys


def main(port, count):
    s = socket.create_connection(("127.0.0.1", port))
    f = s.makefile("wb", buffering=65536)
    for i in range(1, count + 1):
        f.write(b"a line of thirty-nine letters and a fee\n")
        if i % 1000 == 0:
            f.flush()
    f.close()


main(int(sys.argv[1]), int(sys.argv[2]))

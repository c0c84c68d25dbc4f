import socket
import sys


def main(port, count):
    s = socket.create_connection(("127.0.0.1", port))
    s.settimeout(5)
    buffer = bytearray(64)
    for _ in range(count):
        assert s.recv_into(buffer) == 64
    s.close()


main(int(sys.argv[1]), int(sys.argv[2]))

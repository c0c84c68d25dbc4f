import socket
import sys


def main(port, count):
    s = socket.create_connection(("127.0.0.1", port))
    buffer = bytearray(65536)
    got = 0
    while n := s.recv_into(buffer):
        got += n
    assert got == count * 65536
    s.close()


main(int(sys.argv[1]), int(sys.argv[2]))

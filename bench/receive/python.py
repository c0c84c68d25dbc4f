import socket
import sys


def main(port, count):
    s = socket.create_connection(("127.0.0.1", port))
    got = 0
    while data := s.recv(65536):
        got += len(data)
    assert got == count * 65536
    s.close()


main(int(sys.argv[1]), int(sys.argv[2]))

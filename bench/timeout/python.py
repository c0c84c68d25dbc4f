import socket
import sys


def main(port, count):
    request = b"x" * 64
    s = socket.create_connection(("127.0.0.1", port))
    s.settimeout(5)
    for _ in range(count):
        s.sendall(request)
        assert len(s.recv(64)) == 64
    s.close()


main(int(sys.argv[1]), int(sys.argv[2]))

import socket
import sys


def main(port, count):
    request = b"x" * 64
    address = ("127.0.0.1", port)
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for _ in range(count):
        s.sendto(request, address)
        data, sender = s.recvfrom(64)
        assert len(data) == 64 and sender[1] == port
    s.close()


main(int(sys.argv[1]), int(sys.argv[2]))

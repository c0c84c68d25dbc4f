import socket
import sys

BATCH = 32


def main(count):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.0.0.1", 0))
    data, peer = b"x" * 64, s.getsockname()
    for _ in range(0, count, BATCH):
        for _ in range(BATCH):
            s.sendto(data, peer)
        for _ in range(BATCH):
            s.recvfrom(64)
    s.close()


main(int(sys.argv[2]))

import socket
import sys

BATCH = 32


def main(port, count):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    data, peer = b"x" * 64, ("127.0.0.1", port)
    for _ in range(0, count, BATCH):
        for _ in range(BATCH):
            s.sendto(data, peer)
        for _ in range(BATCH):
            s.recvfrom(64)
    s.close()


main(int(sys.argv[1]), int(sys.argv[2]))

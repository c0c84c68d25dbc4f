import os
import socket
import ssl
import sys


def connect(context, port):
    return context.wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname="localhost")


def main(port, count):
    context = ssl.create_default_context(cafile=os.environ["BENCH_TLS"] + "/authority.pem")
    for _ in range(count):
        connect(context, port).close()


main(int(sys.argv[1]), int(sys.argv[2]))

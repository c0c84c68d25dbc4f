"""peer.py MODE [ADDRESS...]: the other side of a connection, in Python's own socket module."""

import os
import socket
import sys

mode, arguments = sys.argv[1], sys.argv[2:]
PATIENCE = 10


def say(*words):
    print(*words, flush=True)


def endpoint(host, port):
    return host, int(port)


def read_all(s):
    return b"".join(iter(lambda: s.recv(65536), b""))


def client(host, port):
    """Says lines, ends, and prints what comes back."""
    with socket.create_connection(endpoint(host, port), PATIENCE) as s:
        s.sendall(b"".join(b"line %d\n" % i for i in range(10000)))
        s.shutdown(socket.SHUT_WR)
        data = read_all(s)
    say(len(data), data[-10:].decode().strip())


def server(host):
    """Gives back upside down what it is sent."""
    with socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET) as s:
        s.settimeout(PATIENCE)
        say(s.getsockname()[1])
        connection, address = s.accept()
        connection.settimeout(PATIENCE)
        say(address[1])
        with connection:
            connection.sendall(read_all(connection)[::-1])


def datagram_client(host, port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(PATIENCE)
        s.sendto(b"hello", endpoint(host, port))
        data, address = s.recvfrom(100)
        say(data.decode(), address[1])


def datagram_server(host):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(PATIENCE)
        s.bind((host, 0))
        say(s.getsockname()[1])
        data, address = s.recvfrom(100)
        s.sendto(data.upper(), address)


def unix_socket(path):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(PATIENCE)
    s.connect(path)
    return s


def send_descriptor(path):
    """Sends the reading end of a pipe, and writes into the other one."""
    reading, writing = os.pipe()
    with unix_socket(path) as s:
        socket.send_fds(s, [b"pipe"], [reading])
        os.close(reading)
        os.write(writing, b"through the pipe")
        os.close(writing)
        s.recv(1)


def receive_descriptor(path):
    """Receives a descriptor and prints what can be read from it."""
    with unix_socket(path) as s:
        data, fds, _, _ = socket.recv_fds(s, 100, 1)
        say(data.decode(), os.read(fds[0], 100).decode())


def inherited(fd):
    """Writes to a socket that it inherited."""
    with socket.socket(fileno=int(fd)) as s:
        s.sendall(b"from a child")
        say(s.family.name, s.type.name)


globals()[mode.replace("-", "_")](*arguments)

# Sends a line over TLS and prints the answer. Arguments: port, authority, version.
import socket
import ssl
import sys

context = ssl.create_default_context(cafile=sys.argv[2])
context.maximum_version = getattr(ssl.TLSVersion, "TLSv" + sys.argv[3].replace(".", "_"))
with context.wrap_socket(socket.create_connection(("127.0.0.1", int(sys.argv[1]))), server_hostname="localhost") as conn:
    conn.sendall(b"hello\n")
    print(conn.recv(100).decode(), end="", flush=True)

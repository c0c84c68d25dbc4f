# Serves one connection over TLS: answers a line in upper case, and ends TLS. Arguments: certificate, key.
import socket
import ssl
import sys

context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
conn = context.wrap_socket(listener.accept()[0], server_side=True)
conn.sendall(conn.recv(100).upper())
conn.unwrap()

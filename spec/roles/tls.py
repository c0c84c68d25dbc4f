# Serves one client: answers a line over TLS, ends TLS (both sides saying so, or silently), and answers a line in the clear.
import socket
import ssl
import sys

certificate, key, end = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
with socket.create_server(("127.0.0.1", 0)) as server:
    print(server.getsockname()[1], flush=True)
    plain, _ = server.accept()
secure = context.wrap_socket(plain, server_side=True)
secure.sendall(b"secret: " + secure.recv(100))
plain = secure.unwrap() if end == "goodbye" else socket.socket(fileno=secure.detach())
plain.sendall(b"plain: " + plain.recv(100))
plain.close()

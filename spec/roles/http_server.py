"""http_server.py COUNT [CERTIFICATE KEY]: a web server of Python's, over TLS where it has a certificate. It says its port.
/together answers when COUNT requests have come."""

import http.server
import ssl
import sys
import threading

together = threading.Barrier(int(sys.argv[1]))


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, code, body, **headers):
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/together":
            together.wait(60)
            self.answer(200, b"together")
        elif self.path == "/moved":
            self.answer(302, b"", Location="/page")
        elif self.path == "/chunks":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n")
        elif self.path == "/big":
            self.answer(200, b"0123456789" * 100000)
        elif self.path == "/page":
            self.answer(200, b"a page")
        else:
            self.answer(404, b"nothing")

    def do_POST(self):
        self.answer(200, self.rfile.read(int(self.headers["Content-Length"])).upper())

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    def finish_request(self, request, client_address):
        if len(sys.argv) > 2:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(sys.argv[2], sys.argv[3])
            request = context.wrap_socket(request, server_side=True)
        super().finish_request(request, client_address)
        if len(sys.argv) > 2:
            request.unwrap()

    def handle_error(self, request, client_address):
        pass


with Server(("127.0.0.1", 0), Handler) as server:
    print(server.server_address[1], flush=True)
    server.serve_forever()

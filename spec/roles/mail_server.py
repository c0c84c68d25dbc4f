"""mail_server.py: a mail server, aiosmtpd's. It says its port, and then each message as JSON, a line each: the client's
name, the user, the sender, the recipients, the length and the end of the text. It knows one user, ada, whose password is "secret",
and has no mailbox for nobody@host.example."""

import asyncio
import json

from aiosmtpd.smtp import SMTP, AuthResult


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address == "nobody@host.example":
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        text = envelope.content.decode("latin-1")
        user = session.auth_data
        fields = [session.host_name, user, envelope.mail_from, envelope.rcpt_tos, len(text), text[-1000:]]
        print(json.dumps(fields), flush=True)
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    known = data.login == b"ada" and data.password == b"secret"
    return AuthResult(success=known, handled=False, auth_data=data.login.decode())


def session():
    return SMTP(Handler(), authenticator=authenticate, auth_require_tls=False, hostname="localhost")


async def main():
    server = await asyncio.get_running_loop().create_server(session, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())

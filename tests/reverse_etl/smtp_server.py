"""A mailbox behind a real SMTP server, plain or with TLS, for the tests of channels."""

import email
import socket
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

SECRET = "pat-canary-7c1f9e"  # as the world has it


class Mailbox:
    """What an SMTP server took, with its whims: an answer per recipient,
    and the line cut after the final dot."""

    def __init__(self):
        self.messages, self.answers, self.cut = [], {}, set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if answer := self.answers.get(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.messages.append(email.message_from_bytes(envelope.content, policy=default))
        if set(envelope.rcpt_tos) & self.cut:
            server.transport.abort()
        return "250 OK"


def log_in(server, session, envelope, mechanism, login) -> AuthResult:
    return AuthResult(
        success=(login.login, login.password) == (b"shop", SECRET.encode()), handled=False
    )


def serve(**tls):
    """A mailbox and its server's address, while the generator is alive."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    box = Mailbox()
    server = Controller(box, hostname="127.0.0.1", port=port, authenticator=log_in, **tls)
    server.start()
    yield box, f"smtp://127.0.0.1:{port}"
    server.stop()

"""One e-mail as bytes whose headers are those that were meant, and no others.

A value may hold what becomes a line break on the way: Python decodes an encoded word
(`=?utf-8?q?Eve=0ABcc:…?=`) that stands in a header and writes what it held, up to 3.11.9
(CVE-2024-6923). So control characters and encoded words are refused in every header, and the
written message is read again before it is sent.
"""

import re
from collections.abc import Iterable, Sequence
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import SMTP
from typing import Any, NamedTuple

Headers = Sequence[tuple[str, str]]

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ENCODED_WORD = re.compile(r"=\?.*\?=")
_OF_THE_BODY = {"Content-Type", "Content-Transfer-Encoding", "MIME-Version"}


class Mail(NamedTuple):
    """A message, and its bytes with the line ends of SMTP."""

    message: EmailMessage
    content: bytes

    @property
    def on_the_wire(self) -> bytes:
        """With doubled dots and the final one."""
        return re.sub(rb"(?m)^\.", b"..", self.content.removesuffix(b"\r\n")) + b"\r\n.\r\n"


def check_header(name: str, value: str) -> None:
    """Errors: `ValueError` that says what stands in `name` and must not, without the value."""
    if _CONTROL.search(value):
        raise ValueError(f"line break or control character in {name}")
    if _ENCODED_WORD.search(value):
        raise ValueError(f"encoded word in {name}")


def compose(headers: Headers, text: str, html: str | None) -> Mail:
    """A message of these headers and bodies.

    Errors: `ValueError` where a header holds what it must not, or reads otherwise once written.
    """
    for name, value in headers:
        check_header(name, value)
    try:
        message, content = _written(headers, text, html)
        read = message_from_bytes(content, policy=SMTP)
        meant = [(name, getattr(message[name], "addresses", value)) for name, value in headers]
        is_as_meant = _told(read.items()) == _told(meant) and _parts(read) == _parts(message)
    except Exception:  # what odd values make of Python's parser is of many kinds, and quotes them
        raise ValueError("it cannot be written as a message") from None
    if not is_as_meant:
        raise ValueError("its headers read otherwise once they are written")
    return Mail(message, content)


def _written(headers: Headers, text: str, html: str | None) -> tuple[EmailMessage, bytes]:
    message = EmailMessage()
    for name, value in headers:
        message[name] = value
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    return message, message.as_bytes(policy=SMTP)


def _told(headers: Iterable[tuple[str, Any]]) -> list[tuple[str, str]]:
    """Without those of the body; addresses without the quotes of their names, and all without
    blanks: long lines are folded at them."""
    return [(name, _plain(value)) for name, value in headers if name not in _OF_THE_BODY]


def _plain(value: Any) -> str:
    addresses = getattr(value, "addresses", value)
    if not isinstance(addresses, str):
        addresses = ",".join(f"{one.display_name}<{one.addr_spec}>" for one in addresses)
    return "".join(addresses.split())


def _parts(message: Message) -> list[str]:
    return [part.get_content_type() for part in message.walk()]

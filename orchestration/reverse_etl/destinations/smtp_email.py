"""E-mail by SMTP: one message a row, to one recipient, over a kept connection to your own relay.

The sync's columns are `email`, `subject`, `text`, and where wanted `html` and `unsubscribe_url`.
An append channel: a message is sent once and never taken back. Its Message-ID is made of the row's
key, so that a receiver can collapse what came twice; a message whose answer was lost after the
final dot is unknown all the same, and never sent again by itself. Every message can be unsubscribed
from (RFC 8058): by `unsubscribe_url` with one click, or by the option `unsubscribe_mailto`; one
without is refused here. So is one whose headers would not be those that were meant (`_mail.py`).
A relay's 5yz rejects the row, a 4yz leaves it for the next run, a 421 ends the sync. DKIM is the
relay's.

base_url is smtp://host:587 with STARTTLS, which only a relay on this machine may do without, and
that without a login (or any relay with `insecure`), or smtps://host:465. The secret is the password
of `user`; without that option nobody logs in. Options: `from` (needed), `user`,
`unsubscribe_mailto`, `ca_file` (of a relay with its own authority), `rate_limit` (default 10/1),
`timeout` in seconds (default 60).
"""

import json
import re
import smtplib
import ssl
from collections.abc import Mapping
from email.utils import formatdate, parseaddr
from urllib.parse import urlsplit

from ingestion.transport import is_this_machine
from orchestration.reverse_etl.client import LONGEST_WAIT_SECONDS
from orchestration.reverse_etl.destinations._mail import Mail, check_header, compose
from orchestration.reverse_etl.encoding import typed
from orchestration.reverse_etl.limits import Limiter, Rate
from orchestration.reverse_etl.protocol import (
    Batch,
    Column,
    DestinationConfig,
    NoAnswer,
    Outcome,
    Resend,
    Stopped,
    resolve_secret,
)
from orchestration.reverse_etl.spec import Mode, NullPolicy, Removal, SpecError

COLUMNS = ("email", "subject", "text", "html", "unsubscribe_url")
PORTS = {"smtp": 587, "smtps": 465}
CLOSING = 421
_ENHANCED = re.compile(rb"([245]\.\d{1,3}\.\d{1,3})\b")
_HTTPS = re.compile(r"https://[!-;=?-~]+")  # ASCII without blanks and angle brackets


def build(config: DestinationConfig) -> "SmtpEmail":
    return SmtpEmail(config)


class SmtpEmail:
    """One sender at one relay."""

    batch_rows = 1
    resend: Resend = "never"
    modes: frozenset[Mode] = frozenset({"append"})
    removals: tuple[Removal, ...] = ()
    null_policy: NullPolicy = "omit"

    def __init__(self, config: DestinationConfig) -> None:
        self.name = config.name
        self.requests = 0
        self._config = config
        where = urlsplit(config.base_url or "")
        self._from = str(config.options.get("from", ""))
        self._domain = parseaddr(self._from)[1].rpartition("@")[2]
        if where.scheme not in PORTS or not where.hostname or not self._domain:
            raise ValueError(
                f"destination {self.name}: base_url must be smtp://host:587 or smtps://host:465,"
                " and options.from an address"
            )
        for option in ("from", "unsubscribe_mailto"):
            try:
                check_header(f"options.{option}", str(config.options.get(option, "")))
            except ValueError as error:
                raise ValueError(f"destination {self.name}: {error}; write it plainly") from None
        self._scheme, self._host, self._port = (
            where.scheme,
            where.hostname,
            where.port or PORTS[where.scheme],
        )
        self._rate = Rate.parse(
            str(config.options.get("rate_limit", "10/1")), f"destination {self.name}"
        )
        self._timeout = float(config.options.get("timeout", 60))
        self._limiter: Limiter | None = None
        self._relay: smtplib.SMTP | None = None
        self._password = ""

    def encode(self, column: Column, value: str) -> str:
        if column.name not in COLUMNS:
            raise SpecError(
                f"destination {self.name}: {column.name} has no place in a message;"
                f" send only {', '.join(COLUMNS)}"
            )
        return typed(column, value)

    def open(self) -> None:
        self._password = resolve_secret(self._config) if self._config.options.get("user") else ""
        credential = str(self._config.options.get("user", ""))
        endpoint = f"{self._host}:{self._port}"
        self._limiter = Limiter.shared(
            self._rate, self._config.clock, self._config.limits_folder, endpoint, credential
        )

    def close(self) -> None:
        self._hang_up()
        if self._limiter:
            self._limiter.close()
            self._limiter = None

    def send(self, batch: Batch) -> list[Outcome]:
        (row,) = batch.rows
        try:
            mail = self._mail(json.loads(row.payload or "{}"), row.idempotency_key)
        except ValueError as error:
            return [Outcome("rejected", str(error))]
        if self._limiter is None:
            raise RuntimeError(f"destination {self.name}: open it before sending")
        if self._limiter.acquire(LONGEST_WAIT_SECONDS):
            raise Stopped(
                f"destination {self.name}: its limit is used up; nothing is lost, run again later"
            )
        self.requests += 1
        return [self._transmit(mail)]

    def preview(self, batch: Batch) -> list[str]:
        """The message that `send` would hand over, or why it would not."""
        (row,) = batch.rows
        try:
            mail = self._mail(json.loads(row.payload or "{}"), row.idempotency_key)
        except ValueError as error:
            return [str(error)]
        return [str(mail.message)]

    def _mail(self, fields: Mapping[str, str], key: str) -> Mail:
        """Errors: `ValueError` that says what is missing or forbidden, without values."""
        for name in ("email", "subject", "text"):
            if not fields.get(name):
                raise ValueError(f"no {name}")
        for name in ("email", "subject"):
            check_header(name, fields[name])
        address, url = fields["email"], fields.get("unsubscribe_url") or ""
        if parseaddr(address)[1] != address or address.count("@") != 1 or not address.isascii():
            raise ValueError("email is not one address")
        if url and not _HTTPS.fullmatch(url):
            raise ValueError("unsubscribe_url is not https")
        mailto = self._config.options.get("unsubscribe_mailto")
        if not url and not mailto:
            raise ValueError("no way to unsubscribe")
        ways = [f"<{url}>"] * bool(url) + [f"<mailto:{mailto}>"] * bool(mailto)
        headers = [
            ("From", self._from),
            ("To", address),
            ("Subject", fields["subject"]),
            ("Date", formatdate(self._config.clock.time())),
            ("Message-ID", f"<{key}@{self._domain}>"),
            ("List-Unsubscribe", ", ".join(ways)),
            *[("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")] * bool(url),
        ]
        return compose(headers, fields["text"], fields.get("html"))

    def _transmit(self, mail: Mail) -> Outcome:
        """Until the final dot nothing has happened; after it, only the answer says so."""
        refused = self._envelope(str(mail.message["To"]))
        if refused:
            return refused
        relay = self._connected()
        try:
            relay.send(mail.on_the_wire)
            code, text = relay.getreply()
        except (smtplib.SMTPException, OSError) as error:
            self._hang_up()
            raise NoAnswer(f"{type(error).__name__} after the final dot") from None
        return (
            self._refused(code, text)
            if code >= 400
            else Outcome("acknowledged", None, str(mail.message["Message-ID"]))
        )

    def _envelope(self, recipient: str) -> Outcome | None:
        """Begin a message.

        A kept connection may have been closed by the other side in the meantime: once
        more on a new one.
        """
        for _ in range(2):
            relay = self._connected()
            try:
                for command in (
                    f"mail from:<{parseaddr(self._from)[1]}>",
                    f"rcpt to:<{recipient}>",
                    "data",
                ):
                    code, text = relay.docmd(command)
                    if code >= 400:
                        return self._refused(code, text)
                return None
            except (smtplib.SMTPServerDisconnected, OSError):
                self._hang_up()
        return Outcome("unsent", "the relay hangs up")

    def _refused(self, code: int, text: bytes) -> Outcome:
        """What a refusal means for the row; never its prose, which repeats the address."""
        enhanced = _ENHANCED.search(text)
        reason = f"SMTP {code}" + (f" {enhanced[1].decode()}" if enhanced else "")
        if code == CLOSING:
            self._hang_up()
            raise Stopped(
                f"destination {self.name}: the relay closes ({reason});"
                " nothing is lost, run again later"
            )
        if self._relay:
            try:
                self._relay.rset()
            except (smtplib.SMTPException, OSError):
                self._hang_up()
        return Outcome("rejected", reason) if code >= 500 else Outcome("unsent", reason)

    def _connected(self) -> smtplib.SMTP:
        """The kept connection, or a new one. Errors: `Stopped`."""
        if self._relay is None:
            try:
                self._relay = self._connect()
            except (smtplib.SMTPException, OSError) as error:
                self._hang_up()
                code = (
                    f" ({error.smtp_code})"
                    if isinstance(error, smtplib.SMTPResponseException)
                    else ""
                )
                raise Stopped(
                    f"destination {self.name}: no session with {self._host}:{self._port}, "
                    f"{type(error).__name__}{code}; "
                    "check base_url, options.user, the password and that the relay runs"
                ) from None
        return self._relay

    def _connect(self) -> smtplib.SMTP:
        trust = ssl.create_default_context(cafile=self._config.options.get("ca_file"))
        relay: smtplib.SMTP
        if self._scheme == "smtps":
            relay = smtplib.SMTP_SSL(self._host, self._port, timeout=self._timeout, context=trust)
        else:
            relay = smtplib.SMTP(self._host, self._port, timeout=self._timeout)
        relay.ehlo_or_helo_if_needed()
        if self._scheme == "smtp" and relay.has_extn("starttls"):
            relay.starttls(context=trust)
            relay.ehlo()
        elif self._scheme == "smtp" and not (self._config.insecure or is_this_machine(self._host)):
            relay.close()
            raise Stopped(
                f"destination {self.name}: {self._host}:{self._port} offers no STARTTLS, so mails"
                " could be read on their way; name a relay that does or its smtps:// address,"
                " or say insecure: true where the way is yours alone"
            )
        if user := self._config.options.get("user"):
            if self._scheme == "smtp" and not isinstance(relay.sock, ssl.SSLSocket):
                raise smtplib.SMTPNotSupportedError("no TLS, no password")
            relay.login(str(user), self._password)
        return relay

    def _hang_up(self) -> None:
        if self._relay is not None:
            self._relay.close()
            self._relay = None

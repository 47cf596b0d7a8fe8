"""Twilio SMS: one message a row, to the number in the column `phone`,
with the text in the column `body`.

An append channel: a message is sent once and never taken back. Twilio knows no request keys, so a
message without an answer (a timeout, a reset, a 5xx) may have gone out: it is unknown, and the next
run asks the account's own list of messages. A message of the last `look_back_hours` (default 72)
with the same number and text is that one; where there is none, it did not go out. A 429 was never
processed and is waited out. Refusals name their code: 21610 is a recipient who opted out.

The secret is the account's auth token. Options: `account` (its SID) and `from` (a number) or
`messaging_service` (a SID), which are needed; `status_callback` (an address), `validity_seconds`,
`look_back_hours`, `rate_limit` (default 1/1, that of a long code).
"""

import base64
import json
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from urllib.parse import urlencode

from orchestration.reverse_etl.client import answered, told_by
from orchestration.reverse_etl.destinations._http import HttpDestination
from orchestration.reverse_etl.encoding import typed
from orchestration.reverse_etl.protocol import Batch, Column, DestinationConfig, Outcome, Resend
from orchestration.reverse_etl.spec import Mode, NullPolicy, Removal, SpecError

COLUMNS = ("phone", "body")
MAX_BODY = 1_600
LOOKED_THROUGH = 100


def build(config: DestinationConfig) -> "TwilioSms":
    return TwilioSms(config)


class TwilioSms(HttpDestination):
    """The messages of one account and one sender."""

    batch_rows = 1
    resend: Resend = "look_up"
    modes: frozenset[Mode] = frozenset({"append"})
    removals: tuple[Removal, ...] = ()
    null_policy: NullPolicy = "omit"
    base_url = "https://api.twilio.com"
    rate_limit = "1/1"

    def __init__(self, config: DestinationConfig) -> None:
        super().__init__(config)
        self._account = self.option("account")
        self._look_back = float(config.options.get("look_back_hours", 72)) * 3600
        service = config.options.get("messaging_service")
        self._fixed = (
            {"MessagingServiceSid": str(service)} if service else {"From": self.option("from")}
        )
        for option, parameter in (
            ("status_callback", "StatusCallback"),
            ("validity_seconds", "ValidityPeriod"),
        ):
            if option in config.options:
                self._fixed[parameter] = str(config.options[option])

    def headers(self, secret: str) -> Mapping[str, str]:
        credential = base64.b64encode(f"{self._account}:{secret}".encode()).decode()
        return {
            "Authorization": f"Basic {credential}",
            "Content-Type": "application/x-www-form-urlencoded",
        }

    def encode(self, column: Column, value: str) -> str:
        if column.name not in COLUMNS:
            raise SpecError(
                f"destination {self.name}: {column.name} has no place in a message;"
                f" send only {' and '.join(COLUMNS)}"
            )
        return typed(column, value)

    def send(self, batch: Batch) -> list[Outcome]:
        (row,) = batch.rows
        message = json.loads(row.payload or "{}")
        if not message.get("phone") or not message.get("body"):
            return [Outcome("rejected", "no number or no text")]
        if len(message["body"]) > MAX_BODY:
            return [Outcome("rejected", f"text over {MAX_BODY} characters")]
        (form,) = self.preview(batch)
        answer = self.client.post(self._path, form.encode(), resend=False)
        if code := answered(answer).get("error_code"):
            return [Outcome("rejected", str(code))]
        return [Outcome("acknowledged", None, told_by(answer, "sid"))]

    def preview(self, batch: Batch) -> list[str]:
        """The form that `send` posts."""
        (row,) = batch.rows
        message = json.loads(row.payload or "{}")
        return [
            urlencode(
                {"To": message.get("phone") or "", **self._fixed, "Body": message.get("body") or ""}
            )
        ]

    def look_up(self, batch: Batch) -> list[Outcome]:
        """The account's messages to that number, the newest first;
        older ones than were looked through say nothing."""
        (row,) = batch.rows
        message = json.loads(row.payload or "{}")
        asked = urlencode({"To": message["phone"], "PageSize": LOOKED_THROUGH})
        messages = told_by(self.client.request("GET", f"{self._path}?{asked}"), "messages")
        since = self.config.clock.time() - self._look_back
        recent = [
            sent
            for sent in messages
            if parsedate_to_datetime(sent["date_created"]).timestamp() >= since
        ]
        for sent in recent:
            if sent["body"] == message["body"]:
                return [Outcome("acknowledged", None, sent["sid"])]
        return [
            Outcome("unknown", "too many messages to look through")
            if len(recent) >= LOOKED_THROUGH
            else Outcome("unsent")
        ]

    @property
    def _path(self) -> str:
        return f"/2010-04-01/Accounts/{self._account}/Messages.json"

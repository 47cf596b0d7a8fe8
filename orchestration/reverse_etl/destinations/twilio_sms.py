"""Twilio SMS: one message a row, to the number in the column `phone`, with the text in the column `body`.

An append channel: a message is sent once and never taken back. Twilio knows no request keys, so a message without an answer (a timeout, a
reset, a 5xx) may have gone out: it is unknown, and never sent again by itself. A 429 was never processed and is waited out. Refusals name
their code: 21610 is a recipient who opted out. The secret is the account's auth token. Options: `account` (its SID) and `from` (a number)
or `messaging_service` (a SID), which are needed; `status_callback` (an address), `validity_seconds`, `rate_limit` (default 1/1, that of a
long code).
"""

import base64
import json
from collections.abc import Mapping
from urllib.parse import urlencode

from orchestration.reverse_etl.client import answered
from orchestration.reverse_etl.destinations._http import HttpDestination
from orchestration.reverse_etl.encoding import typed
from orchestration.reverse_etl.protocol import Batch, Column, DestinationConfig, Outcome, Resend
from orchestration.reverse_etl.spec import Mode, NullPolicy, Removal, SpecError

COLUMNS = ("phone", "body")
MAX_BODY = 1_600


def build(config: DestinationConfig) -> "TwilioSms":
    return TwilioSms(config)


class TwilioSms(HttpDestination):
    """The messages of one account and one sender."""

    batch_rows = 1
    resend: Resend = "never"
    modes: frozenset[Mode] = frozenset({"append"})
    removals: tuple[Removal, ...] = ()
    null_policy: NullPolicy = "omit"
    base_url = "https://api.twilio.com"
    rate_limit = "1/1"

    def __init__(self, config: DestinationConfig) -> None:
        super().__init__(config)
        self._account = self.option("account")
        service = config.options.get("messaging_service")
        self._fixed = {"MessagingServiceSid": str(service)} if service else {"From": self.option("from")}
        for option, parameter in (("status_callback", "StatusCallback"), ("validity_seconds", "ValidityPeriod")):
            if option in config.options:
                self._fixed[parameter] = str(config.options[option])

    def headers(self, secret: str) -> Mapping[str, str]:
        credential = base64.b64encode(f"{self._account}:{secret}".encode()).decode()
        return {"Authorization": f"Basic {credential}", "Content-Type": "application/x-www-form-urlencoded"}

    def encode(self, column: Column, value: str) -> str:
        if column.name not in COLUMNS:
            raise SpecError(f"destination {self.name}: {column.name} has no place in a message; send only {' and '.join(COLUMNS)}")
        return typed(column, value)

    def send(self, batch: Batch) -> list[Outcome]:
        (row,) = batch.rows
        message = json.loads(row.payload or "{}")
        if not message.get("phone") or not message.get("body"):
            return [Outcome("rejected", "no number or no text")]
        if len(message["body"]) > MAX_BODY:
            return [Outcome("rejected", f"text over {MAX_BODY} characters")]
        form = {"To": message["phone"], **self._fixed, "Body": message["body"]}
        response = self.client.post(f"/2010-04-01/Accounts/{self._account}/Messages.json", urlencode(form).encode(), resend=False)
        answer = answered(response)
        if answer.get("error_code"):
            return [Outcome("rejected", str(answer["error_code"]))]
        return [Outcome("acknowledged", None, answer.get("sid"))]

"""Twilio's messages as the sandbox keeps them: one form, one message;
opted-out and impossible numbers refused by code.

Like Twilio it honours no key: the same form twice is two messages.
"""

import re
from typing import Any
from urllib.parse import parse_qs

from orchestration.reverse_etl.sandbox.faults import Fault, keys_of
from orchestration.reverse_etl.sandbox.vendor import Answer, Vendor

MAX_BODY = 1_600
CREATED = "Thu, 01 Jan 2026 00:00:00 +0000"
_PATH = re.compile(r"/2010-04-01/Accounts/([^/]+)/Messages\.json(?:\?(.*))?")


class TwilioMessages(Vendor):
    """Messages in the order they were taken."""

    scheme = "Basic"

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[dict[str, Any]] = []

    def state(self) -> dict[str, Any]:
        return {"messages": self.messages}

    def refusal(self, status: int, code: str, message: str) -> Answer:
        number = {"unauthorized": 20003, "not_found": 20404, "invalid": 20001}.get(code) or int(
            code
        )
        return status, {"code": number, "message": message, "more_info": "", "status": status}

    def answer(
        self, method: str, path: str, headers: Any, body: bytes, faults: list[Fault]
    ) -> Answer:
        matched = _PATH.fullmatch(path)
        if method == "GET" and matched and matched[2]:
            asked = {name: values[0] for name, values in parse_qs(matched[2]).items()}
            found = [
                message for message in reversed(self.messages) if message["to"] == asked.get("To")
            ]
            return 200, {"messages": found[: int(asked.get("PageSize", 50))], "next_page_uri": None}
        if method != "POST" or not matched:
            return self.refusal(404, "not_found", "The requested resource was not found.")
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        to, text = form.get("To", ""), form.get("Body", "")
        if headers.get("Content-Type") != "application/x-www-form-urlencoded" or not text:
            return self.refusal(400, "21602", "Message body is required.")
        if not re.fullmatch(r"\+[1-9][0-9]{6,14}", to):
            return self.refusal(400, "21211", f"Invalid 'To' phone number: {to}")
        if not form.get("From") and not form.get("MessagingServiceSid"):
            return self.refusal(400, "21603", "A 'From' phone number is required.")
        if len(text) > MAX_BODY:
            return self.refusal(
                400, "21617", "The concatenated message body exceeds the 1600 character limit."
            )
        if to in keys_of(faults, "reject"):
            return self.refusal(400, "21610", f"Attempt to send to unsubscribed recipient {to}")
        sid = f"SM{len(self.messages) + 1:032d}"
        self.messages.append(
            {
                "sid": sid,
                "to": to,
                "body": text,
                "status": "queued",
                "error_code": None,
                "date_created": CREATED,
            }
        )
        self.effects.apply(to, "", "message")
        return 201, self.messages[-1]

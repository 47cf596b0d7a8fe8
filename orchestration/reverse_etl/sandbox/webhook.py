"""A receiver of signed webhooks, as one's own would be:
signatures checked, keys honoured, rows kept.

It knows the sandbox's own secret, or the one that it is told; without a signature, or with another
body than the signed one, nobody gets in.
"""

import base64
import hashlib
import hmac
from typing import Any

from orchestration.reverse_etl.sandbox.faults import Fault, keys_of
from orchestration.reverse_etl.sandbox.vendor import Answer, Vendor, elements, parsed, wanted

MAX_ROWS = 100
SECRET = "sandbox-token"


class WebhookReceiver(Vendor):
    """By object and key what was sent last."""

    def __init__(self, secret: str = SECRET) -> None:
        super().__init__()
        self.secret = secret
        self.rows: dict[str, dict[str, Any]] = {}

    def state(self) -> dict[str, Any]:
        return {"rows": self.rows}

    def refusal(self, status: int, code: str, message: str) -> Answer:
        return status, {"code": code, "message": message}

    def is_known(self, headers: Any, body: bytes) -> bool:
        signed = f"{headers.get('webhook-id')}.{headers.get('webhook-timestamp')}.".encode() + body
        digest = base64.b64encode(
            hmac.new(self.secret.encode(), signed, hashlib.sha256).digest()
        ).decode()
        return hmac.compare_digest(headers.get("webhook-signature") or "", f"v1,{digest}")

    def answer(
        self, method: str, path: str, headers: Any, body: bytes, faults: list[Fault]
    ) -> Answer:
        document = parsed(body)
        wanted(bool(document.get("action")), "action is needed.")
        rows = elements(
            document,
            "rows",
            MAX_ROWS,
            lambda row: isinstance(row, dict) and bool(row.get("idempotency_key")),
        )
        repeats = {
            row["key"]
            for row in rows
            if self.effects.has(row["key"], row["idempotency_key"], document["action"])
        }
        if (keys_of(faults, "reject", "request") - repeats) & {row["key"] for row in rows}:
            return self.refusal(422, "unprocessable", "A row is not valid.")
        rejected, errors = keys_of(faults, "reject") - repeats, []
        for row in rows:
            if row["key"] in rejected:
                errors.append(
                    {
                        "idempotency_key": row["idempotency_key"],
                        "code": "invalid_row",
                        "message": f"Refused: {row}",
                    }
                )
            else:
                self._apply(document, row)
        return 200, {"errors": errors}

    def _apply(self, document: dict[str, Any], row: dict[str, Any]) -> None:
        kept = self.rows.setdefault(document.get("object", ""), {})
        if not self.effects.apply(row["key"], row["idempotency_key"], document["action"]):
            return
        if document["action"] == "upsert":
            kept[row["key"]] = row["payload"]
        else:
            kept.pop(row["key"], None)

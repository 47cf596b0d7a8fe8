"""Any receiver of your own: rows as JSON over HTTP, signed,
under keys that the receiver can honour.

A request is a POST of `{"object", "action", "mode", "rows": [{"key", "version", "idempotency_key",
"payload"}]}`; `payload` is missing where something is taken back. Its headers follow the Standard
Webhooks specification: `webhook-id`, `webhook-timestamp` and `webhook-signature`, which is `v1,`
and the base64 of HMAC-SHA256, by the secret, over id, timestamp and body with dots between.
The same rows have the same id, however often they are sent: a receiver that remembers ids, or
the rows' idempotency keys, applies nothing twice. Rows that it refuses it names in a 2xx answer,
`{"errors": [{"idempotency_key", "code"}]}`; a 400, 413 or 422 refuses the whole request.
Options: `path` (default /), `rate_limit` (default 600/60).
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping

from orchestration.reverse_etl.client import json_of, safe_code
from orchestration.reverse_etl.destinations._http import HttpDestination
from orchestration.reverse_etl.protocol import (
    UPSERT,
    Batch,
    DestinationConfig,
    Outcome,
    Resend,
    Row,
    resolve_secret,
)
from orchestration.reverse_etl.spec import Mode, NullPolicy, Removal


def build(config: DestinationConfig) -> "Webhook":
    return Webhook(config)


class Webhook(HttpDestination):
    """One receiver; the settings name its base_url, and the secret that it
    checks signatures with."""

    batch_rows = 100
    resend: Resend = "same_key"
    modes: frozenset[Mode] = frozenset({"upsert", "insert", "update", "mirror", "append"})
    removals: tuple[Removal, ...] = ("clear", "remove", "unsubscribe", "archive", "delete", "erase")
    null_policy: NullPolicy = "null"
    base_url = ""
    rate_limit = "600/60"

    def __init__(self, config: DestinationConfig) -> None:
        super().__init__(config)
        self._path = self.option("path", "/")
        if not config.base_url:
            raise ValueError(
                f"destination {self.name}: base_url is missing in the settings;"
                " name the receiver's address"
            )

    def headers(self, secret: str) -> Mapping[str, str]:
        return {}  # the secret signs and never travels

    def open(self) -> None:
        super().open()
        self._secret = resolve_secret(self.config).encode()

    def send(self, batch: Batch) -> list[Outcome]:
        (body,) = self.preview(batch)
        content = body.encode()
        response = self.client.request(
            "POST", self._path, content, headers=self._signed(batch, content)
        )
        refused = {
            error.get("idempotency_key"): Outcome(
                "rejected", safe_code(error.get("code")) or "refused"
            )
            for error in json_of(response).get("errors") or []
        }
        return [refused.get(row.idempotency_key, Outcome("acknowledged")) for row in batch.rows]

    def preview(self, batch: Batch) -> list[str]:
        """The body that `send` posts."""
        head = json.dumps({"object": batch.object, "action": batch.action, "mode": batch.mode})
        return [
            f'{head[:-1]}, "rows":'
            f" [{', '.join(_document(row, batch.action) for row in batch.rows)}]}}"
        ]

    def _signed(self, batch: Batch, content: bytes) -> dict[str, str]:
        """Headers of one request. The id is made of the rows' own keys."""
        keys = "\n".join([batch.action, *(row.idempotency_key for row in batch.rows)])
        message_id = f"msg_{hashlib.sha256(keys.encode()).hexdigest()[:32]}"
        timestamp = str(int(self.config.clock.time()))
        digest = hmac.new(
            self._secret, f"{message_id}.{timestamp}.".encode() + content, hashlib.sha256
        ).digest()
        signature = f"v1,{base64.b64encode(digest).decode()}"
        return {
            "webhook-id": message_id,
            "webhook-timestamp": timestamp,
            "webhook-signature": signature,
        }


def _document(row: Row, action: str) -> str:
    """One element of `rows`; the payload is a JSON document already."""
    head = json.dumps(
        {"key": row.key, "version": row.version, "idempotency_key": row.idempotency_key}
    )
    return f'{head[:-1]}, "payload": {row.payload or "{}"}}}' if action == UPSERT else head

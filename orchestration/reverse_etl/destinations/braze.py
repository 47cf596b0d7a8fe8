"""Braze users: custom attributes by external id, in requests of at most 75
objects (`/users/track`).

Attributes set a state, so sending one again is harmless; null takes an attribute away. Braze
accepts a request and works on it later: minor errors are listed by their place in it, the rest
goes through. Columns that would subscribe somebody are refused: this destination can unsubscribe,
never the reverse. Removals: `clear` empties the fields, `unsubscribe` ends marketing e-mail,
`delete` erases the user.
Options: `rate_limit` (default 250/1, the documented 3,000 in 3 s taken slowly; plans by
active users have less).
"""

import json
from typing import Any

import httpx

from orchestration.reverse_etl.client import answered, safe_code
from orchestration.reverse_etl.destinations._http import HttpDestination
from orchestration.reverse_etl.encoding import typed
from orchestration.reverse_etl.protocol import (
    UPSERT,
    Batch,
    Column,
    DestinationConfig,
    NoAnswer,
    Outcome,
    Resend,
    Row,
)
from orchestration.reverse_etl.spec import Mode, NullPolicy, Removal, SpecError

DELETE_ROWS = 50
CONSENT = ("email_subscribe", "push_subscribe", "subscription_groups")


def build(config: DestinationConfig) -> "Braze":
    return Braze(config)


class Braze(HttpDestination):
    """One workspace; base_url names the cluster, such as https://rest.iad-01.braze.com."""

    batch_rows = 75
    resend: Resend = "same_key"
    modes: frozenset[Mode] = frozenset({"upsert", "update", "mirror"})
    removals: tuple[Removal, ...] = ("clear", "unsubscribe", "delete")
    null_policy: NullPolicy = "null"
    base_url = ""
    rate_limit = "250/1"

    def __init__(self, config: DestinationConfig) -> None:
        super().__init__(config)
        if not config.base_url:
            raise ValueError(
                f"destination {self.name}: base_url is missing in the settings;"
                " name the cluster's address"
            )

    def encode(self, column: Column, value: str) -> str:
        if column.name in CONSENT:
            raise SpecError(
                f"destination {self.name}: {column.name} could subscribe somebody;"
                " leave it out, on_withdrawal unsubscribes"
            )
        return (
            f"cast({value} as double)"
            if column.type.startswith("DECIMAL")
            else typed(column, value)
        )

    def pause_of(self, response: httpx.Response) -> float | None:
        """Limits end at a moment, in seconds since 1970."""
        moment = response.headers.get("X-RateLimit-Reset", "")
        return (
            max(0.0, float(moment) - self.config.clock.time())
            if response.status_code == 429 and moment.isdigit()
            else None
        )

    def send(self, batch: Batch) -> list[Outcome]:
        if batch.action == "delete":
            return self._delete(batch)
        (body,) = self.preview(batch)
        answer = answered(self.client.post("/users/track", body.encode()))
        refused = {
            error["index"]: Outcome("rejected", safe_code(error.get("type")) or "refused")
            for error in answer.get("errors") or []
            if isinstance(error, dict)
            and error.get("input_array") == "attributes"
            and isinstance(error.get("index"), int)
        }
        if (answer.get("errors") and not refused) or answer.get("message") != "success":
            raise NoAnswer("errors that name no row")
        return [refused.get(place, Outcome("acknowledged")) for place in range(len(batch.rows))]

    def preview(self, batch: Batch) -> list[str]:
        """The body that `send` posts."""
        return [json.dumps({"attributes": [_attributes(batch, row) for row in batch.rows]})]

    def _delete(self, batch: Batch) -> list[Outcome]:
        for start in range(0, len(batch.rows), DELETE_ROWS):
            ids = [row.key for row in batch.rows[start : start + DELETE_ROWS]]
            answered(self.client.post("/users/delete", json.dumps({"external_ids": ids}).encode()))
        return [Outcome("acknowledged")] * len(batch.rows)


def _attributes(batch: Batch, row: Row) -> dict[str, Any]:
    fields: dict[str, Any]
    if batch.action == UPSERT:
        fields = json.loads(row.payload or "{}")
    elif batch.action == "unsubscribe":
        fields = {"email_subscribe": "unsubscribed"}
    else:
        fields = {
            column.name: None for column in batch.columns if column.name != batch.contact_point
        }
    # Nobody who was erased or left Braze comes into being by an update, or by being taken back.
    only_existing = (
        {"_update_existing_only": True} if batch.mode == "update" or batch.action != UPSERT else {}
    )
    return {"external_id": row.key, **only_existing, **fields}

"""HubSpot CRM contacts, by batch upsert on a unique property of our own (v3 objects API).

Upserts set a state, so sending one again is harmless. Options: `id_property` (default
clientele_customer_id), `rate_limit` (default 100/10, that of the smallest account). Removals:
`clear` empties the fields, `unsubscribe` ends all marketing e-mail, `archive` can be undone in
HubSpot, `erase` deletes for good, one request each, and bars the address.
"""

import json
from collections.abc import Sequence
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

import httpx

from orchestration.reverse_etl.client import answered, json_of, safe_code
from orchestration.reverse_etl.destinations._http import HttpDestination
from orchestration.reverse_etl.encoding import as_text
from orchestration.reverse_etl.protocol import (
    UPSERT,
    Batch,
    Column,
    DestinationConfig,
    Outcome,
    Resend,
    Row,
)
from orchestration.reverse_etl.spec import Mode, NullPolicy, Removal

PAUSES = {
    "TEN_SECONDLY_ROLLING": 10.0,
    "SECONDLY": 1.0,
    "DAILY": 24 * 3600.0,
}  # by policyName; a day's limit ends the sync
LOCKED_PAUSE = 2.0
NOT_FOUND = "OBJECT_NOT_FOUND"


def build(config: DestinationConfig) -> "HubSpot":
    return HubSpot(config)


class HubSpot(HttpDestination):
    """One HubSpot account."""

    batch_rows = 100
    resend: Resend = "same_key"
    modes: frozenset[Mode] = frozenset({"upsert", "mirror"})
    removals: tuple[Removal, ...] = ("clear", "unsubscribe", "archive", "erase")
    null_policy: NullPolicy = "clear"  # an empty text is how HubSpot forgets a value

    base_url = "https://api.hubapi.com"
    rate_limit = "100/10"

    def __init__(self, config: DestinationConfig) -> None:
        super().__init__(config)
        self._id_property = self.option("id_property", "clientele_customer_id")

    def encode(self, column: Column, value: str) -> str:
        return as_text(column, value)

    def pause_of(self, response: httpx.Response) -> float | None:
        if response.status_code == 423:
            return LOCKED_PAUSE
        return (
            PAUSES.get(str(json_of(response).get("policyName")))
            if response.status_code == 429
            else None
        )

    def send(self, batch: Batch) -> list[Outcome]:
        if batch.action not in (UPSERT, "clear"):
            return self._take_back(batch)
        (body,) = self.preview(batch)
        if batch.action == UPSERT:
            return self._outcomes(batch.rows, answered(self._post(batch, "batch/upsert", body)))
        # An update, since who never arrived must not come into being by being taken back.
        outcomes = self._outcomes(batch.rows, answered(self._post(batch, "batch/update", body)))
        return [
            Outcome("acknowledged") if (outcome.reason or "").startswith(NOT_FOUND) else outcome
            for outcome in outcomes
        ]

    def preview(self, batch: Batch) -> list[str]:
        """The body that `send` posts."""
        cleared = json.dumps(
            dict.fromkeys(
                (column.name for column in batch.columns if column.name != batch.contact_point), ""
            )
        )
        inputs = [
            self._input(row, (row.payload or "{}") if batch.action == UPSERT else cleared)
            for row in batch.rows
        ]
        return ['{"inputs":[' + ",".join(inputs) + "]}"]

    def _input(self, row: Row, properties: str) -> str:
        """One element of `inputs`; `properties` is a JSON document already."""
        return (
            f'{{"id":{quoted(row.key)},"idProperty":{quoted(self._id_property)},"properties":{properties},'
            f'"objectWriteTraceId":{quoted(row.idempotency_key)}}}'
        )

    def _outcomes(self, rows: Sequence[Row], body: dict[str, Any]) -> list[Outcome]:
        """One outcome per row: by its trace id, in `results` or in `errors`;
        a row in neither is unknown."""
        outcomes: dict[str, Outcome] = {}
        trace_of = {row.key: row.idempotency_key for row in rows}
        for result in body.get("results") or []:
            trace = result.get("objectWriteTraceId") or trace_of.get(
                (result.get("properties") or {}).get(self._id_property, "")
            )
            if trace:
                outcomes[trace] = Outcome("acknowledged", None, result.get("id"))
        errors = body.get("errors") or []
        for error in errors:
            refused = Outcome("rejected", _reason(error))
            named = _named(error, trace_of)
            if not named and len(rows) == 1:
                named = {rows[0].idempotency_key}
            for trace in named:
                outcomes[trace] = refused
        missing = Outcome("unknown", "in neither results nor errors")
        return [outcomes.get(row.idempotency_key, missing) for row in rows]

    def _take_back(self, batch: Batch) -> list[Outcome]:
        """By HubSpot's own ids and addresses, which are looked up;
        those that do not exist are gone."""
        found = self._found(batch)
        if batch.action == "unsubscribe":
            if addresses := [address for _, address in found if address]:
                path = "/communication-preferences/v4/statuses/batch/unsubscribe-all?channel=EMAIL"
                self.client.post(path, json.dumps({"inputs": addresses}).encode())
        elif batch.action == "erase":
            for remote_id, _ in found:
                self._post(batch, "gdpr-delete", json.dumps({"objectId": remote_id}))
        elif found:
            self._post(
                batch,
                "batch/archive",
                json.dumps({"inputs": [{"id": remote_id} for remote_id, _ in found]}),
            )
        return [Outcome("acknowledged")] * len(batch.rows)

    def _found(self, batch: Batch) -> list[tuple[str, str | None]]:
        """HubSpot's id and the address of each row that exists there;
        asked for only where they are not known."""
        if batch.action != "unsubscribe" and all(row.remote_id for row in batch.rows):
            return [(str(row.remote_id), None) for row in batch.rows]
        inputs = [{"id": row.key} for row in batch.rows]
        wanted = {
            "idProperty": self._id_property,
            "properties": [self._id_property, "email"],
            "inputs": inputs,
        }
        results = answered(self._post(batch, "batch/read", json.dumps(wanted))).get("results") or []
        return [(result["id"], result["properties"].get("email")) for result in results]

    def _post(self, batch: Batch, verb: str, body: str) -> httpx.Response:
        return self.client.post(f"/crm/v3/objects/{batch.object}/{verb}", body.encode())


def _named(error: dict[str, Any], trace_of: dict[str, str]) -> set[str]:
    """Trace ids of the rows that an error is about: whatever it names, by trace id or by key,
    in its id or its context."""
    mentioned: list[Any] = [error.get("id")]
    for values in (error.get("context") or {}).values():
        mentioned += values if isinstance(values, list) else [values]
    traces = set(trace_of.values())
    return {
        value if value in traces else trace_of[value]
        for value in mentioned
        if value in traces or value in trace_of
    }


def _reason(error: dict[str, Any]) -> str:
    """Category and code; never the message, which repeats values."""
    details = [
        detail.get("code") for detail in error.get("errors") or [] if isinstance(detail, dict)
    ]
    parts = [
        safe_code(value) for value in (error.get("category"), error.get("subCategory"), *details)
    ]
    return " ".join(part for part in parts if part) or "refused"

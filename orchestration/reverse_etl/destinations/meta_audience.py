"""Meta Custom Audiences: members of a customer-file audience,
added and removed by our own difference (Graph API v25.0).

The sync's object is the audience's id, its columns are identifiers by name (`hashing.META`);
the key travels as EXTERN_ID, which is not hashed and by which Meta lets people be removed again,
so a key must be an opaque id. Adding and removing set a state. Meta keeps EXTERN_IDs for 90 days:
who has not changed for longer can no longer be removed by it, and an audience that is to be exact
is made anew by then. Nor does its reference say whether a person's former address is forgotten when
the same EXTERN_ID comes with another one.

Meta says how many entries it could not use, never which: a request with some is refused here, and
halved until they are alone. Values are therefore checked before they are hashed. Token, permission
and limit errors come as 400 and are told apart by their code. Replacing an audience as a whole
(`usersreplace`) is not used: a crash would leave its session open, and an empty one is refused.
Options: `rate_limit` (default 200/60), `version` (default v25.0).
"""

import hashlib
import json
from typing import Any

import httpx

from orchestration.reverse_etl.client import answered, json_of
from orchestration.reverse_etl.destinations._http import HttpDestination
from orchestration.reverse_etl.hashing import META, encoded
from orchestration.reverse_etl.protocol import (
    UPSERT,
    Batch,
    Column,
    DestinationConfig,
    NoAnswer,
    Outcome,
    Refused,
    Resend,
)
from orchestration.reverse_etl.spec import Mode, NullPolicy, Removal, SpecError

STATUSES = {
    **dict.fromkeys((102, 190), 401),
    **dict.fromkeys((10, 200, 294, 368), 403),
    **dict.fromkeys((803, 2635), 404),
    **dict.fromkeys((4, 17, 32, 613, 80003), 429),
    **dict.fromkeys((1, 2), 503),
}
LIMITED_PAUSE = 60.0


def build(config: DestinationConfig) -> "MetaAudience":
    return MetaAudience(config)


class MetaAudience(HttpDestination):
    """The custom audiences of one ad account."""

    batch_rows = 10_000
    resend: Resend = "same_key"
    modes: frozenset[Mode] = frozenset({"upsert", "mirror"})
    removals: tuple[Removal, ...] = ("remove",)
    null_policy: NullPolicy = "null"
    base_url = "https://graph.facebook.com"
    rate_limit = "200/60"

    def __init__(self, config: DestinationConfig) -> None:
        super().__init__(config)
        self._version = self.option("version", "v25.0")

    def encode(self, column: Column, value: str) -> str:
        if column.name not in META:
            raise SpecError(
                f"destination {self.name}: {column.name} is no identifier of Meta;"
                f" send only {', '.join(META)}"
            )
        return encoded(META[column.name], value)

    def status_of(self, response: httpx.Response) -> int:
        error = json_of(response).get("error") or {}
        if response.is_success or not isinstance(error, dict):
            return response.status_code
        return STATUSES.get(
            error.get("code", 0), 503 if error.get("is_transient") else response.status_code
        )

    def pause_of(self, response: httpx.Response) -> float | None:
        """Minutes until access is regained, as the header of the business use case says;
        a minute where it does not."""
        if self.status_of(response) != 429:
            return None
        try:
            usage = json.loads(response.headers.get("X-Business-Use-Case-Usage", ""))
            return max(
                60.0 * entry["estimated_time_to_regain_access"]
                for entries in usage.values()
                for entry in entries
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            return LIMITED_PAUSE

    def send(self, batch: Batch) -> list[Outcome]:
        rows = batch.rows
        people = (
            {row.key: _cells(batch, row.payload) for row in rows} if batch.action == UPSERT else {}
        )
        nameless = [key for key, cells in people.items() if not any(cells)]
        if len(nameless) == len(rows):
            return [Outcome("rejected", "no identifier")] * len(rows)
        for key in nameless:
            del people[key]
        body = _body(batch, people).encode()
        answer = answered(
            self.client.request(
                "POST" if batch.action == UPSERT else "DELETE",
                f"/{self._version}/{batch.object}/users",
                body,
            )
        )
        sent = len(people) if batch.action == UPSERT else len(rows)
        if answer.get("num_invalid_entries"):
            raise Refused(
                "invalid entries"
            )  # what was valid is in by now; adding it again changes nothing
        if (
            int(answer.get("num_received") or 0) < sent
        ):  # of the session so far: more where it was sent before
            raise NoAnswer("not every entry was received")
        without = set(nameless)
        return [
            Outcome("rejected", "no identifier") if row.key in without else Outcome("acknowledged")
            for row in rows
        ]

    def preview(self, batch: Batch) -> list[str]:
        """The body that adds the rows."""
        return [_body(batch, {row.key: _cells(batch, row.payload) for row in batch.rows})]


def _body(batch: Batch, people: dict[str, list[str]]) -> str:
    """The same rows have the same session, so that one sent again is the same upload."""
    if batch.action == UPSERT:
        schema = [
            "EXTERN_ID",
            *(identifier.name for column in batch.columns for identifier in META[column.name]),
        ]
        data = [[key, *cells] for key, cells in people.items()]
    else:
        schema, data = ["EXTERN_ID"], [[row.key] for row in batch.rows]
    first = "\n".join(row.idempotency_key for row in batch.rows)
    session = int(hashlib.sha256(first.encode()).hexdigest()[:15], 16)
    return json.dumps(
        {
            "session": {
                "session_id": session,
                "batch_seq": 1,
                "last_batch_flag": True,
                "estimated_num_total": len(data),
            },
            "payload": {"schema": schema, "data": data},
        }
    )


def _cells(batch: Batch, payload: str | None) -> list[str]:
    """Cells in the order of the schema; an unknown one is empty."""
    fields: dict[str, Any] = json.loads(payload or "{}")
    cells: list[str] = []
    for column in batch.columns:
        value = fields.get(column.name)
        width = len(META[column.name])
        values = value if isinstance(value, list) else [value] * width
        cells += [cell or "" for cell in values]
    return cells

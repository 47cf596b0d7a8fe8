"""Any store of JSON records over HTTP: one PUT a row under its key, one DELETE to take it back.

The sync's object is the path of the collection, such as
`buckets/shop/collections/customers/records`; a record's address is that path and the row's key.
A PUT sets a state, so sending one again is harmless. The mode insert asks with `If-None-Match: *`,
and a record that is there already stays as it is. Rows that the store does not take (400, 409, 422)
are alone in their requests, and rejected alone; a record that is not there is gone. Options: `wrap`
(a name that the record stands under in the body, such as data; default none), `auth` (bearer,
the default, or basic: the secret is user:password then), `rate_limit` (default 20/1).
"""

import base64
import json
from collections.abc import Mapping
from urllib.parse import quote

from orchestration.reverse_etl.destinations._http import HttpDestination
from orchestration.reverse_etl.protocol import (
    UPSERT,
    Batch,
    DestinationConfig,
    Outcome,
    Refused,
    Resend,
    Row,
)
from orchestration.reverse_etl.spec import Mode, NullPolicy, Removal

AUTHS = ("bearer", "basic")
EXISTS, GONE = 412, (404, 410)
ACCEPTED = Outcome("acknowledged")


def build(config: DestinationConfig) -> "RestRecords":
    return RestRecords(config)


class RestRecords(HttpDestination):
    """The collections of one store; the settings name its base_url."""

    batch_rows = 50
    resend: Resend = "same_key"
    modes: frozenset[Mode] = frozenset({"upsert", "insert", "mirror", "append"})
    removals: tuple[Removal, ...] = ("delete",)
    null_policy: NullPolicy = "null"
    base_url = ""
    rate_limit = "20/1"

    def __init__(self, config: DestinationConfig) -> None:
        super().__init__(config)
        self._wrap = str(config.options.get("wrap", ""))
        self._auth = self.option("auth", "bearer")
        if not config.base_url or self._auth not in AUTHS:
            raise ValueError(
                f"destination {self.name}: base_url must be the store's address,"
                f" and options.auth one of {', '.join(AUTHS)}"
            )

    def headers(self, secret: str) -> Mapping[str, str]:
        if self._auth == "basic":
            return {"Authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"}
        return super().headers(secret)

    def send(self, batch: Batch) -> list[Outcome]:
        bodies = self.preview(batch) if batch.action == UPSERT else [""] * len(batch.rows)
        return [
            self._send_one(batch, row, body) for row, body in zip(batch.rows, bodies, strict=True)
        ]

    def preview(self, batch: Batch) -> list[str]:
        """The bodies that `send` puts; a payload is a JSON document already."""
        payloads = [row.payload or "{}" for row in batch.rows]
        return (
            [f"{{{json.dumps(self._wrap)}:{payload}}}" for payload in payloads]
            if self._wrap
            else payloads
        )

    def _send_one(self, batch: Batch, row: Row, body: str) -> Outcome:
        told = f"/{batch.object.strip('/')}/…"
        path = told.removesuffix("…") + quote(row.key, safe="")
        only_new = {"If-None-Match": "*"} if batch.mode in ("insert", "append") else None
        try:
            if batch.action == UPSERT:
                self.client.request(
                    "PUT",
                    path,
                    body.encode(),
                    headers=only_new,
                    accept=(EXISTS,) if only_new else (),
                    told=told,
                )
            else:
                self.client.request("DELETE", path, accept=GONE, told=told)
        except Refused as refusal:
            return Outcome("rejected", str(refusal))
        return ACCEPTED

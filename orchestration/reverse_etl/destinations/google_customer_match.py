"""Google Customer Match: members of a user list, through the Data Manager API (v1).

The sync's object is the list's id, its columns are identifiers by name (`hashing.GOOGLE`); first
and last name, country and postcode make up an address and are sent only together. Google can take
back a person only by the very identifiers that it was given, so these (hashes, and country and
postcode) are kept as the row's remote id until it is removed; where they change, the old ones are
removed first. Adding and removing set a state. Two rows with one address are one member, who is
gone with the first of them: a sync to Google has one row per address.

A request is refused whole when one required field is malformed (Google's fast-fail model), and is
halved then. What it accepts it works on later: its status is asked for during `patience` seconds
(default 60); FAILED rejects the rows, PARTIAL_SUCCESS halves them, and what is still in process by
then counts as accepted, since Google itself wants half an hour. Consent is told as granted, because
rows without a grant never come this far. The secret is for the scope datamanager, in one of the two
forms that `_google_token` names. Options: `account` (the Ads account's id, digits only; needed),
`login_account`, `patience`, `rate_limit` (default 300/60).
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from orchestration.reverse_etl.client import json_of, told_by
from orchestration.reverse_etl.destinations._google_token import Token
from orchestration.reverse_etl.destinations._http import HttpDestination
from orchestration.reverse_etl.hashing import GOOGLE, encoded
from orchestration.reverse_etl.protocol import (
    UPSERT,
    Batch,
    Column,
    DestinationConfig,
    Outcome,
    Refused,
    Resend,
    Row,
    resolve_secret,
)
from orchestration.reverse_etl.spec import Mode, NullPolicy, Removal, SpecError

ADDRESS = ("first_name", "last_name", "country_code", "postcode")
QUOTA_PAUSE = 60.0
ASK_EVERY = 15.0


def build(config: DestinationConfig) -> "GoogleCustomerMatch":
    return GoogleCustomerMatch(config)


class GoogleCustomerMatch(HttpDestination):
    """The user lists of one Google Ads account."""

    batch_rows = 10_000
    resend: Resend = "same_key"
    modes: frozenset[Mode] = frozenset({"upsert", "mirror"})
    removals: tuple[Removal, ...] = ("remove",)
    null_policy: NullPolicy = "omit"
    base_url = "https://datamanager.googleapis.com"
    rate_limit = "300/60"

    def __init__(self, config: DestinationConfig) -> None:
        super().__init__(config)
        self._account = self.option("account")
        self._login = config.options.get("login_account")
        self._patience = float(config.options.get("patience", 60))

    def encode(self, column: Column, value: str) -> str:
        if column.name not in GOOGLE:
            raise SpecError(
                f"destination {self.name}: {column.name} is no identifier of Google;"
                f" send only {', '.join(GOOGLE)}"
            )
        return encoded(GOOGLE[column.name], value)

    def pause_of(self, response: httpx.Response) -> float | None:
        return QUOTA_PAUSE if response.status_code == 429 else None

    def headers(self, secret: str) -> Mapping[str, str]:
        return {}  # an access token may end while rows are sent: each request has the current one

    def open(self) -> None:
        super().open()
        self._token = Token(self.config, resolve_secret(self.config))

    def send(self, batch: Batch) -> list[Outcome]:
        """Old identifiers go before new ones come:
        whoever shares them with another row of the batch ends on the list."""
        if batch.action != UPSERT:
            unnamed = Outcome("rejected", "identifiers unknown")
            self._move(
                "remove", batch, [identifiers for row in batch.rows if (identifiers := _kept(row))]
            )
            return [
                Outcome("acknowledged", None, "") if _kept(row) else unnamed for row in batch.rows
            ]
        wanted = [_identifiers(json.loads(row.payload or "{}")) for row in batch.rows]
        outdated = [
            kept
            for row, new in zip(batch.rows, wanted, strict=True)
            if (kept := _kept(row)) and kept != new
        ]
        self._move("remove", batch, outdated)
        self._move("ingest", batch, [identifiers for identifiers in wanted if identifiers])
        return [
            Outcome("acknowledged", None, json.dumps(identifiers))
            if identifiers
            else Outcome("rejected", "no identifier")
            for identifiers in wanted
        ]

    def preview(self, batch: Batch) -> list[str]:
        """The body of the members that `send` would add."""
        members = [
            identifiers
            for row in batch.rows
            if (identifiers := _identifiers(json.loads(row.payload or "{}")))
        ]
        return [self._body("ingest", batch, members).decode()]

    def _move(self, verb: str, batch: Batch, members: Sequence[list[Any]]) -> None:
        """Errors: `Refused` where Google refuses some of them, at once or later."""
        if not members:
            return
        answer = self._request(
            "POST", f"/v1/audienceMembers:{verb}", self._body(verb, batch, members)
        )
        request, waited = str(told_by(answer, "requestId")), 0.0
        while (status := self._status(request)) == "PROCESSING" and waited < self._patience:
            self.config.clock.sleep(ASK_EVERY)
            waited += ASK_EVERY
        if status in ("FAILED", "FAILURE", "PARTIAL_SUCCESS"):
            raise Refused(status)

    def _status(self, request: str) -> str:
        answer = self._request("GET", f"/v1/requestStatus:retrieve?requestId={request}")
        statuses = json_of(answer).get("requestStatusPerDestination") or [{}]
        return str(statuses[0].get("requestStatus", "PROCESSING"))

    def _request(self, method: str, path: str, body: bytes = b"") -> httpx.Response:
        """A status that is not known yet is no trouble."""
        authorization = {"Authorization": f"Bearer {self._token.current()}"}
        return self.client.request(
            method, path, body, headers=authorization, accept=(404,) if method == "GET" else ()
        )

    def _body(self, verb: str, batch: Batch, members: Sequence[list[Any]]) -> bytes:
        destination: dict[str, Any] = {
            "operatingAccount": {"accountType": "GOOGLE_ADS", "accountId": self._account},
            "productDestinationId": batch.object,
        }
        if self._login:
            destination["loginAccount"] = {
                "accountType": "GOOGLE_ADS",
                "accountId": str(self._login),
            }
        body: dict[str, Any] = {
            "destinations": [destination],
            "audienceMembers": [
                {"userData": {"userIdentifiers": identifiers}} for identifiers in members
            ],
            "encoding": "HEX",
        }
        if verb == "ingest":
            body["consent"] = {
                "adUserData": "CONSENT_GRANTED",
                "adPersonalization": "CONSENT_GRANTED",
            }
            body["termsOfService"] = {"customerMatchTermsOfServiceStatus": "ACCEPTED"}
        return json.dumps(body).encode()


def _identifiers(fields: dict[str, str]) -> list[Any]:
    """Google's userIdentifiers of one person; none where nothing identifies them."""
    alone = [
        {GOOGLE[name][0].name: fields[name]} for name in ("email", "phone") if fields.get(name)
    ]
    address = {GOOGLE[name][0].name: fields[name] for name in ADDRESS if fields.get(name)}
    return [*alone, {"address": address}] if len(address) == len(ADDRESS) else alone


def _kept(row: Row) -> list[Any]:
    """What Google was given for a row, if anything."""
    return json.loads(row.remote_id) if row.remote_id else []

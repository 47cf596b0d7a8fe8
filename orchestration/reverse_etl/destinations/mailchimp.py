"""Mailchimp members: the people of one audience, by e-mail address (Marketing API v3).

The sync's object is the audience's id; its contact point is the address, every other column
a merge field under its name in capitals. Members that are new go in requests of 500; those that
exist already are updated one by one, because Mailchimp's batch would overwrite their status.
A status is never sent for them: whoever unsubscribed stays so. New ones get `status_if_new`
(default transactional, which subscribes to nothing). What identifies a member there, a digest of
the address, is kept as the row's remote id, so that a new address moves the member instead of
adding one. Two rows with one address are one member, who is gone with the first of them: a sync to
it has one row per address.

Upserts set a state. Removals: `unsubscribe`, `archive`, which can be undone, and `erase`, after
which the address can never be added again. Heavy throttling shows as a 403 without a body and is
waited out. The secret is the API key; its ending names the data centre where the settings name no
base_url. Options: `status_if_new`, `rate_limit` (default 10/1).
"""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from orchestration.reverse_etl.client import answered, json_of, safe_code, told_by
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
    Stopped,
)
from orchestration.reverse_etl.spec import Mode, NullPolicy, Removal

EXISTS = "ERROR_CONTACT_EXISTS"
GONE = (404, 405)
STATUSES = ("transactional", "pending", "subscribed", "unsubscribed")
ACCEPTED = Outcome("acknowledged")


def build(config: DestinationConfig) -> "Mailchimp":
    return Mailchimp(config)


class Mailchimp(HttpDestination):
    """The audiences of one account."""

    batch_rows = 500
    resend: Resend = "same_key"
    modes: frozenset[Mode] = frozenset({"upsert", "mirror"})
    removals: tuple[Removal, ...] = ("unsubscribe", "archive", "erase")
    null_policy: NullPolicy = "clear"
    base_url = ""
    rate_limit = "10/1"

    def __init__(self, config: DestinationConfig) -> None:
        super().__init__(config)
        self._status_if_new = self.option("status_if_new", "transactional")
        if self._status_if_new not in STATUSES:
            raise ValueError(
                f"destination {self.name}:"
                f" options.status_if_new must be one of {', '.join(STATUSES)}"
            )

    def address(self, secret: str) -> str:
        return f"https://{secret.rpartition('-')[2]}.api.mailchimp.com/3.0"

    def headers(self, secret: str) -> Mapping[str, str]:
        return {
            "Authorization": f"Basic {base64.b64encode(f'clientele:{secret}'.encode()).decode()}"
        }

    def status_of(self, response: httpx.Response) -> int:
        return (
            429 if response.status_code == 403 and not json_of(response) else response.status_code
        )

    def encode(self, column: Column, value: str) -> str:
        return as_text(column, value)

    def send(self, batch: Batch) -> list[Outcome]:
        if batch.contact_point is None:
            raise Stopped(
                f"destination {self.name}: members are known by their address;"
                " declare the sync's contact_point"
            )
        if batch.action != UPSERT:
            return [self._take_back(batch, row) for row in batch.rows]
        members = {row.key: self._member(batch, row) for row in batch.rows}
        outcomes = self._add(
            batch, {row.key: members[row.key] for row in batch.rows if not row.remote_id}
        )
        return [
            outcomes.get(row.key) or self._update(batch, row, members[row.key])
            for row in batch.rows
        ]

    def preview(self, batch: Batch) -> list[str]:
        """The body of members who are new."""
        return [self._body([self._member(batch, row) for row in batch.rows])]

    def _body(self, members: Sequence[dict[str, Any]]) -> str:
        wanted = [{**member, "status": self._status_if_new} for member in members]
        return json.dumps({"members": wanted, "update_existing": False, "sync_tags": False})

    def _member(self, batch: Batch, row: Row) -> dict[str, Any]:
        fields = json.loads(row.payload or "{}")
        address = fields.pop(batch.contact_point, "")
        return {
            "email_address": address,
            "merge_fields": {name.upper(): value for name, value in fields.items()},
        }

    def _add(self, batch: Batch, members: dict[str, dict[str, Any]]) -> dict[str, Outcome]:
        """Outcomes by key, but for those that exist already: an update is theirs."""
        if not members:
            return {}
        body = self._body(list(members.values()))
        answer = answered(
            self.client.post(f"/lists/{batch.object}?skip_merge_validation=true", body.encode())
        )
        said = {
            _digest(new["email_address"]): Outcome("acknowledged", None, new.get("id"))
            for new in answer.get("new_members") or []
        }
        existing = set()
        for error in answer.get("errors") or []:
            digest = _digest(str(error.get("email_address", "")))
            if error.get("error_code") == EXISTS:
                existing.add(digest)
            else:
                said[digest] = Outcome("rejected", safe_code(error.get("error_code")) or "refused")
        missing = Outcome("unknown", "in neither new_members nor errors")
        digests = {key: _digest(member["email_address"]) for key, member in members.items()}
        return {
            key: said.get(digest, missing)
            for key, digest in digests.items()
            if digest not in existing
        }

    def _update(self, batch: Batch, row: Row, member: dict[str, Any]) -> Outcome:
        """Under its old address, so that it moves; where that is refused, under the new one,
        which may be there, and the old one goes."""
        own = _digest(member["email_address"])
        content = json.dumps({**member, "status_if_new": self._status_if_new}).encode()
        response = self._put(batch, row.remote_id or own, content)
        if response.status_code == 400 and row.remote_id not in (None, "", own):
            response = self._put(batch, own, content)
            if response.status_code != 400:
                self.client.request(
                    "DELETE",
                    f"/lists/{batch.object}/members/{row.remote_id}",
                    accept=GONE,
                    told=_told(batch),
                )
        if response.status_code == 400:
            return Outcome(
                "rejected",
                safe_code(str(json_of(response).get("title", "")).replace(" ", "_")) or "refused",
            )
        return Outcome("acknowledged", None, told_by(response, "id"))

    def _put(self, batch: Batch, digest: str, content: bytes) -> httpx.Response:
        path = f"/lists/{batch.object}/members/{digest}?skip_merge_validation=true"
        return self.client.request("PUT", path, content, accept=(400,), told=_told(batch))

    def _take_back(self, batch: Batch, row: Row) -> Outcome:
        if not row.remote_id:
            return Outcome("rejected", "address unknown")
        path = f"/lists/{batch.object}/members/{row.remote_id}"
        if batch.action == "unsubscribe":
            self.client.request(
                "PATCH", path, b'{"status": "unsubscribed"}', accept=GONE, told=_told(batch)
            )
            return ACCEPTED
        if batch.action == "erase":
            self.client.request(
                "POST", f"{path}/actions/delete-permanent", accept=GONE, told=_told(batch)
            )
        else:
            self.client.request("DELETE", path, accept=GONE, told=_told(batch))
        return Outcome("acknowledged", None, "")


def _told(batch: Batch) -> str:
    """A member's path without the digest, from which an address could be guessed back."""
    return f"/lists/{batch.object}/members/…"


def _digest(address: str) -> str:
    """How Mailchimp names a member."""
    return hashlib.md5(address.strip().lower().encode(), usedforsecurity=False).hexdigest()

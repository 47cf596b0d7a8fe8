"""Klaviyo profiles, and the members of its lists (revision 2026-07-15), by external id.

The sync's object is a list's id, or `profiles` for none. Columns that are attributes of a profile
or of its location go there, all others into its properties. Profiles go in jobs of at most 10,000
and 5 MB, and count only when the job is complete: what it could not take is asked for by row. A job
cannot empty a field: rows of known profiles that hold a null go one by one, where null clears. No
profile is ever subscribed: Klaviyo's call for that lifts suppressions, so it is not in here, and
neither are consents.

Profiles set a state. Removals: `remove` from the list, which leaves consent alone; `unsubscribe`
from all marketing e-mail; `erase` erases the profile for good, one request each. A job that is not
ready after `patience` seconds (default 600) leaves its rows unknown: they are sent again. Options:
`patience`, `rate_limit` (default 150/60, that of jobs and lists).
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from orchestration.reverse_etl.client import answered, safe_code, told_by
from orchestration.reverse_etl.destinations._http import HttpDestination
from orchestration.reverse_etl.encoding import typed
from orchestration.reverse_etl.protocol import (
    UPSERT,
    Batch,
    Column,
    DestinationConfig,
    NoAnswer,
    Outcome,
    Refused,
    Resend,
    Row,
    Stopped,
)
from orchestration.reverse_etl.spec import Mode, NullPolicy, Removal, SpecError

REVISION = "2026-07-15"
NO_LIST = "profiles"
MAX_BYTES = 5_000_000
LOOKED_UP, LISTED, UNSUBSCRIBED = 100, 1_000, 100  # ids or profiles in one request
ASK_EVERY = 5.0
ATTRIBUTES = {
    "email",
    "phone_number",
    "first_name",
    "last_name",
    "organization",
    "locale",
    "title",
    "image",
}
LOCATION = {
    "address1",
    "address2",
    "city",
    "country",
    "latitude",
    "longitude",
    "region",
    "zip",
    "timezone",
}
CONSENT = {"subscriptions", "consent"}
_PLACE = re.compile(r"/profiles/data/(\d+)")


def build(config: DestinationConfig) -> "Klaviyo":
    return Klaviyo(config)


class Klaviyo(HttpDestination):
    """The profiles of one account."""

    batch_rows = 10_000
    resend: Resend = "same_key"
    modes: frozenset[Mode] = frozenset({"upsert", "mirror"})
    removals: tuple[Removal, ...] = ("remove", "unsubscribe", "erase")
    null_policy: NullPolicy = "null"
    base_url = "https://a.klaviyo.com"
    rate_limit = "150/60"

    def __init__(self, config: DestinationConfig) -> None:
        super().__init__(config)
        self._patience = float(config.options.get("patience", 600))

    def headers(self, secret: str) -> Mapping[str, str]:
        return {
            "Authorization": f"Klaviyo-API-Key {secret}",
            "revision": REVISION,
            "Content-Type": "application/vnd.api+json",
        }

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

    def send(self, batch: Batch) -> list[Outcome]:
        if batch.action != UPSERT:
            return self._take_back(batch)
        profiles = {row.key: _profile(row) for row in batch.rows}
        alone = {row.key for row in batch.rows if not row.is_new and _holds_null(profiles[row.key])}
        outcomes = self._import(
            batch, [row for row in batch.rows if row.key not in alone], profiles
        )
        outcomes |= {
            row.key: self._import_one(batch, profiles[row.key])
            for row in batch.rows
            if row.key in alone
        }
        return [outcomes[row.key] for row in batch.rows]

    def preview(self, batch: Batch) -> list[str]:
        """The body of a job with all rows."""
        return [_job(batch, [_profile(row) for row in batch.rows])]

    def _import(
        self, batch: Batch, rows: Sequence[Row], profiles: Mapping[str, dict[str, Any]]
    ) -> dict[str, Outcome]:
        if not rows:
            return {}
        body = _job(batch, [profiles[row.key] for row in rows]).encode()
        if len(body) > MAX_BYTES and len(rows) > 1:
            raise Refused("over 5 MB")  # not sent: halved at once
        job = told_by(self.client.post("/api/profile-bulk-import-jobs", body), "data", "id")
        failed = self._wait(job)
        refused = dict(self._errors(job, [row.key for row in rows])) if failed else {}
        if failed != len(refused):
            raise NoAnswer(
                f"a job names {len(refused)} of {failed} profiles that it could not take"
            )
        return {row.key: refused.get(row.key, Outcome("acknowledged")) for row in rows}

    def _wait(self, job: str) -> int:
        """Profiles that a job could not take, once it is complete."""
        waited = 0.0
        while True:
            answer = self.client.request("GET", f"/api/profile-bulk-import-jobs/{job}")
            status = told_by(answer, "data", "attributes", "status")
            if status == "complete":
                return int(told_by(answer, "data", "attributes", "failed_count"))
            if status == "cancelled" or waited >= self._patience:
                raise NoAnswer(f"job {safe_code(status)} after {waited:.0f} seconds")
            self.config.clock.sleep(ASK_EVERY)
            waited += ASK_EVERY

    def _errors(self, job: str, keys: Sequence[str]) -> Iterator[tuple[str, Outcome]]:
        """Key and outcome of each profile that a job could not take,
        by its place or by what it was."""
        path = f"/api/profile-bulk-import-jobs/{job}/import-errors?page[size]=100"
        while path:
            answer = self.client.request("GET", path)
            for error in told_by(answer, "data"):
                attributes = error["attributes"]
                place = _PLACE.search(str((attributes.get("source") or {}).get("pointer", "")))
                original = attributes.get("original_payload") or {}
                key = (
                    keys[int(place[1])]
                    if place and int(place[1]) < len(keys)
                    else original.get("external_id")
                )
                if key:
                    yield key, Outcome("rejected", safe_code(attributes.get("code")) or "refused")
            following = (answered(answer).get("links") or {}).get("next") or ""
            path = following[following.index("/api/") :] if "/api/" in following else ""

    def _import_one(self, batch: Batch, profile: dict[str, Any]) -> Outcome:
        """One known profile, whose nulls clear what they name."""
        try:
            profile_id = told_by(
                self.client.post("/api/profile-import", json.dumps({"data": profile}).encode()),
                "data",
                "id",
            )
        except Refused as refusal:
            return Outcome("rejected", str(refusal))
        if batch.object != NO_LIST:
            self._listed("POST", batch.object, [profile_id])
        return Outcome("acknowledged")

    def _take_back(self, batch: Batch) -> list[Outcome]:
        """By Klaviyo's own ids, which are looked up; whoever does not exist is gone."""
        found = [
            profile
            for keys in _parts(batch.rows, LOOKED_UP)
            for profile in self._found([row.key for row in keys])
        ]
        if batch.action == "remove":
            if batch.object == NO_LIST:
                raise Stopped(
                    f"destination {self.name}: profiles are on no list to be removed"
                    " from; unsubscribe or erase them instead"
                )
            for part in _parts(found, LISTED):
                self._listed("DELETE", batch.object, [profile["id"] for profile in part])
        elif batch.action == "unsubscribe":
            for part in _parts(
                [profile for profile in found if profile["attributes"].get("email")], UNSUBSCRIBED
            ):
                self._unsubscribe(part)
        else:
            for profile in found:
                job = {"profile": {"data": {"type": "profile", "id": profile["id"]}}}
                body = {"data": {"type": "data-privacy-deletion-job", "attributes": job}}
                self.client.post("/api/data-privacy-deletion-jobs", json.dumps(body).encode())
        return [Outcome("acknowledged")] * len(batch.rows)

    def _found(self, keys: Sequence[str]) -> list[dict[str, Any]]:
        condition = quote(f"any(external_id,{json.dumps(keys, separators=(',', ':'))})")
        path = (
            f"/api/profiles?filter={condition}&fields[profile]=external_id,"
            f"email&page[size]={LOOKED_UP}"
        )
        found: list[dict[str, Any]] = told_by(self.client.request("GET", path), "data")
        return found

    def _listed(self, method: str, list_id: str, profile_ids: Sequence[str]) -> None:
        body = {"data": [{"type": "profile", "id": profile_id} for profile_id in profile_ids]}
        self.client.request(
            method, f"/api/lists/{list_id}/relationships/profiles", json.dumps(body).encode()
        )

    def _unsubscribe(self, profiles: Sequence[dict[str, Any]]) -> None:
        """Without a list: from everything."""
        no = {"email": {"marketing": {"consent": "UNSUBSCRIBED"}}}
        data = [
            {
                "type": "profile",
                "attributes": {"email": profile["attributes"]["email"], "subscriptions": no},
            }
            for profile in profiles
        ]
        job = {
            "type": "profile-subscription-bulk-delete-job",
            "attributes": {"profiles": {"data": data}},
        }
        self.client.post(
            "/api/profile-subscription-bulk-delete-jobs", json.dumps({"data": job}).encode()
        )


def _parts(rows: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))


def _job(batch: Batch, profiles: Sequence[dict[str, Any]]) -> str:
    """The body of an import job."""
    data: dict[str, Any] = {
        "type": "profile-bulk-import-job",
        "attributes": {"profiles": {"data": [_without_nulls(profile) for profile in profiles]}},
    }
    if batch.object != NO_LIST:
        data["relationships"] = {"lists": {"data": [{"type": "list", "id": batch.object}]}}
    return json.dumps({"data": data})


def _profile(row: Row) -> dict[str, Any]:
    """A row as Klaviyo's profile object."""
    attributes: dict[str, Any] = {"external_id": row.key}
    for name, value in json.loads(row.payload or "{}").items():
        place = attributes
        if name not in ATTRIBUTES:
            place = attributes.setdefault("location" if name in LOCATION else "properties", {})
        place[name] = value
    return {"type": "profile", "attributes": attributes}


def _holds_null(value: Any) -> bool:
    return value is None or (isinstance(value, dict) and any(map(_holds_null, value.values())))


def _without_nulls(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {name: _without_nulls(inner) for name, inner in value.items() if inner is not None}

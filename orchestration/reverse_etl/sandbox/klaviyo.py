"""Klaviyo's profiles and lists as the sandbox keeps them: import jobs with their errors,
single imports, list members, unsubscribing, erasure.

Like Klaviyo it wants the revision header and its own content type, takes 10,000 profiles a job,
1,000 list members and 100 profiles to unsubscribe a request, ignores nulls in jobs and clears by
them in single imports. A job is in process when it is first asked for; the fault `job` ends it with
another status than complete.
"""

import json
import re
from typing import Any
from urllib.parse import unquote

from orchestration.reverse_etl.sandbox.faults import Fault, keys_of
from orchestration.reverse_etl.sandbox.vendor import (
    Answer,
    Malformed,
    Vendor,
    elements,
    parsed,
    part,
    wanted,
)

MAX_PROFILES, MAX_LISTED, MAX_UNSUBSCRIBED, MAX_BYTES = 10_000, 1_000, 100, 5_000_000
_JOB = re.compile(r"/api/profile-bulk-import-jobs/([^/?]+)(/import-errors\?.*)?")
_LIST = re.compile(r"/api/lists/([^/]+)/relationships/profiles")
_FILTER = re.compile(r"any\(external_id,(\[.*?\])\)")


class KlaviyoProfiles(Vendor):
    """The profiles of one account by external id, and which of them each list holds."""

    scheme = "Klaviyo-API-Key"

    def __init__(self) -> None:
        super().__init__()
        self.profiles: dict[str, dict[str, Any]] = {}
        self.lists: dict[str, set[str]] = {}
        self.unsubscribed: set[str] = set()
        self.jobs: dict[str, dict[str, Any]] = {}

    def state(self) -> dict[str, Any]:
        lists = {name: sorted(members) for name, members in self.lists.items()}
        return {
            "profiles": self.profiles,
            "lists": lists,
            "unsubscribed": sorted(self.unsubscribed),
        }

    def refusal(self, status: int, code: str, message: str) -> Answer:
        return status, {
            "errors": [
                {
                    "id": "sandbox",
                    "status": status,
                    "code": code,
                    "title": code,
                    "detail": message,
                    "source": {},
                }
            ]
        }

    def answer(
        self, method: str, path: str, headers: Any, body: bytes, faults: list[Fault]
    ) -> Answer:
        wanted(
            bool(re.fullmatch(r"\d{4}-\d\d-\d\d", headers.get("revision") or "")),
            "The revision header is needed.",
        )
        wanted(
            method == "GET" or headers.get("Content-Type") == "application/vnd.api+json",
            "The content type is not JSON:API.",
        )
        wanted(len(body) <= MAX_BYTES, "The body is larger than 5 MB.")
        if method == "GET":
            return self._get(unquote(path))
        document = parsed(body)
        if (matched := _LIST.fullmatch(path)) and method in ("POST", "DELETE"):
            return self._list(method, matched[1], document)
        verbs = {
            "/api/profile-bulk-import-jobs": self._start,
            "/api/profile-import": self._import_one,
            "/api/profile-subscription-bulk-delete-jobs": self._unsubscribe,
            "/api/data-privacy-deletion-jobs": self._erase,
        }
        if method != "POST" or path not in verbs:
            return self.refusal(404, "not_found", "No such endpoint.")
        return verbs[path](part(document, "data"), faults)

    def _get(self, path: str) -> Answer:
        if path.startswith("/api/profiles?") and (matched := _FILTER.search(path)):
            keys = [key for key in json.loads(matched[1]) if key in self.profiles]
            shown = {
                key: {name: self.profiles[key].get(name) for name in ("external_id", "email")}
                for key in keys
            }
            return 200, {
                "data": [
                    {"type": "profile", "id": f"id-{key}", "attributes": shown[key]} for key in keys
                ],
                "links": {"next": None},
            }
        matched = _JOB.fullmatch(path)
        job = self.jobs.get(matched[1]) if matched else None
        if job is None or matched is None:
            return self.refusal(404, "not_found", "No such resource.")
        if matched[2]:
            return 200, {"data": job["errors"], "links": {"next": None}}
        status, job["status"] = job["status"], job["ends"]
        counts = {"total_count": job["total"], "failed_count": len(job["errors"])}
        return 200, {
            "data": {
                "type": "profile-bulk-import-job",
                "id": matched[1],
                "attributes": {"status": status, **counts},
            }
        }

    def _start(self, data: dict[str, Any], faults: list[Fault]) -> Answer:
        wanted(data.get("type") == "profile-bulk-import-job", "data.type is wrong.")
        profiles = elements(
            part(part(data, "attributes"), "profiles"), "data", MAX_PROFILES, _is_profile
        )
        wanted(
            not keys_of(faults, "reject", "request") & {_key(profile) for profile in profiles},
            "Invalid profile.",
        )
        lists = [
            one["id"] for one in data.get("relationships", {}).get("lists", {}).get("data", [])
        ]
        ends = next((fault.how for fault in faults if fault.kind == "job"), "complete")
        rejected, errors = keys_of(faults, "reject"), []
        for place, profile in enumerate(profiles):
            if _key(profile) in rejected:
                pointer = {"pointer": f"/data/attributes/profiles/data/{place}/attributes/email"}
                shown = {
                    "code": "invalid",
                    "title": "Invalid input.",
                    "detail": f"Refused: {profile}",
                    "source": pointer,
                }
                errors.append(
                    {
                        "type": "import-error",
                        "id": str(place),
                        "attributes": {**shown, "original_payload": profile["attributes"]},
                    }
                )
            elif ends == "complete":
                self._store(profile, clears=False)
                for list_id in lists:
                    self.lists.setdefault(list_id, set()).add(_key(profile))
        job = f"job-{len(self.jobs) + 1}"
        self.jobs[job] = {
            "status": "processing",
            "ends": ends,
            "total": len(profiles),
            "errors": errors,
        }
        return 202, {
            "data": {
                "type": "profile-bulk-import-job",
                "id": job,
                "attributes": {"status": "queued"},
            }
        }

    def _import_one(self, data: dict[str, Any], faults: list[Fault]) -> Answer:
        wanted(_is_profile(data), "Not a valid profile.")
        key = _key(data)
        if key in keys_of(faults, "reject"):
            return self.refusal(400, "invalid", f"Refused: {data}")
        status = 200 if key in self.profiles else 201
        self._store(data, clears=True)
        return status, {
            "data": {"type": "profile", "id": f"id-{key}", "attributes": self.profiles[key]}
        }

    def _list(self, method: str, list_id: str, document: dict[str, Any]) -> Answer:
        members = elements(
            document,
            "data",
            MAX_LISTED,
            lambda one: isinstance(one, dict) and str(one.get("id", "")).startswith("id-"),
        )
        for member in members:
            key = member["id"].removeprefix("id-")
            held = self.lists.setdefault(list_id, set())
            if method == "POST":
                held.add(key)
            elif key in held:
                held.remove(key)
                self.effects.apply(key, "", "remove")
        return 204, None

    def _unsubscribe(self, data: dict[str, Any], faults: list[Fault]) -> Answer:
        profiles = part(part(data, "attributes"), "profiles")
        for profile in elements(
            profiles,
            "data",
            MAX_UNSUBSCRIBED,
            lambda one: "@" in str(one["attributes"].get("email")),
        ):
            self.unsubscribed.add(profile["attributes"]["email"])
        return 202, None

    def _erase(self, data: dict[str, Any], faults: list[Fault]) -> Answer:
        profile = part(part(part(data, "attributes"), "profile"), "data")
        key = str(profile.get("id", "")).removeprefix("id-")
        if key not in self.profiles:
            raise Malformed("No such profile.")
        del self.profiles[key]
        for members in self.lists.values():
            members.discard(key)
        self.effects.apply(key, "", "erase")
        return 202, None

    def _store(self, profile: dict[str, Any], *, clears: bool) -> None:
        held = self.profiles.setdefault(_key(profile), {})
        for name, value in profile["attributes"].items():
            if isinstance(value, dict):
                inner = {**held.get(name, {}), **value}
                held[name] = {key: item for key, item in inner.items() if item is not None}
            elif value is not None:
                held[name] = value
            elif clears:
                held.pop(name, None)
        self.effects.apply(_key(profile), "", "import")


def _is_profile(profile: Any) -> bool:
    attributes = (
        profile.get("attributes")
        if isinstance(profile, dict) and profile.get("type") == "profile"
        else None
    )
    return (
        isinstance(attributes, dict)
        and bool(attributes.get("external_id"))
        and "consent" not in attributes
    )


def _key(profile: dict[str, Any]) -> str:
    return str(profile["attributes"]["external_id"])

"""Mailchimp's members as the sandbox keeps them: added in batches, updated one by one,
unsubscribed, archived, deleted for good.

Like Mailchimp it answers a batch with 200 whatever happened, refuses members that exist unless
they are to be updated, never subscribes whoever unsubscribed, and never takes back an address that
was deleted for good.
"""

import hashlib
import re
from typing import Any

from orchestration.reverse_etl.sandbox.faults import Fault, keys_of
from orchestration.reverse_etl.sandbox.vendor import Answer, Vendor, elements, parsed, wanted

MAX_MEMBERS = 500
STATUSES = ("subscribed", "unsubscribed", "cleaned", "pending", "transactional")
_PATH = re.compile(
    r"/lists/([^/?]+)(?:/members/([0-9a-f]{32}))?(/actions/delete-permanent)?(?:\?.*)?"
)


class MailchimpMembers(Vendor):
    """The members of one audience, by digest."""

    scheme = "Basic"

    def __init__(self) -> None:
        super().__init__()
        self.members: dict[str, dict[str, Any]] = {}
        self.erased: set[str] = set()

    def state(self) -> dict[str, Any]:
        return {"members": self.members}

    def refusal(self, status: int, code: str, message: str) -> Answer:
        titles = {400: "Invalid Resource", 401: "API Key Invalid", 404: "Resource Not Found"}
        return status, {
            "type": "about:blank",
            "title": titles[status],
            "status": status,
            "detail": message,
            "instance": "sandbox",
        }

    def answer(
        self, method: str, path: str, headers: Any, body: bytes, faults: list[Fault]
    ) -> Answer:
        matched = _PATH.fullmatch(path)
        _, digest, action = matched.groups() if matched else (None, None, None)
        if matched and method == "POST" and not digest:
            return self._add(parsed(body), faults)
        if digest and method == "PUT":
            return self._put(digest, parsed(body), faults)
        if digest not in self.members:
            return self.refusal(404, "not_found", "The requested resource could not be found.")
        if method == "PATCH":
            self.members[digest].update(parsed(body))
            self.effects.apply(self.members[digest]["email_address"], "", "update")
            return 200, {"id": digest, **self.members[digest]}
        if (method, bool(action)) in (("DELETE", False), ("POST", True)):
            self.effects.apply(
                self.members.pop(digest)["email_address"], "", "delete" if action else "archive"
            )
            self.erased |= {digest} if action else set()
            return 204, None
        return self.refusal(404, "not_found", "The requested resource could not be found.")

    def _add(self, document: dict[str, Any], faults: list[Fault]) -> Answer:
        members = elements(
            document,
            "members",
            MAX_MEMBERS,
            lambda member: _is_member(member) and member.get("status") in STATUSES,
        )
        wanted(not document.get("update_existing"), "This stand-in overwrites no status.")
        rejected = keys_of(faults, "reject") | keys_of(faults, "reject", "request")
        new, errors = [], []
        for member in members:
            address, digest = member["email_address"], _digest(member["email_address"])
            code = "ERROR_CONTACT_EXISTS" if digest in self.members else None
            if address in rejected or digest in self.erased:
                code = "ERROR_GENERIC"
            if code:
                errors.append(
                    {
                        "email_address": address,
                        "error": f"{address} was refused",
                        "error_code": code,
                        "field": "",
                        "field_message": "",
                    }
                )
                continue
            self._store(digest, member)
            new.append({"id": digest, "email_address": address})
        counts = {"total_created": len(new), "total_updated": 0, "error_count": len(errors)}
        return 200, {"new_members": new, "updated_members": [], "errors": errors, **counts}

    def _put(self, digest: str, document: dict[str, Any], faults: list[Fault]) -> Answer:
        wanted(
            _is_member(document) and document.get("status_if_new") in STATUSES,
            "The resource submitted could not be validated.",
        )
        address = document["email_address"]
        moved = _digest(address)
        if (
            address in keys_of(faults, "reject")
            or moved in self.erased
            or (moved != digest and moved in self.members)
        ):
            return 400, {
                "title": "Member In Compliance State",
                "status": 400,
                "detail": f"{address} cannot be subscribed.",
                "instance": "sandbox",
            }
        known = self.members.pop(digest, {"status": document["status_if_new"]})
        fields = {**known.get("merge_fields", {}), **document["merge_fields"]}
        self._store(
            moved,
            {
                "email_address": address,
                "status": document.get("status", known["status"]),
                "merge_fields": fields,
            },
        )
        return 200, {"id": moved, **self.members[moved]}

    def _store(self, digest: str, member: dict[str, Any]) -> None:
        self.members[digest] = {
            name: member[name] for name in ("email_address", "status", "merge_fields")
        }
        self.effects.apply(member["email_address"], "", "update")


def _is_member(member: Any) -> bool:
    return (
        isinstance(member, dict)
        and "@" in str(member.get("email_address", ""))
        and isinstance(member.get("merge_fields"), dict)
    )


def _digest(address: str) -> str:
    return hashlib.md5(address.lower().encode(), usedforsecurity=False).hexdigest()

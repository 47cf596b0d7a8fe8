"""Google's Data Manager API as the sandbox keeps it:
members ingested and removed by their identifiers, and the status of each request.

Like Google it refuses a request whole when one member is malformed, takes at most 10,000 members
of 10 identifiers, wants consent and the terms of service for what comes in, and says later how
a request went: the fault `job` makes it go wrong.
"""

import json
import re
from typing import Any
from urllib.parse import parse_qs

from orchestration.reverse_etl.sandbox.faults import Fault, keys_of
from orchestration.reverse_etl.sandbox.vendor import Answer, Vendor, elements, parsed, wanted

MAX_MEMBERS = 10_000
STATUS_PATH = "/v1/requestStatus:retrieve?requestId="
_HASH = re.compile(r"[0-9a-f]{64}")
ADDRESS = {"givenName", "familyName", "regionCode", "postalCode"}


class GoogleUserLists(Vendor):
    """The user lists of one account: by list the identifiers of its members, each as JSON."""

    def __init__(self) -> None:
        super().__init__()
        self.lists: dict[str, set[str]] = {}
        self.statuses: dict[str, str] = {}

    def state(self) -> dict[str, Any]:
        return {"lists": {name: sorted(members) for name, members in self.lists.items()}}

    def is_known(self, headers: Any, body: bytes) -> bool:
        """Whoever exchanges a refresh token has no other credential yet."""
        return b"grant_type=refresh_token" in body or super().is_known(headers, body)

    def refusal(self, status: int, code: str, message: str) -> Answer:
        name = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 404: "NOT_FOUND"}[status]
        return status, {
            "error": {"code": status, "message": message, "status": name, "details": []}
        }

    def answer(
        self, method: str, path: str, headers: Any, body: bytes, faults: list[Fault]
    ) -> Answer:
        if method == "POST" and path == "/token":
            return self._exchange(body)
        if method == "GET" and path.startswith(STATUS_PATH):
            return self._status(path.removeprefix(STATUS_PATH))
        verbs = {"/v1/audienceMembers:ingest": "ingest", "/v1/audienceMembers:remove": "remove"}
        if method != "POST" or path not in verbs:
            return self.refusal(404, "not_found", "Method not found.")
        document = parsed(body)
        (destination,) = elements(document, "destinations", 1, _is_destination)
        members = elements(document, "audienceMembers", MAX_MEMBERS, _is_member)
        wanted(document.get("encoding") == "HEX", "encoding must be HEX here.")
        if verbs[path] == "ingest":
            wanted(
                document.get("consent", {}).get("adUserData") == "CONSENT_GRANTED",
                "consent.adUserData must be granted.",
            )
            wanted("termsOfService" in document, "termsOfService is needed.")
        identifiers = [
            json.dumps(one, sort_keys=True)
            for member in members
            for one in member["userData"]["userIdentifiers"]
        ]
        refused = keys_of(faults, "reject", "request") | keys_of(faults, "reject")
        wanted(
            not any(f'"{key}"' in one for key in refused for one in identifiers),
            "audienceMembers[0]: invalid emailAddress",
        )
        failed = next((fault.how for fault in faults if fault.kind == "job"), None)
        if not failed:
            self._apply(
                verbs[path],
                self.lists.setdefault(destination["productDestinationId"], set()),
                identifiers,
            )
        request = f"request-{len(self.statuses) + 1}"
        self.statuses[request] = failed or "SUCCESS"
        return 200, {"requestId": request, "fieldWarnings": []}

    def _exchange(self, body: bytes) -> Answer:
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        if (
            not form.get("client_id")
            or not form.get("client_secret")
            or form.get("refresh_token") == "revoked"
        ):
            return 400, {
                "error": "invalid_grant",
                "error_description": "Token has been expired or revoked.",
            }
        return 200, {
            "access_token": f"access-{self.effects.requests}",
            "expires_in": 3599,
            "token_type": "Bearer",
        }

    def _apply(self, verb: str, members: set[str], identifiers: list[str]) -> None:
        for one in identifiers:
            if (one in members) == (verb == "remove"):
                self.effects.apply(one, "", verb)
            if verb == "ingest":
                members.add(one)
            else:
                members.discard(one)

    def _status(self, request: str) -> Answer:
        if request not in self.statuses:
            return self.refusal(404, "not_found", "Request not found.")
        return 200, {"requestStatusPerDestination": [{"requestStatus": self.statuses[request]}]}


def _is_destination(element: Any) -> bool:
    account = element.get("operatingAccount", {}) if isinstance(element, dict) else {}
    return bool(
        account.get("accountType")
        and str(account.get("accountId", "")).isdigit()
        and element.get("productDestinationId")
    )


def _is_member(element: Any) -> bool:
    identifiers = (
        element.get("userData", {}).get("userIdentifiers") if isinstance(element, dict) else None
    )
    return (
        isinstance(identifiers, list)
        and 1 <= len(identifiers) <= 10
        and all(map(_is_identifier, identifiers))
    )


def _is_identifier(identifier: Any) -> bool:
    if not isinstance(identifier, dict) or len(identifier) != 1:
        return False
    ((name, value),) = identifier.items()
    if name == "address":
        return (
            isinstance(value, dict)
            and set(value) == ADDRESS
            and _is_hash(value["givenName"])
            and _is_hash(value["familyName"])
        )
    return name in ("emailAddress", "phoneNumber") and _is_hash(value)


def _is_hash(value: Any) -> bool:
    return isinstance(value, str) and _HASH.fullmatch(value) is not None

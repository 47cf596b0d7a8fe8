"""Meta's custom audiences as the sandbox keeps them: users added and removed under a session,
counts in place of rows in the answer.

Like Meta it refuses a missing token with status 400 and code 190, wants a session with its batch
number, at most 10,000 users of one schema, and hashes that are hashes: other entries are counted as
invalid and passed over.
"""

import re
from collections import Counter
from typing import Any

from orchestration.reverse_etl.sandbox.faults import Fault, keys_of
from orchestration.reverse_etl.sandbox.vendor import Answer, Vendor, elements, parsed, part, wanted

MAX_USERS = 10_000
HASHED = {"EMAIL", "PHONE", "FN", "LN", "GEN", "DOBY", "DOBM", "DOBD", "CT", "ST", "ZIP", "COUNTRY"}
_PATH = re.compile(r"/v25\.0/([^/]+)/users")
_HASH = re.compile(r"[0-9a-f]{64}")


class MetaAudiences(Vendor):
    """The custom audiences of one ad account:
    by audience and EXTERN_ID the identifiers that are matched."""

    def __init__(self) -> None:
        super().__init__()
        self.audiences: dict[str, dict[str, dict[str, str]]] = {}
        self.received: Counter[int] = Counter()  # by session

    def state(self) -> dict[str, Any]:
        return {"audiences": self.audiences}

    def refusal(self, status: int, code: str, message: str) -> Answer:
        number = 190 if status == 401 else 803 if status == 404 else 100
        error = {
            "message": message,
            "type": "OAuthException",
            "code": number,
            "error_subcode": 1,
            "fbtrace_id": "sandbox",
        }
        return 400, {"error": {**error, "is_transient": False}}

    def answer(
        self, method: str, path: str, headers: Any, body: bytes, faults: list[Fault]
    ) -> Answer:
        matched = _PATH.fullmatch(path)
        if not matched or method not in ("POST", "DELETE"):
            return self.refusal(404, "not_found", "Some of the aliases you requested do not exist.")
        document = parsed(body)
        session, payload = part(document, "session"), part(document, "payload")
        wanted(
            isinstance(session.get("session_id"), int) and session.get("batch_seq") == 1,
            "The first batch_seq was not detected.",
        )
        schema = elements(payload, "schema", 20, lambda name: name in HASHED or name == "EXTERN_ID")
        wanted("EXTERN_ID" in schema, "The sandbox knows people by EXTERN_ID.")
        people = elements(
            payload,
            "data",
            MAX_USERS,
            lambda cells: isinstance(cells, list) and len(cells) == len(schema),
        )
        rows = [dict(zip(schema, cells, strict=True)) for cells in people]
        wanted(
            not keys_of(faults, "reject", "request") & {row["EXTERN_ID"] for row in rows},
            "Invalid parameter",
        )
        audience = self.audiences.setdefault(matched[1], {})
        invalid = keys_of(faults, "reject")
        valid = [
            row
            for row in rows
            if row["EXTERN_ID"] not in invalid
            and all(_is_hash(row[name]) for name in HASHED & row.keys())
        ]
        for row in valid:
            self._apply(method, audience, row)
        self.received[session["session_id"]] += len(rows)
        answer = {
            "audience_id": matched[1],
            "session_id": session["session_id"],
            "num_received": self.received[session["session_id"]],
        }
        return 200, {
            **answer,
            "num_invalid_entries": len(rows) - len(valid),
            "invalid_entry_samples": {},
        }

    def _apply(self, method: str, audience: dict[str, dict[str, str]], row: dict[str, str]) -> None:
        key = row["EXTERN_ID"]
        if method == "DELETE":
            if audience.pop(key, None) is not None:
                self.effects.apply(key, "", "remove")
            return
        audience[key] = {name: cell for name, cell in row.items() if name != "EXTERN_ID" and cell}
        self.effects.apply(key, "", "add")


def _is_hash(cell: Any) -> bool:
    return cell == "" or (isinstance(cell, str) and _HASH.fullmatch(cell) is not None)

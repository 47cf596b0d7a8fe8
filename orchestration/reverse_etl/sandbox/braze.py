"""Braze's user endpoints as the sandbox keeps them: attributes by external id,
minor errors by index, users deleted.

Like Braze it takes at most 75 objects a request and 50 ids to delete, wants an identifier in
each object, and passes over attributes of users that do not exist when only existing ones
are to be updated.
"""

from typing import Any

from orchestration.reverse_etl.sandbox.faults import Fault, keys_of
from orchestration.reverse_etl.sandbox.vendor import Answer, Vendor, elements, parsed, wanted

MAX_OBJECTS, MAX_DELETED = 75, 50
RESERVED = ("external_id", "_update_existing_only")


class BrazeUsers(Vendor):
    """The users of one workspace."""

    def __init__(self) -> None:
        super().__init__()
        self.users: dict[str, dict[str, Any]] = {}

    def state(self) -> dict[str, Any]:
        return {"users": self.users}

    def refusal(self, status: int, code: str, message: str) -> Answer:
        return status, {"message": message, "errors": []}

    def answer(
        self, method: str, path: str, headers: Any, body: bytes, faults: list[Fault]
    ) -> Answer:
        verbs = {"/users/track": self._track, "/users/delete": self._delete}
        if method != "POST" or path not in verbs:
            return self.refusal(404, "not_found", "No such endpoint.")
        return verbs[path](parsed(body), faults)

    def _track(self, document: dict[str, Any], faults: list[Fault]) -> Answer:
        objects = elements(document, "attributes", MAX_OBJECTS, _identified)
        wanted(
            not keys_of(faults, "reject", "request")
            & {element["external_id"] for element in objects},
            "Invalid attributes.",
        )
        rejected, errors = keys_of(faults, "reject"), []
        for index, element in enumerate(objects):
            if element["external_id"] in rejected:
                errors.append(
                    {
                        "type": "'email' is not a valid address",
                        "input_array": "attributes",
                        "index": index,
                    }
                )
            else:
                self._apply(element)
        answer = {"message": "success", "attributes_processed": len(objects) - len(errors)}
        return 201, {**answer, "errors": errors} if errors else answer

    def _apply(self, element: dict[str, Any]) -> None:
        key = element["external_id"]
        if element.get("_update_existing_only") and key not in self.users:
            return
        user = self.users.setdefault(key, {})
        for name, value in element.items():
            if value is None:
                user.pop(name, None)
            elif name not in RESERVED:
                user[name] = value
        self.effects.apply(key, "", "attributes")

    def _delete(self, document: dict[str, Any], faults: list[Fault]) -> Answer:
        ids = elements(
            document, "external_ids", MAX_DELETED, lambda key: isinstance(key, str) and key != ""
        )
        for key in ids:
            if self.users.pop(key, None) is not None:
                self.effects.apply(key, "", "delete")
        return 201, {"message": "success", "deleted": len(ids)}


def _identified(element: Any) -> bool:
    return (
        isinstance(element, dict)
        and isinstance(element.get("external_id"), str)
        and element["external_id"] != ""
    )

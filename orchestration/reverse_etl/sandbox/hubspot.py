"""HubSpot's CRM contacts as the sandbox keeps them:
batch upsert, read and archive of the v3 objects API, with its refusals.

Like HubSpot it needs a bearer token, takes at most 100 inputs, refuses malformed ones and duplicate
ids for the whole request, answers 200 or 207, lower-cases e-mail addresses and lets an address
belong to one contact only.
"""

import json
from typing import Any

from orchestration.reverse_etl.sandbox.faults import Fault, keys_of
from orchestration.reverse_etl.sandbox.vendor import Answer, Vendor, elements, parsed, wanted

MAX_INPUTS = 100
CATEGORIES = {400: "VALIDATION_ERROR", 401: "INVALID_AUTHENTICATION", 404: "OBJECT_NOT_FOUND"}
UNIQUE_PROPERTIES = ("email", "clientele_customer_id", "hs_object_id")
NOW = "2026-01-01T00:00:00.000Z"
_PATH = "/crm/v3/objects/contacts/batch/"
_UNSUBSCRIBE = "/communication-preferences/v4/statuses/batch/unsubscribe-all?channel=EMAIL"
_ERASE = "/crm/v3/objects/contacts/gdpr-delete"


class HubSpotContacts(Vendor):
    """The contacts of one account."""

    def __init__(self) -> None:
        super().__init__()
        self.contacts: dict[str, dict[str, str]] = {}  # HubSpot's id → properties
        self.unsubscribed: set[str] = set()
        self._ids: dict[tuple[str, str], str] = {}  # (unique property, value) → HubSpot's id
        self._next_id = 1001

    def state(self) -> dict[str, Any]:
        return {"contacts": self.contacts, "unsubscribed": sorted(self.unsubscribed)}

    def refusal(self, status: int, code: str, message: str) -> Answer:
        return status, _error(CATEGORIES[status], message)

    def answer(
        self, method: str, path: str, headers: Any, body: bytes, faults: list[Fault]
    ) -> Answer:
        verbs = {
            "upsert": self._upsert,
            "update": self._update,
            "read": self._read,
            "archive": self._archive,
        }
        verb = verbs.get(path.removeprefix(_PATH))
        if method == "POST" and path == _ERASE:
            return self._erase(parsed(body))
        if method == "POST" and path == _UNSUBSCRIBE:
            self.unsubscribed.update(
                elements(parsed(body), "inputs", MAX_INPUTS, lambda address: "@" in str(address))
            )
            return 200, {"status": "COMPLETE", "results": [], "startedAt": NOW, "completedAt": NOW}
        if method != "POST" or not path.startswith(_PATH) or verb is None:
            return self.refusal(404, "not_found", "No such resource.")
        document = parsed(body)
        return verb(
            document,
            elements(document, "inputs", MAX_INPUTS, lambda element: isinstance(element, dict)),
            faults,
        )

    def _update(self, document: dict[str, Any], inputs: list[Any], faults: list[Fault]) -> Answer:
        """Those that exist are upserted; of the others it says that they do not."""
        known = [
            element
            for element in inputs
            if (element.get("idProperty"), element.get("id")) in self._ids
        ]
        missing = [element["id"] for element in inputs if element not in known]
        answer = self._upsert(document, known, faults)[1]
        if not missing:
            return 200, answer
        error = {
            **_error("OBJECT_NOT_FOUND", "Could not get some CONTACT objects"),
            "context": {"ids": missing},
        }
        return 207, {**answer, "numErrors": 1, "errors": [*answer.get("errors", []), error]}

    def _upsert(self, document: dict[str, Any], inputs: list[Any], faults: list[Fault]) -> Answer:
        _check(inputs)
        repeats = {
            element["id"]
            for element in inputs
            if self.effects.has(element["id"], element.get("objectWriteTraceId", ""), "upsert")
        }
        whole = keys_of(faults, "reject", "request") - repeats
        wanted(
            not any(element["id"] in whole for element in inputs), "Property values were not valid."
        )
        rejected, omitted = keys_of(faults, "reject"), keys_of(faults, "omit")
        results, errors = [], []
        for element in inputs:
            code = "PROPERTY_VALIDATION" if element["id"] in rejected else self._conflict(element)
            if code and element["id"] not in repeats:
                errors.append(_row_error(element, code))
                continue
            result = self._apply(element)
            if element["id"] not in omitted:
                results.append(result)
        answer = {"status": "COMPLETE", "results": results, "startedAt": NOW, "completedAt": NOW}
        if not errors:
            return 200, answer
        return 207, {**answer, "numErrors": len(errors), "errors": errors}

    def _apply(self, element: dict[str, Any]) -> dict[str, Any]:
        key, unique = element["id"], element["idProperty"]
        trace = element.get("objectWriteTraceId", "")
        contact_id = self._ids.get((unique, key))
        is_new = contact_id is None
        if contact_id is None:
            contact_id, self._next_id = str(self._next_id), self._next_id + 1
            self.contacts[contact_id] = {}
        if self.effects.apply(key, trace, "upsert") or is_new:
            contact = self.contacts[contact_id]
            self._forget(contact_id, contact)
            contact.update(
                {name: _stored(name, value) for name, value in element["properties"].items()}
            )
            contact[unique] = key
            for name in UNIQUE_PROPERTIES:
                if contact.get(name):
                    self._ids[name, contact[name]] = contact_id
        result = {
            "id": contact_id,
            "new": is_new,
            "properties": {**element["properties"], unique: key},
            "archived": False,
        }
        return {
            **result,
            "createdAt": NOW,
            "updatedAt": NOW,
            **({"objectWriteTraceId": trace} if trace else {}),
        }

    def _conflict(self, element: dict[str, Any]) -> str | None:
        """An address that belongs to another contact."""
        email = _stored("email", element["properties"].get("email") or "")
        holder = self._ids.get(("email", email))
        return (
            "CONFLICT"
            if email and holder and holder != self._ids.get((element["idProperty"], element["id"]))
            else None
        )

    def _read(self, document: dict[str, Any], inputs: list[Any], faults: list[Fault]) -> Answer:
        unique = document.get("idProperty", "hs_object_id")
        found = [self._ids.get((unique, element.get("id"))) for element in inputs]
        results = [
            {"id": contact, "properties": self.contacts[contact], "archived": False}
            for contact in found
            if contact
        ]
        return 200, {"status": "COMPLETE", "results": results, "startedAt": NOW, "completedAt": NOW}

    def _archive(self, document: dict[str, Any], inputs: list[Any], faults: list[Fault]) -> Answer:
        for element in inputs:
            self._remove(str(element.get("id")), "archive")
        return 204, None

    def _erase(self, document: dict[str, Any]) -> Answer:
        wanted(isinstance(document.get("objectId"), str), "objectId is needed.")
        self._remove(document["objectId"], "erase")
        return 204, None

    def _remove(self, contact_id: str, action: str) -> None:
        contact = self.contacts.pop(contact_id, None)
        if contact is not None:
            self._forget(contact_id, contact)
            self.effects.apply(contact.get("clientele_customer_id") or contact_id, "", action)

    def _forget(self, contact_id: str, contact: dict[str, str]) -> None:
        for name in UNIQUE_PROPERTIES:
            if self._ids.get((name, contact.get(name, ""))) == contact_id:
                del self._ids[name, contact[name]]


def _check(inputs: list[Any]) -> None:
    """Whether HubSpot takes the request at all. Errors: `Malformed`."""
    for element in inputs:
        wanted(
            isinstance(element.get("id"), str) and element["id"] != "", "Every input needs an id."
        )
        wanted(isinstance(element.get("properties"), dict), "Every input needs properties.")
        wanted(
            element.get("idProperty") in UNIQUE_PROPERTIES,
            "idProperty must name a unique property.",
        )
    ids = {(element["idProperty"], element["id"]) for element in inputs}
    wanted(len(ids) == len(inputs), "Duplicate ids in one batch.")


def _stored(name: str, value: Any) -> str:
    text = "" if value is None else str(value)
    return text.lower() if name == "email" else text


def _error(category: str, message: str) -> dict[str, Any]:
    return {
        "status": "error",
        "message": message,
        "correlationId": "sandbox",
        "category": category,
        "context": {},
        "links": {},
    }


def _row_error(element: dict[str, Any], code: str) -> dict[str, Any]:
    """HubSpot's prose repeats the value, here too, so that a client that copies it into
    a log is found out."""
    return {
        "status": "error",
        "category": "CONFLICT" if code == "CONFLICT" else "VALIDATION_ERROR",
        "message": f"Refused: {json.dumps(element['properties'])}",
        "context": {
            "objectWriteTraceId": [element.get("objectWriteTraceId", "")],
            "ids": [element["id"]],
        },
        "links": {},
        "errors": [{"code": code, "message": f"Refused: {element['id']}", "in": "properties"}],
    }

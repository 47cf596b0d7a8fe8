"""HubSpot's CRM contacts as the sandbox keeps them: batch upsert, read and archive of the v3 objects API, with its refusals.

Like HubSpot it needs a bearer token, takes at most 100 inputs, refuses malformed ones and duplicate ids for the whole request, answers 200
or 207, lower-cases e-mail addresses and lets an address belong to one contact only.
"""

import json
from typing import Any

from orchestration.reverse_etl.sandbox.effects import Effects
from orchestration.reverse_etl.sandbox.faults import Fault, keys_of

MAX_INPUTS = 100
UNIQUE_PROPERTIES = ("email", "clientele_customer_id", "hs_object_id")
NOW = "2026-01-01T00:00:00.000Z"
_PATH = "/crm/v3/objects/contacts/batch/"
_UNSUBSCRIBE = "/communication-preferences/v4/statuses/batch/unsubscribe-all?channel=EMAIL"
_ERASE = "/crm/v3/objects/contacts/gdpr-delete"


class HubSpotContacts:
    """The contacts of one account."""

    def __init__(self) -> None:
        self.contacts: dict[str, dict[str, str]] = {}  # HubSpot's id → properties
        self.unsubscribed: set[str] = set()
        self.effects = Effects()
        self._ids: dict[tuple[str, str], str] = {}  # (unique property, value) → HubSpot's id
        self._next_id = 1001

    def report(self) -> dict[str, Any]:
        """The effects, and the contacts that are there now."""
        return {**self.effects.report(), "contacts": self.contacts, "unsubscribed": sorted(self.unsubscribed)}

    def handle(self, method: str, path: str, headers: Any, body: bytes, faults: list[Fault]) -> tuple[int, Any]:
        self.effects.requests += 1
        if not (headers.get("Authorization") or "").removeprefix("Bearer").strip():
            return 401, _error("INVALID_AUTHENTICATION", "Authentication credentials not found.")
        if method == "POST" and path == _ERASE:
            return self._erase(body)
        if method == "POST" and path == _UNSUBSCRIBE:
            return self._unsubscribe(body)
        verbs = {"upsert": self._upsert, "update": self._update, "read": self._read, "archive": self._archive}
        verb = verbs.get(path.removeprefix(_PATH))
        if method != "POST" or not path.startswith(_PATH) or verb is None:
            return 404, _error("OBJECT_NOT_FOUND", "No such resource.")
        try:
            document = json.loads(body)
            inputs = document["inputs"]
        except (ValueError, TypeError, KeyError):
            return 400, _error("VALIDATION_ERROR", "Invalid input JSON.")
        if not isinstance(inputs, list) or not 1 <= len(inputs) <= MAX_INPUTS:
            return 400, _error("VALIDATION_ERROR", f"inputs must hold 1 to {MAX_INPUTS} elements.")
        return verb(document, inputs, faults)

    def _update(self, document: dict[str, Any], inputs: list[Any], faults: list[Fault]) -> tuple[int, Any]:
        """Those that exist are upserted; of the others it says that they do not."""
        known = [element for element in inputs if (element.get("idProperty"), element.get("id")) in self._ids]
        missing = [element["id"] for element in inputs if element not in known]
        answer = self._upsert(document, known, faults)[1]
        if not missing:
            return 200, answer
        error = {**_error("OBJECT_NOT_FOUND", "Could not get some CONTACT objects"), "context": {"ids": missing}}
        return 207, {**answer, "numErrors": 1, "errors": [*answer.get("errors", []), error]}

    def _unsubscribe(self, body: bytes) -> tuple[int, Any]:
        addresses = json.loads(body).get("inputs")
        if not isinstance(addresses, list) or not all("@" in str(address) for address in addresses):
            return 400, _error("VALIDATION_ERROR", "inputs must be addresses.")
        self.unsubscribed.update(addresses)
        return 200, {"status": "COMPLETE", "results": [], "startedAt": NOW, "completedAt": NOW}

    def _upsert(self, document: dict[str, Any], inputs: list[Any], faults: list[Fault]) -> tuple[int, Any]:
        refusal = _malformed(inputs)
        whole = keys_of(faults, "reject", "request")
        if refusal or any(element["id"] in whole for element in inputs):
            return 400, _error("VALIDATION_ERROR", refusal or "Property values were not valid.")
        rejected, omitted = keys_of(faults, "reject"), keys_of(faults, "omit")
        results, errors = [], []
        for element in inputs:
            code = "PROPERTY_VALIDATION" if element["id"] in rejected else self._conflict(element)
            if code:
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
            contact.update({name: _stored(name, value) for name, value in element["properties"].items()})
            contact[unique] = key
            for name in UNIQUE_PROPERTIES:
                if contact.get(name):
                    self._ids[name, contact[name]] = contact_id
        result = {"id": contact_id, "new": is_new, "properties": {**element["properties"], unique: key}, "archived": False}
        return {**result, "createdAt": NOW, "updatedAt": NOW, **({"objectWriteTraceId": trace} if trace else {})}

    def _conflict(self, element: dict[str, Any]) -> str | None:
        """An address that belongs to another contact."""
        email = _stored("email", element["properties"].get("email") or "")
        holder = self._ids.get(("email", email))
        return "CONFLICT" if email and holder and holder != self._ids.get((element["idProperty"], element["id"])) else None

    def _read(self, document: dict[str, Any], inputs: list[Any], faults: list[Fault]) -> tuple[int, Any]:
        unique = document.get("idProperty", "hs_object_id")
        found = [self._ids.get((unique, element.get("id"))) for element in inputs]
        results = [{"id": contact, "properties": self.contacts[contact], "archived": False} for contact in found if contact]
        return 200, {"status": "COMPLETE", "results": results, "startedAt": NOW, "completedAt": NOW}

    def _archive(self, document: dict[str, Any], inputs: list[Any], faults: list[Fault]) -> tuple[int, Any]:
        for element in inputs:
            self._remove(str(element.get("id")), "archive")
        return 204, None

    def _erase(self, body: bytes) -> tuple[int, Any]:
        try:
            contact_id = json.loads(body)["objectId"]
        except (ValueError, TypeError, KeyError):
            return 400, _error("VALIDATION_ERROR", "objectId is needed.")
        self._remove(contact_id, "erase")
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


def _malformed(inputs: list[Any]) -> str | None:
    """Why HubSpot refuses the request as a whole."""
    for element in inputs:
        if not isinstance(element, dict) or not isinstance(element.get("id"), str) or not element["id"]:
            return "Every input needs an id."
        if not isinstance(element.get("properties"), dict):
            return "Every input needs properties."
        if element.get("idProperty") not in UNIQUE_PROPERTIES:
            return "idProperty must name a unique property."
    ids = [(element["idProperty"], element["id"]) for element in inputs]
    return "Duplicate ids in one batch." if len(ids) != len(set(ids)) else None


def _stored(name: str, value: Any) -> str:
    text = "" if value is None else str(value)
    return text.lower() if name == "email" else text


def _error(category: str, message: str) -> dict[str, Any]:
    return {"status": "error", "message": message, "correlationId": "sandbox", "category": category, "context": {}, "links": {}}


def _row_error(element: dict[str, Any], code: str) -> dict[str, Any]:
    """HubSpot's prose repeats the value, here too, so that a client that copies it into a log is found out."""
    return {
        "status": "error",
        "category": "CONFLICT" if code == "CONFLICT" else "VALIDATION_ERROR",
        "message": f"Refused: {json.dumps(element['properties'])}",
        "context": {"objectWriteTraceId": [element.get("objectWriteTraceId", "")], "ids": [element["id"]]},
        "links": {},
        "errors": [{"code": code, "message": f"Refused: {element['id']}", "in": "properties"}],
    }

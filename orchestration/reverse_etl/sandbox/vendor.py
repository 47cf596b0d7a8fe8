"""What the stand-ins share: an account of effects, a check of the credential,
and JSON objects as bodies."""

import json
from collections.abc import Callable
from typing import Any, ClassVar

from orchestration.reverse_etl.sandbox.effects import Effects
from orchestration.reverse_etl.sandbox.faults import Fault

Answer = tuple[Any, ...]  # the parts of a `Reply`


class Malformed(Exception):
    """A body that the vendor refuses whole; the message is the vendor's prose,
    which may repeat values."""


class Vendor:
    """One account of one vendor.

    A subclass routes in `answer`, and says in `state` what the account holds.
    """

    scheme: ClassVar[str] = "Bearer"

    def __init__(self) -> None:
        self.effects = Effects()

    def report(self) -> dict[str, Any]:
        """The effects, and what is there now."""
        return {**self.effects.report(), **self.state()}

    def handle(
        self, method: str, path: str, headers: Any, body: bytes, faults: list[Fault]
    ) -> Answer:
        self.effects.requests += 1
        if not self.is_known(headers, body):
            return self.refusal(401, "unauthorized", "No valid credential.")
        try:
            return self.answer(method, path, headers, body, faults)
        except Malformed as malformed:
            return self.refusal(400, "invalid", str(malformed))
        except (
            KeyError,
            TypeError,
            AttributeError,
        ):  # something else than the vendor wants, where a check did not look
            return self.refusal(400, "invalid", "The body has another shape.")

    def is_known(self, headers: Any, body: bytes) -> bool:
        """Whether the request carries a credential; any will do."""
        return bool((headers.get("Authorization") or "").removeprefix(self.scheme).strip())

    def state(self) -> dict[str, Any]:
        raise NotImplementedError

    def answer(
        self, method: str, path: str, headers: Any, body: bytes, faults: list[Fault]
    ) -> Answer:
        """Errors: `Malformed`."""
        raise NotImplementedError

    def refusal(self, status: int, code: str, message: str) -> Answer:
        """An error in the vendor's own shape."""
        raise NotImplementedError


def parsed(body: bytes) -> dict[str, Any]:
    """The JSON object of a body. Errors: `Malformed`."""
    try:
        document = json.loads(body)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise Malformed("The body is no JSON object.")
    return document


def part(document: dict[str, Any], name: str) -> dict[str, Any]:
    """An object within a document. Errors: `Malformed`."""
    found = document.get(name)
    if not isinstance(found, dict):
        raise Malformed(f"{name} is needed.")
    return found


def elements(
    document: dict[str, Any], name: str, most: int, check: Callable[[Any], bool]
) -> list[Any]:
    """A list of 1 to `most` elements, each of which is as `check` wants it. Errors: `Malformed`."""
    found = document.get(name)
    wanted(
        isinstance(found, list) and 1 <= len(found) <= most,
        f"{name} must hold 1 to {most} elements.",
    )
    for element in found or []:
        wanted(check(element), f"Not a valid element of {name}: {json.dumps(element)}")
    return found or []


def wanted(condition: bool, otherwise: str) -> None:
    """Errors: `Malformed`."""
    if not condition:
        raise Malformed(otherwise)

"""Faults on demand: what may go wrong between a client and a destination,
switched on over the control plane.

A fault is a JSON object: `kind` is one of
- `status`: answer `status` (with `retry_after`, text, and `body`, JSON, when given) `when` before
  or after the effect;
- `reset`: close the connection without an answer, `when` before or after the effect;
- `slow`: wait `seconds` before the answer;
- `reject`: refuse the rows with these `keys`, alone (`how`: row) or with their whole
  request (`how`: request);
- `omit`: apply the rows with these `keys` and pass over them in the answer;
- `job`: accept the request and let its work fail later, with the status `how`.
`times` (default: for ever) and `skip` (default 0) count requests that the fault could have met;
`destination` limits it to one.
"""

from dataclasses import dataclass, field
from typing import Any

KINDS = ("status", "reset", "slow", "reject", "omit", "job")


@dataclass
class Fault:
    """One fault and how often it still strikes."""

    kind: str
    destination: str | None = None
    when: str = "before"
    status: int = 500
    retry_after: str | None = None
    body: Any = None
    seconds: float = 0.0
    keys: list[str] = field(default_factory=list)
    how: str = "row"
    times: int | None = None
    skip: int = 0

    @classmethod
    def parse(cls, raw: dict[str, Any]) -> "Fault":
        """Errors: `ValueError` for a kind or a setting that does not exist."""
        unknown = set(raw) - set(cls.__dataclass_fields__)
        if unknown or raw.get("kind") not in KINDS:
            raise ValueError(
                f"fault: kind is one of {', '.join(KINDS)}; unknown settings: {sorted(unknown)}"
            )
        return cls(**raw)

    def strikes(self, destination: str) -> bool:
        """Whether the fault meets this request; counts it."""
        if self.destination not in (None, destination) or self.times == 0:
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.times is not None:
            self.times -= 1
        return True


class Faults:
    """The faults that are switched on."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, raw: dict[str, Any]) -> None:
        self._faults.append(Fault.parse(raw))

    def clear(self) -> None:
        self._faults.clear()

    def striking(self, destination: str) -> list[Fault]:
        """The faults of this request."""
        return [fault for fault in self._faults if fault.strikes(destination)]

    def report(self) -> list[dict[str, Any]]:
        return [vars(fault) for fault in self._faults]


def keys_of(faults: list[Fault], kind: str, how: str = "row") -> set[str]:
    """Keys of the rows that the request's faults of a kind are about."""
    return {
        key for fault in faults if fault.kind == kind and fault.how == how for key in fault.keys
    }

"""What the sandbox's destinations applied, by key and version,
so that lost and doubled rows can be counted."""

from collections import Counter
from typing import Any


class Effects:
    """Applied effects of one destination.

    A repeat of a version that was applied already has no effect: the sandbox honours keys.
    """

    def __init__(self) -> None:
        self.requests = 0
        self._applied: dict[tuple[str, str, str], int] = {}
        self._repeats: Counter[tuple[str, str, str]] = Counter()

    def has(self, key: str, version: str, action: str) -> bool:
        """Whether this version of this key was applied:
        what honours keys answers a repeat from memory, before it looks at the row."""
        return bool(version) and (key, version, action) in self._applied

    def apply(self, key: str, version: str, action: str) -> bool:
        """Note one effect; false when this version of this key has been applied before."""
        effect = (key, version, action)
        if self.has(key, version, action):
            self._repeats[effect] += 1
            return False
        self._applied[effect] = self._applied.get(effect, 0) + 1
        return True

    def report(self) -> dict[str, Any]:
        """requests, applied, repeats, and per key its effects in order:
        version, action, applied, repeats."""
        keys: dict[str, list[dict[str, Any]]] = {}
        for effect, applied in self._applied.items():
            key, version, action = effect
            keys.setdefault(key, []).append(
                {
                    "version": version,
                    "action": action,
                    "applied": applied,
                    "repeats": self._repeats[effect],
                }
            )
        applied = sum(self._applied.values())
        return {
            "requests": self.requests,
            "applied": applied,
            "repeats": self._repeats.total(),
            "keys": keys,
        }

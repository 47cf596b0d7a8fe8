"""What each name held last that could be used, in tables where a name's new content takes the place
of the one before it.

A content counts as long as any name holds it: one that comes damaged, or is gone from the landing
zone, holds what it held.
"""

from collections.abc import Mapping

from ingestion.contracts.contract import TableContract

Held = tuple[str, str, str, str]  # source, table name, path, sha256


class Names:
    """Tables are called by (source, table name).

    `take_changes` gives what the ledger does not have yet.
    """

    def __init__(self, known: Mapping[tuple[str, str, str], str]) -> None:
        self._held = dict(known)
        self._holders: dict[tuple[str, str, str], set[str]] = {}
        for (source, table, path), sha256 in known.items():
            self._holders.setdefault((source, table, sha256), set()).add(path)
        self._changed: dict[tuple[str, str, str], str] = {}

    def held(self, table: TableContract, path: str) -> str | None:
        """The content that a name holds."""
        return self._held.get((table.source, table.name, path))

    def hold(self, table: TableContract, path: str, sha256: str) -> str | None:
        """From now on a name holds this content;
        returns the one that no name holds any more thereby."""
        name = (table.source, table.name, path)
        before = self._held.get(name)
        if before == sha256 or not table.names_hold:
            return None
        self._held[name] = self._changed[name] = sha256
        self._holders.setdefault((*name[:2], sha256), set()).add(path)
        if before is None:
            return None
        others = self._holders[(*name[:2], before)]
        others.discard(path)
        return None if others else before

    def take_changes(self) -> list[Held]:
        changes = [(*name, sha256) for name, sha256 in self._changed.items()]
        self._changed = {}
        return changes

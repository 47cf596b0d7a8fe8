"""What the ledger says of each content and each name, kept up while a load enters more."""

from collections.abc import Collection, Iterable

from ingestion.contracts.contract import TableContract
from ingestion.entry import Entry


class Known:
    """Raw tables are called by their name in schema raw, contents by their sha256.

    What is entered replaces what was known of the same content; what counts no longer (superseded,
    refused, held) is forgotten where only files that count are asked for.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        # the last entry of each content, by source, table and sha256
        self._contents: dict[tuple[str, str, str], Entry] = {}
        # the files that count, by raw table, then sequence
        self._live: dict[str, dict[int, Entry]] = {}
        # of those the ones with bad rows, by raw table and path, then sequence
        self._bad: dict[tuple[str, str], dict[int, Entry]] = {}
        # of those the last one, by raw table and path
        self._named: dict[tuple[str, str], Entry] = {}
        self.enter(entries)

    def content(self, source: str, table_name: str, sha256: str) -> Entry | None:
        """The last entry of a content."""
        return self._contents.get((source, table_name, sha256))

    def live(self, table: TableContract) -> Collection[Entry]:
        """The files of a table that count now."""
        return self._live.get(table.raw_name, {}).values()

    def named(self, table: TableContract, path: str) -> Entry | None:
        """The last of the files of one name that count."""
        return self._named.get((table.raw_name, path))

    def with_bad_rows(self, entry: Entry) -> Collection[Entry]:
        """The files of the entry's name that count and have rows in quarantine."""
        return self._bad.get((entry.raw_name, entry.path), {}).values()

    def is_held_already(self, entry: Entry) -> bool:
        """Of a content that is held on several days, the last one stands in the ledger."""
        known = self.content(entry.source, entry.table_name, entry.sha256)
        if known is None or not entry.status == known.status == "held":
            return False
        return entry.reason == known.reason or entry.business_date < known.business_date

    def enter(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            self._enter(entry)

    def _enter(self, entry: Entry) -> None:
        self._contents[entry.source, entry.table_name, entry.sha256] = entry
        name = entry.raw_name, entry.path
        counts = entry.status == "loaded"
        _keep(self._live.setdefault(entry.raw_name, {}), entry, counts)
        _keep(self._bad.setdefault(name, {}), entry, counts and bool(entry.rows_quarantined))
        if counts:
            self._named[name] = entry
        elif name in self._named and self._named[name].sequence == entry.sequence:
            del self._named[name]


def _keep(entries: dict[int, Entry], entry: Entry, is_one: bool) -> None:
    """An entry as the last one among those of its kind, or out of them."""
    entries.pop(entry.sequence, None)
    if is_one:
        entries[entry.sequence] = entry

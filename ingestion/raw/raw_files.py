"""Raw: files appear in it whole or not at all, and only those that the ledger names stay."""

import re
from collections.abc import Collection
from pathlib import Path

import duckdb

from ingestion.entry import Entry
from ingestion.errors import LedgerError
from ingestion.limits import NO_LIMITS, Limits
from ingestion.storage.folder import Folder, empty_folder
from ingestion.storage.protocol import Storage

OWNER = "_owner"
RESTRICTED = ("_quarantine", "_corrections")
# What the loader writes; anything else that lies there is somebody else's.
_OURS = re.compile(r"(_(quarantine|corrections|deleted)/)?[^/]+/[^/]+/[0-9a-f]{32}\.r\d+\.parquet")


class RawFolder:
    """Where typed files and quarantined rows are published. `limits` are those of the connections
    that it opens."""

    def __init__(self, storage: Storage, limits: Limits = NO_LIMITS) -> None:
        self._storage = storage
        self._limits = limits
        self.incoming = storage.building

    def prepare(self, owner: str) -> None:
        """An empty place for files under construction. What a killed run left there is gone.

        Errors: `LedgerError` when raw belongs to another home than that of the control store
        `owner`: each would remove the other's files.
        """
        self._storage.make()
        empty_folder(self.incoming)
        self._storage.let_go()
        self._claim(owner)
        if isinstance(self._storage, Folder):
            for restricted in RESTRICTED:
                (self._storage.root / restricted).mkdir(mode=0o700, exist_ok=True)

    def _claim(self, owner: str) -> None:
        mark = self._storage.bring(OWNER)
        if not mark.is_file():
            built = self.incoming / OWNER
            built.write_text(f"{owner}\n", encoding="utf-8")
            self.publish(built, OWNER)
        elif mark.read_text(encoding="utf-8").strip() != owner:
            raise LedgerError(
                f"{self._storage}: belongs to another home; give this one a raw of its own "
                "(CLIENTELE_HOME, or `storage` in clientele.yml). If that home is lost for good, "
                f"and nothing reads this raw any more, remove {self.at(OWNER)}"
            )

    def publish(self, built: Path, path: str) -> None:
        """Move a finished file to `path` below raw: durable before it is visible."""
        self._storage.publish(built, path, 0o600)

    def at(self, path: str) -> str:
        """A path below raw as SQL names it, for whoever reads it by `connect`."""
        return self._storage.at(path)

    def exists(self, path: str) -> bool:
        return self._storage.exists(path)

    def bring(self, path: str) -> Path:
        """A file of this machine with the content of `path`."""
        return self._storage.bring(path)

    def connect(self) -> duckdb.DuckDBPyConnection:
        """A connection that reads raw."""
        connection = duckdb.connect()
        self._limits.set_on(connection, self.incoming.with_name(".spill"))
        self._storage.open_for(connection)
        return connection

    def reconcile(self, entries: Collection[Entry]) -> list[str]:
        """Remove files that no ledger row names (a run was killed before it wrote the row);
        returns their paths.

        Errors: `LedgerError` when a file the ledger names is gone.
        """
        named = {path for entry in entries for path in entry.data_paths}
        kept = named | {entry.quarantine_path for entry in entries if entry.rows_quarantined}
        kept |= {entry.corrections_path for entry in entries if entry.rows_replayed}
        present = {path for path, _ in self._storage.files(hidden=(".",)) if _OURS.fullmatch(path)}
        lost = sorted(named - present)
        if lost:
            raise LedgerError(
                f"{self.at(lost[0])}: the ledger names this file but it is gone"
                f" ({len(lost)} in all); restore raw from the backup"
            )
        leftovers = sorted(present - kept)
        for path in leftovers:
            self._storage.remove(path)
        return leftovers

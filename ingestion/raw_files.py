"""The folder raw/: files appear in it whole or not at all, and only those that the ledger names stay."""

import os
import shutil
from collections.abc import Collection, Iterator
from pathlib import Path

from ingestion.errors import LedgerError
from ingestion.ledger import Entry
from ingestion.quarantine import FOLDER as QUARANTINE
from orchestration.control.killpoint import killpoint

_INCOMING = ".incoming"


class RawFolder:
    """Where typed files and quarantined rows are published."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.incoming = root / _INCOMING

    def prepare(self) -> None:
        """An empty place for files under construction. What a killed run left there is gone."""
        shutil.rmtree(self.incoming, ignore_errors=True)
        self.incoming.mkdir(parents=True, mode=0o700)
        for restricted in (QUARANTINE, "_corrections"):
            (self.root / restricted).mkdir(mode=0o700, exist_ok=True)

    def publish(self, built: Path, path: str, mode: int = 0o600) -> None:
        """Move a finished file to `path` below raw/: durable before it is visible."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        built.chmod(mode)
        _sync(built)
        killpoint("loader.after_fsync")
        built.replace(target)
        killpoint("loader.after_rename")
        _sync(target.parent)
        killpoint("loader.after_directory_fsync")

    def reconcile(self, entries: Collection[Entry]) -> list[str]:
        """Remove files that no ledger row names (a run was killed before it wrote the row); returns their paths.

        Errors: `LedgerError` when a file the ledger names is gone.
        """
        named = {path for entry in entries for path in entry.data_paths}
        kept = named | {entry.quarantine_path for entry in entries if entry.rows_quarantined}
        kept |= {entry.corrections_path for entry in entries if entry.rows_replayed}
        present = set(self._present(self.root))
        lost = sorted(named - present)
        if lost:
            raise LedgerError(
                f"{self.root / lost[0]}: the ledger names this file but it is gone ({len(lost)} in all); restore raw/ from the backup"
            )
        leftovers = sorted(present - kept)
        for path in leftovers:
            (self.root / path).unlink()
        return leftovers

    def _present(self, folder: Path) -> Iterator[str]:
        """The Parquet files below a folder but those under construction, as paths below raw/."""
        with os.scandir(folder) as found:
            for entry in found:
                if entry.is_dir(follow_symlinks=False) and entry.name != _INCOMING:
                    yield from self._present(Path(entry.path))
                elif entry.name.endswith(".parquet"):
                    yield entry.path[len(str(self.root)) + 1 :].replace(os.sep, "/")


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

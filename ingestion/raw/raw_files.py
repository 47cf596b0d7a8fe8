"""Raw: files appear in it whole or not at all."""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb

from ingestion.errors import LedgerError
from ingestion.limits import NO_LIMITS, Limits
from ingestion.storage.folder import Folder, empty_folder
from ingestion.storage.protocol import Stat, Storage

OWNER = "_owner"
RESTRICTED = ("_quarantine", "_corrections")


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

    def publish(self, built: Path, path: str) -> dict[str, str]:
        """Move a finished file to `path` below raw: durable before it is visible.

        Returns its digest by its path, for the ledger: the next to read it asks for that.
        """
        self._storage.publish(built, path, 0o600)
        return {path: self._storage.digest(path)}

    def listed(self) -> dict[str, Stat | None]:
        """Every file below raw/."""
        return dict(self._storage.files(hidden=(".",)))

    def digests(self, files: Mapping[str, Stat | None]) -> dict[str, str]:
        """What tells the content of files, listed just now, from any other; empty for one that
        cannot be read."""
        number = self._limits.threads or os.cpu_count() or 1
        listed = list(files.items())
        # A share each, not a file each: to hand over ten thousand small files costs more than they.
        shares = [listed[first::number] for first in range(number)]
        with ThreadPoolExecutor(number) as threads:
            return {
                path: digest
                for found in threads.map(self._digests, shares)
                for path, digest in found
            }

    def _digests(self, files: Sequence[tuple[str, Stat | None]]) -> list[tuple[str, str]]:
        return [(path, self._digest(path, stat)) for path, stat in files]

    def _digest(self, path: str, stat: Stat | None) -> str:
        try:
            return self._storage.digest(path, stat)
        except OSError:
            return ""

    def move(self, path: str, target: str) -> None:
        """Give a file another path below raw/, readable by its owner alone."""
        self._storage.move(path, target)

    def remove_below(self, folder: str) -> None:
        """Remove a folder below raw/ with all that it holds."""
        self._storage.remove_below(folder)

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

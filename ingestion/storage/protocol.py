"""What a storage is: files that appear whole or not at all, below one place.

The landing zone and raw are storages. A storage is a folder of this machine (`folder.py`) or
a prefix in a bucket (`bucket.py`); `open.py` opens the one that a place names.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    # Every command reads the settings, which know this module; few of them need DuckDB.
    import duckdb

S3 = "s3://"


@dataclass(frozen=True)
class Stat:
    """What tells a changed file without reading it.

    In a bucket the ETag stands for the inode, and both times are that of the upload.
    """

    size: int
    inode: int
    mtime_ns: int
    ctime_ns: int


class Storage(Protocol):
    """Paths are below the storage, with forward slashes.

    `building` is a folder of this machine where files are made for `publish`.
    """

    building: Path

    def __str__(self) -> str:
        """As people know it."""

    def exists(self, path: str = "") -> bool: ...

    def make(self) -> None:
        """Make the storage itself, where that is ours to do."""

    def files(self, hidden: tuple[str, ...]) -> Iterator[tuple[str, Stat | None]]:
        """Every file, in no order; folders and files whose name begins with one of
        `hidden` are left out.

        No stat has what lies there but cannot be read as a file: a pipe, a link to nowhere,
        a folder without permission.
        """

    def at(self, path: str) -> str:
        """The path as SQL names it, for a connection that `open_for` was called with."""

    def open_for(self, connection: "duckdb.DuckDBPyConnection") -> None:
        """Let a connection read what `at` names."""

    def bring(self, path: str) -> Path:
        """A file of this machine with the content; it does not exist where `path` does not."""

    def let_go(self) -> None:
        """What was brought is not needed any more."""

    def publish(self, built: Path, path: str, mode: int | None = None) -> None:
        """Move a finished file from `building` to its path: durable before it is visible."""

    def remove(self, path: str) -> None: ...

    def remove_below(self, folder: str) -> None:
        """Remove a folder and everything in it."""

    def move(self, path: str, target: str) -> None:
        """Give a file another path, in place of what lies there. Folders that are made for it are
        their owner's alone."""

    def digest(self, path: str, stat: Stat | None = None) -> str:
        """What changes with a file's content: `<kind>:<digits>`, to be held against an earlier one
        of the same kind. `stat` spares a bucket the asking, when the file was listed just now.

        Errors: `OSError`.
        """

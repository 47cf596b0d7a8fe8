"""Where files lie that appear whole or not at all: the landing zone, and raw.

A folder of this machine, or a prefix in a bucket.
"""

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ingestion.killpoint import killpoint

if (
    TYPE_CHECKING
):  # every command reads the settings, which know this module; few of them need DuckDB
    import duckdb

S3 = "s3://"
_WILD = re.compile(r"[*?\[]")
_BUILDING = ".incoming"
_LARGEST = (
    1 << 63
) - 1  # what the control store can hold; some network file systems number their files beyond


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


class Folder:
    """A folder of this machine."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.building = root / _BUILDING

    def __str__(self) -> str:
        return str(self.root)

    def exists(self, path: str = "") -> bool:
        return (self.root / path).exists()

    def make(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)

    def files(self, hidden: tuple[str, ...]) -> Iterator[tuple[str, Stat | None]]:
        skipped = len(str(self.root)) + 1
        return (
            (path[skipped:].replace(os.sep, "/"), stat)
            for path, stat in _files(str(self.root), hidden, ())
        )

    def at(self, path: str) -> str:
        return str(self.root / path)

    def open_for(self, connection: "duckdb.DuckDBPyConnection") -> None:
        """DuckDB reads files of this machine as it is."""

    def bring(self, path: str) -> Path:
        return self.root / path

    def let_go(self) -> None:
        """Nothing was copied."""

    def publish(self, built: Path, path: str, mode: int | None = None) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if mode is not None:
            built.chmod(mode)
        _sync(built)
        killpoint("storage.after_fsync")
        built.replace(target)
        killpoint("storage.after_rename")
        _sync(target.parent)
        killpoint("storage.after_directory_fsync")

    def remove(self, path: str) -> None:
        (self.root / path).unlink()


def open_storage(place: Path | str, spool: Path) -> Storage:
    """The storage at a path or an `s3://bucket/prefix`;
    `spool` is where a bucket's files are built and read."""
    if str(place).startswith(S3):
        from ingestion.storage.bucket import (
            Bucket,  # its libraries take half a second, which who has no bucket need not wait
        )

        return Bucket(str(place), spool)
    return Folder(Path(place))


def parquet(*files: Path | str, by_name: bool = False, options: Sequence[str] = ()) -> str:
    """SQL that reads Parquet files, one at least: just these (a `*` in a name is no pattern),
    and just what is in them (a `key=value` in a path is no column)."""
    names = ", ".join(
        "'" + _WILD.sub(r"[\g<0>]", str(file)).replace("'", "''") + "'" for file in files
    )
    how = [*options, *(["union_by_name = true"] if by_name else []), "hive_partitioning = false"]
    return f"read_parquet([{names}], {', '.join(how)})"


def empty_folder(folder: Path) -> None:
    """An empty folder that only its owner reads. What a killed run left there is gone."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)


def _files(
    folder: str, hidden: tuple[str, ...], above: tuple[str, ...]
) -> Iterator[tuple[str, Stat | None]]:
    real = os.path.realpath(folder)
    if real in above:  # a link that leads back
        yield folder, None
        return
    try:
        entries = list(os.scandir(folder))
    except PermissionError:
        yield folder, None
        return
    for entry in entries:
        if entry.name.startswith(hidden):
            continue
        try:
            if entry.is_dir():
                yield from _files(entry.path, hidden, (*above, real))
                continue
            found = entry.stat() if entry.is_file() else None
        except FileNotFoundError:
            continue  # it has gone since the folder was listed
        except OSError:
            found = None
        yield (
            entry.path,
            found
            and Stat(found.st_size, found.st_ino & _LARGEST, found.st_mtime_ns, found.st_ctime_ns),
        )


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

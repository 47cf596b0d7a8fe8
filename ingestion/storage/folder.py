"""A folder of this machine as a storage."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ingestion.files import fsync, sha256_of
from ingestion.killpoint import killpoint
from ingestion.storage.protocol import Stat

if TYPE_CHECKING:
    # Every command reads the settings, which know this module; few of them need DuckDB.
    import duckdb

_BUILDING = ".incoming"
# What the control store can hold; some network file systems number their files beyond.
_LARGEST = (1 << 63) - 1


class Folder:
    """A folder of this machine."""

    _follows_only_inside = False

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
            for path, stat in files_below(
                str(self.root), hidden, only_inside=self._follows_only_inside
            )
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
        fsync(built)
        killpoint("storage.after_fsync")
        built.replace(target)
        killpoint("storage.after_rename")
        fsync(target.parent)
        killpoint("storage.after_directory_fsync")

    def remove(self, path: str) -> None:
        (self.root / path).unlink()

    def remove_below(self, folder: str) -> None:
        shutil.rmtree(self.root / folder)

    def move(self, path: str, target: str) -> None:
        file, to = self.root / path, self.root / target
        for folder in reversed(to.parents[: len(Path(target).parents) - 1]):
            folder.mkdir(exist_ok=True, mode=0o700)
        file.replace(to)
        fsync(to.parent)
        fsync(file.parent)

    def digest(self, path: str, stat: Stat | None = None) -> str:
        return f"sha256:{sha256_of(f'{self.root}/{path}')}"


def empty_folder(folder: Path) -> None:
    """An empty folder that only its owner reads. What a killed run left there is gone."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)


def files_below(
    root: str, hidden: tuple[str, ...], *, only_inside: bool = False
) -> Iterator[tuple[str, Stat | None]]:
    """Every file below a folder, as `Storage.files` has it but with its whole path.

    `only_inside`: a link that leads out of the folder has no stat, either. A link to a folder is
    followed once, and not to a folder that it lies in: links that lead to each other would make
    paths without end. Errors: `FileNotFoundError` when there is no such folder.
    """
    zone = os.path.realpath(root)
    followed: set[str] = set()
    folders = [(root, zone)]
    while folders:
        folder, real = folders.pop()
        try:
            entries = list(os.scandir(folder))
        except FileNotFoundError:
            if folder == root:
                raise
            continue  # it has gone since the folder above was listed
        except OSError:
            yield folder, None
            continue
        for entry in entries:
            if entry.name.startswith(hidden):
                continue
            target = ""
            if entry.is_symlink():
                target = os.path.realpath(entry.path)
                leads_back = target in followed or is_inside(real, target)
                if leads_back or (only_inside and not is_inside(target, zone)):
                    yield entry.path, None
                    continue
            try:
                if entry.is_dir():
                    if entry.is_symlink():
                        followed.add(target)
                    folders.append((entry.path, target or str(Path(real, entry.name))))
                    continue
                found = entry.stat() if entry.is_file() else None
            except FileNotFoundError:
                continue  # it has gone since the folder was listed
            except OSError:
                found = None
            yield entry.path, found and stat_of(found)


def is_inside(path: str, folder: str) -> bool:
    """Whether a real path is a folder or lies below it."""
    return os.path.commonpath((path, folder)) == folder


def stat_of(found: os.stat_result) -> Stat:
    return Stat(found.st_size, found.st_ino & _LARGEST, found.st_mtime_ns, found.st_ctime_ns)

"""The landing zone as a folder of this machine. Others write there: nothing that lies in it may
lead out of it, hold a reader up, or be another file than the one that was looked at."""

import errno
import os
import stat
from pathlib import Path

from ingestion.storage.folder import Folder, is_inside

# Far more than text or Parquet shrinks: what is larger than its blocks on the disk by so much
# is a hole, and would be read for hours.
SPARSE_BYTES = 64 << 20
SPARSE_RATIO = 200
_BLOCK = 512  # of `st_blocks`, whatever the file system's own


class LandingFolder(Folder):
    """A file that was brought stays open until `let_go`: whoever reads it again reads the same
    file, whatever stands at its path by then."""

    _follows_only_inside = True

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._opened: dict[str, int] = {}

    def bring(self, path: str) -> Path:
        """Errors: `OSError` for what is no regular file inside the zone."""
        if path not in self._opened:
            try:
                self._opened[path] = open_inside(self.root, path)
            except FileNotFoundError:
                return self.root / path
        return Path(f"/dev/fd/{self._opened[path]}")

    def let_go(self) -> None:
        while self._opened:
            os.close(self._opened.popitem()[1])


def open_inside(root: Path, path: str) -> int:
    """A regular file below `root`, opened to be read. Links are followed where they stay inside.

    Errors: `OSError` that says what it is instead.
    """
    zone, real = os.path.realpath(root), os.path.realpath(root / path)
    if not is_inside(real, zone):
        raise OSError(errno.ELOOP, "a link that leads out of the landing zone")
    *folders, name = Path(real).relative_to(zone).parts or (".",)
    at = os.open(zone, os.O_RDONLY | os.O_DIRECTORY)
    try:
        # Step by step and without links: nobody can put one in the way any more.
        for folder in folders:
            inner = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
            os.close(at)
            at = inner
        # A pipe would wait for somebody to write.
        file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=at)
    finally:
        os.close(at)
    reason = _why_not(os.fstat(file))
    if reason:
        os.close(file)
        raise OSError(errno.EINVAL, reason)
    return file


def _why_not(found: os.stat_result) -> str | None:
    if not stat.S_ISREG(found.st_mode):
        return "no regular file"
    on_disk = found.st_blocks * _BLOCK
    if found.st_size > SPARSE_BYTES and found.st_size > SPARSE_RATIO * on_disk:
        return f"a sparse file: {found.st_size} bytes, {on_disk} of them on the disk"
    return None

"""Files that a power cut cannot halve: what is durable, and when it may be seen."""

import os
from pathlib import Path


def fsync(path: Path) -> None:
    """Wait until a file's content is on disk; of a folder: which files it holds, and their names.

    Errors: `OSError`.
    """
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_atomically(path: Path, text: str) -> None:
    """Write a small file so that a crash leaves the old one or the new one, never half of it.

    Nobody but its owner may read it, not even before it is whole. Errors: `OSError`.
    """
    temporary = path.with_name(path.name + ".new")
    temporary.unlink(missing_ok=True)
    temporary.touch(mode=0o600)
    temporary.write_text(text, encoding="utf-8")
    fsync(temporary)
    temporary.replace(path)
    fsync(path.parent)

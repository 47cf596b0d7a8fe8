"""Files that a power cut cannot halve and a rotten disk cannot change unseen:
what is durable, when it may be seen, and whether it is what was written."""

import hashlib
import os
from collections.abc import Iterator
from io import FileIO
from pathlib import Path
from typing import BinaryIO

_READ_BYTES = 1 << 16
_WITHOUT_DIGEST = b"{"  # JSON as it was kept before it had its digest in front


class DamagedFileError(Exception):
    """A file is not what was written; the message names it and what restores it."""


def sha256_of(path: Path | str) -> str:
    """Hex sha256 of a file's bytes. Errors: `OSError`."""
    digest = hashlib.sha256()
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - a path of text costs less
        for block in as_long_as_it_was(file, _READ_BYTES):
            digest.update(block)
    return digest.hexdigest()


def as_long_as_it_was(file: BinaryIO | FileIO, size: int) -> Iterator[bytes]:
    """A file's bytes in blocks of `size`, up to its length when it was opened and a block more:
    one that is written to while it is read would have no end, and its hash shows the change."""
    left = os.fstat(file.fileno()).st_size + 1
    while left > 0 and (block := file.read(size)):
        left -= len(block)
        yield block


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


def write_with_digest(path: Path, text: str) -> None:
    """Write JSON that only its owner reads, its sha256 in the line before it.

    Errors: `OSError`.
    """
    write_atomically(path, f"{_digest(text.encode())}\n{text}")


def read_with_digest(path: Path, remedy: str) -> str:
    """The JSON that `write_with_digest` wrote.

    Errors: `OSError`; `DamagedFileError` with the remedy when it is another one.
    """
    content = path.read_bytes()
    if content.startswith(_WITHOUT_DIGEST):
        return content.decode()
    stated, _, text = content.partition(b"\n")
    if stated != _digest(text).encode():
        raise DamagedFileError(f"{path}: is not as it was written; {remedy}")
    return text.decode()


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()

"""The bytes of one extract: read once, hashed, inflated, bounded.

Anything odd about the container is an `ExtractError`.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import zstandard
from isal import isal_zlib
from isal.igzip_lib import IsalError

from ingestion.errors import ExtractChangedError, ExtractError
from ingestion.files import as_long_as_it_was

READ_BYTES = 1 << 20
# What follows the end of a member is copied: of many small ones, whole blocks each time.
PACKED_READ_BYTES = 64 << 10
INFLATED_BYTES = 4 << 20  # at most this much comes out of the inflater at once
ZSTD_FEED_BYTES = (
    4 << 10
)  # zstd inflates all it is fed at once: small bites bound what a bomb can do
BOMB_BYTES = 64 << 20
BOMB_RATIO = 200  # JSON lines shrink 10 to 60 times; a thousand times is an attack or a fault
MAGIC = {".gz": b"\x1f\x8b", ".zst": b"\x28\xb5\x2f\xfd"}
_NAMES = {".gz": "gzip", ".zst": "zstd"}


class ByteStream:
    """Iterates over an extract's inflated bytes in blocks of a few MB; `suffix` is that of its
    name, and says how it is packed.

    Errors while iterating: `ExtractError` for a broken container; `ExtractChangedError` when
    the bytes are not those of `sha256`.
    """

    def __init__(self, path: Path, sha256: str, suffix: str) -> None:
        self._path = path
        self._suffix = suffix if suffix in MAGIC else ""
        self._sha256 = sha256
        self._hash = hashlib.sha256()
        self._read = 0
        self._inflated = 0

    def __iter__(self) -> Iterator[bytes]:
        suffix = self._suffix
        blocks = self._compressed(suffix)
        for block in {"": lambda b: b, ".gz": self._gunzip, ".zst": self._unzstd}[suffix](blocks):
            self._inflated += len(block)
            if suffix and self._inflated > BOMB_BYTES and self._inflated > BOMB_RATIO * self._read:
                raise ExtractError(
                    f"inflates to more than {BOMB_RATIO} times its size (at byte {self._read}): "
                    "taken for a zip bomb; deliver it uncompressed if it is genuine"
                )
            if block:
                yield block
        if self._hash.hexdigest() != self._sha256:
            raise ExtractChangedError(
                "the file changed while it was being read;"
                " it is loaded once whoever writes it has finished"
            )

    def _compressed(self, suffix: str) -> Iterator[bytes]:
        with self._path.open("rb") as file:
            for block in as_long_as_it_was(file, PACKED_READ_BYTES if suffix else READ_BYTES):
                self._hash.update(block)
                if not self._read:
                    _check_magic(block, suffix)
                self._read += len(block)
                yield block
        if suffix and not self._read:
            raise ExtractError(
                f"is empty (0 bytes), not even a {_NAMES[suffix]} header; deliver it again"
            )

    def _gunzip(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        inflater = isal_zlib.decompressobj(wbits=31)
        begun = False
        for block in blocks:
            while block:
                if inflater.eof:
                    _check_next(block, ".gz", self._read - len(block))
                    inflater = isal_zlib.decompressobj(wbits=31)
                begun = True
                try:
                    yield inflater.decompress(block, INFLATED_BYTES)
                except IsalError as error:  # type: ignore[misc]  # its stub declares an instance
                    raise ExtractError(
                        f"broken gzip ({_sentence(error)}) near byte {self._read}; deliver it again"
                    ) from error
                block = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
        while begun and not inflater.eof:
            rest = inflater.decompress(b"", INFLATED_BYTES)
            if not rest:
                raise ExtractError(
                    f"truncated gzip: it ends at byte {self._read} in the middle"
                    " of the data; deliver it again"
                )
            yield rest

    def _unzstd(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        decompressor = zstandard.ZstdDecompressor(max_window_size=1 << 27)
        frame = decompressor.decompressobj()
        for block in blocks:
            start = 0
            while start < len(block):
                if frame.eof:
                    _check_next(block[start : start + 4], ".zst", self._read - len(block) + start)
                    frame = decompressor.decompressobj()
                bite = block[start : start + ZSTD_FEED_BYTES]
                try:
                    yield frame.decompress(bite)
                except zstandard.ZstdError as error:
                    raise ExtractError(
                        f"broken zstd ({_sentence(error)}) near byte {self._read}; deliver it again"
                    ) from error
                start += len(bite) - (len(frame.unused_data) if frame.eof else 0)
        if not frame.eof:
            raise ExtractError(
                f"truncated zstd: it ends at byte {self._read} in the middle"
                " of the data; deliver it again"
            )


def _check_magic(block: bytes, suffix: str) -> None:
    if suffix and not block.startswith(MAGIC[suffix]):
        raise ExtractError(
            f"is not {_NAMES[suffix]} although its name ends in {suffix} (byte 1);"
            " rename it or compress it"
        )
    for packed, magic in MAGIC.items():
        if not suffix and block.startswith(magic):
            raise ExtractError(
                f"is {_NAMES[packed]} inside (byte 1) but its name does not end"
                f" in {packed}; rename it"
            )


def _check_next(block: bytes, suffix: str, position: int) -> None:
    """After the end of a compressed member only another one may follow."""
    magic = MAGIC[suffix]
    if block[: len(magic)] != magic[: len(block)]:
        raise ExtractError(
            f"trailing bytes after the end of the {_NAMES[suffix]} data,"
            f" from byte {position + 1}; deliver it again"
        )


def _sentence(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")

"""What JSON lines and CSV share: whole lines out of a byte stream,
with everything refused that is not clean UTF-8 text."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from ingestion.errors import ExtractError
from ingestion.readers.byte_stream import ByteStream

BLOCK_BYTES = 2 << 20
MAX_LINE_BYTES = 64 << 20
_BOM = b"\xef\xbb\xbf"
_WIDE = {b"\xff\xfe": "UTF-16 (little endian)", b"\xfe\xff": "UTF-16 (big endian)"}

Positions = npt.NDArray[np.int64]


def text_blocks(stream: ByteStream, attested: bool) -> Iterator[bytes]:
    """Blocks that end with LF, checked: UTF-8 (a BOM is dropped), no NUL, no line above 64 MiB,
    a last LF unless `attested`.

    Errors: `ExtractError` that names the byte (of the inflated text) or the line.
    """
    checker = _Checker(attested)
    pending: list[bytes | memoryview] = []
    size = 0
    for piece in stream:
        pending.append(piece)
        size += len(piece)
        if size < BLOCK_BYTES:
            continue
        cut = piece.rfind(b"\n") + 1
        if not cut:  # a long line: its end may lie in an earlier piece
            piece = b"".join(pending)
            pending, cut = [piece], piece.rfind(b"\n") + 1
        if cut:
            pending[-1] = memoryview(piece)[:cut]
            yield from checker.check(b"".join(pending))
        elif size > MAX_LINE_BYTES:
            checker.too_long()
        pending, size = [piece[cut:]], len(piece) - cut
    rest = b"".join(pending)
    cut = rest.rfind(b"\n") + 1
    if cut:
        yield from checker.check(rest[:cut])
    if len(rest) > cut:
        yield from checker.check_tail(rest[cut:])


def line_feeds(block: bytes) -> Positions:
    """Positions of LF in a block."""
    return np.flatnonzero(np.frombuffer(block, np.uint8) == 10)


class _Checker:
    """Follows byte and line numbers through the blocks."""

    def __init__(self, attested: bool) -> None:
        self._attested = attested
        self._bytes = 0
        self._lines = 0

    def check(self, block: bytes) -> Iterator[bytes]:
        position = self._bytes
        if not position:
            for mark, name in _WIDE.items():
                if block.startswith(mark):
                    raise ExtractError(f"is {name} (byte 1), not UTF-8; deliver it as UTF-8")
        nul = block.find(b"\0")
        if nul >= 0:
            kind = " (it looks like UTF-16)" if block[1:2] == b"\0" or block[:1] == b"\0" else ""
            raise ExtractError(
                f"has a NUL byte{kind} at byte {position + nul + 1}, line {self._line(block, nul)};"
                " deliver it as UTF-8 text"
            )
        try:
            if not block.isascii():  # cheaper than to decode it
                block.decode("utf-8")
        except UnicodeDecodeError as error:
            line = self._line(block, error.start)
            raise ExtractError(
                f"is not UTF-8 at byte {position + error.start + 1}, line {line};"
                " deliver it as UTF-8"
            ) from None
        if len(block) > MAX_LINE_BYTES:
            feeds = line_feeds(block)
            lengths = np.diff(feeds, prepend=-1)
            if lengths.max(initial=0) > MAX_LINE_BYTES:
                longest = int(lengths.argmax())
                self._lines += longest
                self._bytes += int(feeds[longest] - lengths[longest]) + 1
                self.too_long()
        self._bytes += len(block)
        self._lines += int(np.count_nonzero(np.frombuffer(block, np.uint8) == 10))
        if not position and block.startswith(_BOM):
            block = block[len(_BOM) :]
        if block:
            yield block

    def check_tail(self, tail: bytes) -> Iterator[bytes]:
        """A last line without LF: believed only when a manifest vouches for the whole file."""
        if not self._lines and b"\r" in tail:
            raise ExtractError(
                "line 1: its lines end with CR alone; deliver it with LF or CRLF at each line's end"
            )
        if len(tail) > MAX_LINE_BYTES:
            self.too_long()
        checked = list(self.check(tail))
        if not checked:
            return
        if not self._attested:
            raise ExtractError(
                f"the last line (line {self._lines + 1}, up to byte {self._bytes}) "
                "has no line end: the file is probably cut; "
                "deliver it again, or with a manifest that vouches for it"
            )
        yield checked[0] + b"\n"

    def too_long(self) -> None:
        raise ExtractError(
            f"line {self._lines + 1} (from byte {self._bytes + 1}) is longer"
            f" than {MAX_LINE_BYTES >> 20} MiB; deliver one record a line"
        )

    def _line(self, block: bytes, at: int) -> int:
        return self._lines + block.count(b"\n", 0, at) + 1

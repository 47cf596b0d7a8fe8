"""Where a CSV file's records begin and end: a vectorised scan that respects quotes and blames one
line, not the file, for a stray one."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ingestion.errors import ExtractError
from ingestion.readers.lines import Positions, line_feeds

MAX_BROKEN = 1000
MAX_QUOTED_BYTES = 16 << 20  # a quote that is open for longer was never meant
_LF, _CR, _QUOTE = 10, 13, 34


@dataclass(frozen=True)
class Records:
    """Whole, well-formed records that lie one after the other:
    record i is `data[bounds[i]:bounds[i + 1]]`, its line end included."""

    data: bytes
    bounds: Positions
    line_numbers: Positions  # physical line each begins at, from 1

    def __len__(self) -> int:
        return len(self.line_numbers)

    def text(self, i: int) -> str:
        """Record i, line end included."""
        return self.data[self.bounds[i] : self.bounds[i + 1]].decode("utf-8")

    def without_first(self) -> "Records":
        return Records(self.data, self.bounds[1:], self.line_numbers[1:])


@dataclass(frozen=True)
class Broken:
    """A physical line that begins no record."""

    line_number: int
    text: str
    reason: str


def scan(blocks: Iterator[bytes], delimiter: str) -> Iterator[Records | Broken]:
    """Records in the order of the file; every byte is in exactly one of the items.

    After a stray or unclosed quote the scan takes up again at the next line, so that one bad line
    costs one row. Errors: `ExtractError` when more than 1000 lines are broken.
    """
    data, line, broken = b"", 1, 0
    for block, is_last in _with_last(blocks):
        data += block
        while data:
            items, used = _cut(data, line, ord(delimiter), is_last)
            if not used:
                break
            for item in items:
                broken += isinstance(item, Broken)
                yield item
            if broken > MAX_BROKEN:
                raise ExtractError(
                    f"more than {MAX_BROKEN} lines with stray quotes or line ends,"
                    f" up to line {line}: is it CSV, with this delimiter?"
                )
            line += data.count(b"\n", 0, used)
            data = data[used:]


def _cut(
    data: bytes, line: int, delimiter: int, is_last: bool
) -> tuple[list[Records | Broken], int]:
    """The records at the beginning of `data` (which begins with one and ends with LF) up to
    the first fault; bytes used."""
    feeds = line_feeds(data)
    quotes = (
        np.flatnonzero(np.frombuffer(data, np.uint8) == _QUOTE)
        if b'"' in data
        else np.empty(0, np.int64)
    )
    ends = feeds[np.searchsorted(quotes, feeds) % 2 == 0] + 1 if len(quotes) else feeds + 1
    fault, reason = _first_fault(data, quotes, delimiter)
    if (
        fault is None
        and (not len(ends) or ends[-1] < len(data))
        and (is_last or len(data) - int(ends[-1] if len(ends) else 0) > MAX_QUOTED_BYTES)
    ):
        fault, reason = len(data) - 1, "a quote is opened and never closed"
    if fault is not None:
        ends = ends[ends <= fault]
    items: list[Records | Broken] = []
    used = int(ends[-1]) if len(ends) else 0
    if used:
        bounds = np.concatenate([[0], ends])
        items.append(Records(data, bounds, line + np.searchsorted(feeds, bounds[:-1])))
    if fault is not None:
        end = data.index(b"\n", used) + 1
        items.append(
            Broken(line + data.count(b"\n", 0, used), data[used:end].decode("utf-8"), reason)
        )
        used = end
    return items, used


def _first_fault(data: bytes, quotes: Positions, delimiter: int) -> tuple[int | None, str]:
    """Position and reason of the first quote or carriage return that stands where none may."""
    faults: list[tuple[int, str]] = []
    codes = np.frombuffer(data, np.uint8)
    if len(quotes):
        opening, closing = quotes[0::2], quotes[1::2]
        before = codes[opening - 1]  # of position 0: the last byte, which is LF
        after = codes[closing + 1]
        stray = opening[~np.isin(before, (delimiter, _LF, _QUOTE))]
        early = closing[~np.isin(after, (delimiter, _LF, _CR, _QUOTE))]
        faults += [
            (int(found[0]), reason)
            for found, reason in (
                (stray, "a quote inside a value that is not quoted"),
                (early, "text after a closing quote"),
            )
            if len(found)
        ]
    if b"\r" in data:
        returns = np.flatnonzero(codes == _CR)
        returns = returns[codes[returns + 1] != _LF]
        returns = returns[np.searchsorted(quotes, returns) % 2 == 0]
        if len(returns):
            faults.append((int(returns[0]), "a carriage return that ends no line"))
    return min(faults, default=(None, ""))


def _with_last(blocks: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Each block, and whether it is the last."""
    pending = next(blocks, None)
    while pending is not None:
        following = next(blocks, None)
        yield pending, following is None
        pending = following

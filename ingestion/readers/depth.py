"""Which JSON values are nested deeper than a parser that calls itself can bear, found by counting
brackets: nothing is parsed."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ingestion.readers.lines import Positions

MAX_DEPTH = 100
TOO_DEEP = f"nested deeper than {MAX_DEPTH}"
_QUOTE = 34
_ONE_CASE = 0x20  # with this bit set, [ is { and ] is }
_WORD = 64
# What numpy makes of a larger piece is given back to the system each time, and fetched anew.
_PIECE_BYTES = 64 << 10


def too_deep(data: bytes, bounds: Positions) -> npt.NDArray[np.bool_] | None:
    """Of the values `data[bounds[i]:bounds[i + 1]]` those that are too deep; None when there is
    no such value, as nearly always."""
    if _most_opened(data, bounds) <= MAX_DEPTH:
        return None
    # What stands in a text is no bracket. An escaped quote ends no text.
    if b"\\" in data:
        data = data.replace(b"\\\\", b"__").replace(b'\\"', b"__")
    quotes = np.flatnonzero(np.frombuffer(data, np.uint8) == _QUOTE)
    codes = np.frombuffer(data, np.uint8) | _ONE_CASE
    opening, closing = (np.flatnonzero(codes == ord(bracket)) for bracket in "{}")
    brackets = np.concatenate([opening, closing])
    steps = np.repeat(np.array([1, -1]), [len(opening), len(closing)])
    order = np.argsort(brackets, kind="stable")
    brackets, steps = brackets[order], steps[order]
    value = np.searchsorted(bounds, brackets, side="right") - 1
    quotes_before = np.searchsorted(quotes, brackets) - np.searchsorted(quotes, bounds)[value]
    steps[quotes_before % 2 == 1] = 0
    depth = np.cumsum(steps)
    first = np.searchsorted(brackets, bounds[:-1])
    before = np.concatenate([[0], depth])[first]
    found = np.zeros(len(bounds) - 1, bool)
    found[value[depth - before[value] > MAX_DEPTH]] = True
    return found if found.any() else None


def _most_opened(data: bytes, bounds: Positions) -> int:
    """How many brackets the value with the most of them opens, at most: those of the words of
    64 bytes that it shares with its neighbours count as its own."""
    codes = np.frombuffer(data, np.uint8)
    bits = [
        np.packbits((codes[start : start + _PIECE_BYTES] | _ONE_CASE) == ord("{"))
        for start in range(0, len(codes), _PIECE_BYTES)
    ]
    bits.append(np.zeros(-len(data) % _WORD // 8, np.uint8))
    opened = np.bitwise_count(np.concatenate(bits).view(np.uint64))
    before = np.concatenate([[0], np.cumsum(opened, dtype=np.int64)])
    return int((before[-(-bounds[1:] // _WORD)] - before[bounds[:-1] // _WORD]).max())


def faults_of(deep: npt.NDArray[np.bool_] | None, count: int) -> pa.Array:
    """The fault of each of `count` records, null where there is none."""
    if deep is None:
        return pa.nulls(count, pa.string())
    return pa.array([None, TOO_DEEP], pa.string()).take(pa.array(deep.astype(np.int8)))


def texts_too_deep(texts: pa.Array) -> npt.NDArray[np.bool_] | None:
    """The same of an Arrow array of texts."""
    if not len(texts) or not texts.nbytes:
        return None
    _, offsets, data = texts.buffers()
    if data is None:
        return None
    is_large = pa.types.is_large_string(texts.type) or pa.types.is_large_binary(texts.type)
    width = np.int64 if is_large else np.int32
    bounds = np.frombuffer(offsets, width)[texts.offset : texts.offset + len(texts) + 1]
    begin, end = int(bounds[0]), int(bounds[-1])
    return too_deep(data.slice(begin, end - begin).to_pybytes(), bounds.astype(np.int64) - begin)

"""Which lines of JSON may hold something that DuckDB reads otherwise than it stands there.

DuckDB takes a comma after the last value, NaN, NUL escapes, and numbers that a double cannot
hold. To ask each line would cost a tenth of the load, so a block is searched for bytes that
these need; the few lines that have some are asked by the SQL of `json_values.py`.
"""

import numpy as np
import numpy.typing as npt

from ingestion.readers.lines import Positions

Data = bytes | memoryview

LONG = 16  # digits and a point; a double holds any fifteen digits
_WORD = 8
# What numpy makes of a piece of this size stays in the processor's cache. Neighbours share some
# bytes; a number that is longer than these is a long one in the piece where it begins.
PIECE_BYTES = 256 << 10
_OVERLAP = 64
# Two neighbours, the first in the low byte, under a mask.
_ALL = 0xFFFF
_PAIRS = (
    (0xDFF3, 0x5D20),  # a comma or a space before ] or }
    (_ALL, 0x6E49),  # In, of Infinity
)
_SMALL = 0xFFDF, 0x2D45  # e-, of a number that may be too small for a double
_POINT_ZERO = _ALL, 0x302E  # .0, of a whole number that is written with a point
_BEFORE_NUMBER = np.frombuffer(b":,[ \t", np.uint8)
_AFTER_NUMBER = np.frombuffer(b",}] \t\r\n", np.uint8)
# Eight bytes, six added to each: all are digits, or stand before these in ASCII (* + , - . /).
_SIX = np.uint64(0x0606060606060606)
_NUMERIC = np.uint64(0xF0F0F0F0F0F0F0F0), np.uint64(0x3030303030303030)


def odd_lines(data: bytes, bounds: Positions) -> npt.NDArray[np.bool_] | None:
    """Of the lines `data[bounds[i]:bounds[i + 1]]` those to be looked at; None when there is
    none, as nearly always."""
    found = [_positions(data, text) for text in (b"\\u0000", b"NaN")]
    for start in range(0, len(data), PIECE_BYTES):
        piece = memoryview(data)[max(0, start - _OVERLAP) : start + PIECE_BYTES + _OVERLAP]
        in_piece = [_long_numbers(piece), *(_pairs(piece, *pair) for pair in _PAIRS)]
        in_piece += [_small_numbers(piece), _whole_numbers(piece)]
        found += [at + max(0, start - _OVERLAP) for at in in_piece if len(at)]
    positions = np.concatenate(found)
    if not len(positions):
        return None
    odd = np.zeros(len(bounds) - 1, bool)
    odd[np.searchsorted(bounds, positions, side="right") - 1] = True
    return odd


def _positions(data: bytes, text: bytes) -> Positions:
    """Where a text stands whose first byte is rare: one byte is found much faster than more."""
    found = []
    at = data.find(text) if text[:1] in data else -1
    while at >= 0:
        found.append(at)
        at = data.find(text, at + 1)
    return np.array(found, np.int64)


def _pairs(data: Data, mask: int, wanted: int) -> Positions:
    """Where two neighbours, as a number of 16 bits, are the wanted ones."""
    found = []
    for start in (0, 1):
        pairs = np.frombuffer(data, np.uint16, (len(data) - start) // 2, start)
        is_wanted = (pairs if mask == _ALL else pairs & np.uint16(mask)) == np.uint16(wanted)
        if is_wanted.any():
            found.append(2 * np.flatnonzero(is_wanted) + start)
    return np.concatenate(found) if found else np.empty(0, np.int64)


def _whole_numbers(data: Data) -> Positions:
    """Where `.0` ends a number."""
    codes = np.frombuffer(data, np.uint8)
    at = _pairs(data, *_POINT_ZERO)
    at = at[at < len(data) - 2]
    return at[np.isin(codes[at + 2], _AFTER_NUMBER)]


def _small_numbers(data: Data) -> Positions:
    """Where `e-` stands in a number, outside of quotes: in a UUID it stands often."""
    codes = np.frombuffer(data, np.uint8)
    at = _pairs(data, *_SMALL)
    at = at[(at > 1) & (at < len(data) - 2)]
    first = at[_is_digit(codes[at - 1]) & _is_digit(codes[at + 2])]
    moved = first > 0
    while moved.any():  # back to where the digits begin
        moved = (first > 0) & _is_digit(codes[first - 1])
        first = first - moved
    first = first - (codes[first - 1] == ord("-"))
    return first[np.isin(codes[first - 1], _BEFORE_NUMBER)]


def _long_numbers(data: Data) -> Positions:
    """Where a number of 16 digits and more begins, outside of quotes.

    So many hold a whole word of eight such bytes, wherever they begin.
    """
    codes = np.frombuffer(data, np.uint8)
    words = np.frombuffer(data, np.uint64, len(data) // _WORD)
    found = np.flatnonzero(((words + _SIX) & _NUMERIC[0]) == _NUMERIC[1])
    found = found[_is_digit(words[found].view(np.uint8)).reshape(-1, _WORD).all(axis=1)]
    at = _WORD * found[found > 0]
    for _ in range(_WORD):
        at = at - _is_digit(codes[at - 1])
    at = at[np.isin(codes[at - 1], list(b":,[ \t-")) & (at < len(data) - LONG)]
    return at[_is_digit(codes[at[:, None] + np.arange(LONG)]).all(axis=1)]


def _is_digit(codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """A digit, or the point between two."""
    return (codes - np.uint8(ord("0")) < 10) | (codes == ord("."))

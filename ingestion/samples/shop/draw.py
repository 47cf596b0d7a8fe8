"""Seeded random numbers: one independent stream per chunk and topic,
so that a new topic changes no other."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import fields
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ingestion.samples.shop.days import HOUR

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Columns = TypeVar("Columns")


def stream(seed: int, chunk: int, topic: str) -> np.random.Generator:
    """The stream of `topic` in `chunk`."""
    return np.random.Generator(
        np.random.PCG64(np.random.SeedSequence([seed, chunk, zlib.crc32(topic.encode())]))
    )


def choose(rng: np.random.Generator, shares: Sequence[float], n: int) -> Ints:
    """n indexes into `shares`, drawn in proportion to them."""
    edges = np.cumsum(np.asarray(shares, dtype=float))
    return np.minimum(
        np.searchsorted(edges / edges[-1], rng.random(n), side="right"), len(edges) - 1
    )


def chance(rng: np.random.Generator, share: float | Floats, n: int) -> Flags:
    """n coin tosses that come up true with probability `share`."""
    return rng.random(n) < share


def lateness(rng: np.random.Generator, share: float, n: int) -> Ints:
    """Nights that a record arrives late: 0, or 1 to 3 for a `share` of them."""
    late = rng.integers(1, 4, n)
    return np.where(chance(rng, share, n), late, 0)


def time_of_day(rng: np.random.Generator, n: int) -> Ints:
    """Milliseconds of a waking day: most between breakfast and late evening."""
    hours = np.where(chance(rng, 0.35, n), rng.normal(11.5, 2.2, n), rng.normal(19.0, 2.5, n))
    return (np.clip(hours, 0.2, 23.8) * HOUR).astype(np.int64)


def running_index(groups: Ints) -> Ints:
    """Position of every row within its group; `groups` must be sorted."""
    if not len(groups):
        return np.zeros(0, dtype=np.int64)
    first = np.r_[True, groups[1:] != groups[:-1]]
    starts = np.flatnonzero(first)
    return np.arange(len(groups)) - np.repeat(starts, np.diff(np.r_[starts, len(groups)]))


def words(codes: Ints, vocabulary: Sequence[str | None]) -> pa.Array:
    """Text column: `vocabulary[code]` per row, sharing the words."""
    return pa.DictionaryArray.from_arrays(
        pa.array(codes.astype(np.int32)), pa.array(vocabulary, pa.string())
    ).cast(pa.string())


def pick(columns: Columns, rows: Ints) -> Columns:
    """The chosen rows of a dataclass whose fields are arrays of one length, in that order."""
    names = [field.name for field in fields(columns)]  # type: ignore[arg-type]
    chosen: dict[str, Any] = {name: getattr(columns, name)[rows] for name in names}
    return type(columns)(**chosen)

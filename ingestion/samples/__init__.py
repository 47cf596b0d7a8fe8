"""Data sets with known answers: every package in this folder is one, found by its being there.

What `clientele sample` has to know of one stands in its module `data_set`, as `DataSet` says.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Protocol, cast

# The data set that is meant where none is named.
DEFAULT = "shop"


@dataclass(frozen=True)
class Place:
    """Where a data set is made: the folder for its extracts, the landing zone's name for people,
    the folder for the truth, if it has one; and who is told of its progress."""

    folder: Path
    landing: str
    truth: Path
    say: Callable[[str], None]


class DataSet(Protocol):
    """A module `data_set`.

    OPTIONS: the options of `clientele sample` that it takes, which are keywords of `make`.
    SOURCE: the source whose being enabled means this data set; none for the default.
    make(place, **options): write the extracts; returns the line that tells what was made.
    """

    OPTIONS: frozenset[str]
    SOURCE: str | None
    make: Callable[..., str]


def data_sets() -> tuple[str, ...]:
    """The names of all data sets, the default first. Imports none of them."""
    others = {module.name for module in iter_modules(__path__) if module.ispkg} - {DEFAULT}
    return (DEFAULT, *sorted(others))


def data_set(name: str) -> DataSet:
    """A data set by its name."""
    return cast(DataSet, import_module(f"{__name__}.{name}.data_set"))


def data_set_of(sources: Collection[str]) -> DataSet:
    """The data set that is meant where these sources are enabled."""
    _, *others = data_sets()
    meant = (found for found in map(data_set, others) if found.SOURCE in sources)
    return next(meant, None) or data_set(DEFAULT)

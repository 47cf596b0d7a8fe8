"""SQL spelled the one way: texts, names, and the files that a query reads.

Values of the data are never put into SQL; what comes here is declared in contracts, models and
settings, or is a path.
"""

import re
from collections.abc import Sequence
from pathlib import Path

_WILD = re.compile(r"[*?\[]")


def quote(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def name(identifier: str) -> str:
    """A SQL identifier."""
    return '"' + identifier.replace('"', '""') + '"'


def texts(values: Sequence[str]) -> str:
    """A DuckDB list of texts."""
    return "[" + ", ".join(map(quote, values)) + "]"


def parquet(*files: Path | str, by_name: bool = False, options: Sequence[str] = ()) -> str:
    """SQL that reads Parquet files, one at least: just these (a `*` in a name is no pattern),
    and just what is in them (a `key=value` in a path is no column)."""
    names = texts([_WILD.sub(r"[\g<0>]", str(file)) for file in files])
    how = [*options, *(["union_by_name = true"] if by_name else []), "hive_partitioning = false"]
    return f"read_parquet({names}, {', '.join(how)})"

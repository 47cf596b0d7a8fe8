"""What DuckDB may take of the machine: the owner's limits, set on the databases of the generation,
of raw and of matching."""

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, ConfigDict, Field
from pydantic.dataclasses import dataclass

from ingestion.sql import quote

if TYPE_CHECKING:
    import duckdb

_SIZE = re.compile(r"[1-9]\d*(\.\d+)? ?[KMGT]i?B")


def _is_size(value: str) -> str:
    if not _SIZE.fullmatch(value):
        raise ValueError(f"{value!r} is no size; write it like 4GB or 500MB")
    return value


def _is_absolute(value: Path) -> Path:
    if not value.is_absolute():
        raise ValueError(f"{value} is no absolute path")
    return value


Size = Annotated[str, AfterValidator(_is_size)]
Place = Annotated[Path, AfterValidator(_is_absolute)]


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Limits:
    """`memory` (`4GB`) and `threads` of one database, DuckDB's own choice where they are left out:
    80 % of the memory, a thread a core. `spill` is the folder for what does not fit, beside the
    data where it is left out; `spill_at_most` ends a query that wants more of that disk."""

    memory: Size | None = None
    threads: Annotated[int, Field(ge=1)] | None = None
    spill: Place | None = None
    spill_at_most: Size | None = None

    def set_on(self, connection: "duckdb.DuckDBPyConnection", overflow: Path) -> None:
        """Set them for the whole database of the connection. What does not fit into memory goes to
        `overflow`, or to a folder of that name in `spill`, which no other process uses: DuckDB
        removes what lies there."""
        own = overflow.with_name(f"{overflow.name}-{os.getpid()}")
        for setting, value in (
            ("memory_limit", self.memory),
            ("threads", self.threads),
            ("temp_directory", self.spill / own.name if self.spill else own),
            ("max_temp_directory_size", self.spill_at_most),
        ):
            if value is not None:
                connection.execute(f"set global {setting} = {quote(str(value))}")


NO_LIMITS = Limits()

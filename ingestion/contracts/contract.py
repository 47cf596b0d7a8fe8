"""What a source is, as `sources/<source>.yml` declares it; read and checked by `reading.py`."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path

from ingestion.contracts.columns import LOAD_COLUMNS, ColumnType
from ingestion.contracts.feeds import IdentifierType, RecordKind


@dataclass(frozen=True)
class Column:
    """One column of a raw table.

    `path` are the keys that lead to it in a JSON object, `header` its name in
    a CSV or Parquet file.
    """

    name: str
    type: ColumnType
    path: tuple[str, ...]
    header: str
    required: bool
    optional: bool
    pii: str | None
    description: str


@dataclass(frozen=True)
class TableContract:
    """What one kind of extract file holds and how it is loaded."""

    source: str
    name: str
    version: int
    description: str
    files: str
    format: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    version_column: str | None = None
    load_mode: str = "append"
    on_same_name: str = "add"
    may_be_empty: bool = False
    null_values: tuple[str, ...] = ()
    delimiter: str = ","
    trailing_delimiter: bool = False
    quarantine_limit: float = 0.01
    shrink_limit: float = 0.2
    deleted_column: str | None = None
    absent_is_deleted: bool = False
    # The zone of times without an offset; without one they go to quarantine.
    time_zone: str | None = None
    # The source whose file declares it: another than `source` for further accounts of a vendor.
    kind: str = ""

    @property
    def declared_in(self) -> str:
        """Where a person changes it."""
        return f"ingestion/sources/{self.kind or self.source}.yml"

    @property
    def raw_name(self) -> str:
        """The table's name in schema raw."""
        return f"{self.source}_{self.name}"

    @property
    def names_count(self) -> bool:
        """Whether new content under a known name takes the place of what that name held;
        otherwise it is added."""
        return self.load_mode == "snapshot" or self.on_same_name == "supersede"

    @property
    def names_hold(self) -> bool:
        """Whether names count on their own, day for day;
        a snapshot's names count together, on its day."""
        return self.names_count and self.load_mode != "snapshot"

    @cached_property
    def fingerprint(self) -> str:
        """Changes when the contract does:
        a file that was refused under another one is tried again."""
        told = {name: value for name, value in asdict(self).items() if name != "kind"}
        if self.time_zone is None:
            del told["time_zone"]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:32]

    def rows_allowed_bad(self, rows: int) -> int:
        """How many of a file's rows may go to quarantine before the whole file is refused:
        the limit's share, but one at least."""
        return max(1, int(self.quarantine_limit * rows))


@dataclass(frozen=True)
class SourceContract:
    """A system that delivers extracts."""

    name: str
    owner: str
    version: int
    description: str
    path: Path
    tables: Mapping[str, TableContract] = field(default_factory=dict)
    # The source of orders whose order numbers and logins its records name.
    shop: str | None = None
    time_zone: str | None = None
    # Feed → staging models; see `feeds.py`.
    feeds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    record_kinds: Mapping[str, RecordKind] = field(default_factory=dict)
    identifier_types: Mapping[str, IdentifierType] = field(default_factory=dict)


def raw_columns(table: TableContract) -> dict[str, str]:
    """Columns of the raw table in order, with DuckDB types:
    the contract's, then the load columns."""
    return {column.name: column.type.duckdb for column in table.columns} | LOAD_COLUMNS


def all_tables(contracts: Mapping[str, SourceContract]) -> Iterable[TableContract]:
    """Every table of every source."""
    return (table for source in contracts.values() for table in source.tables.values())

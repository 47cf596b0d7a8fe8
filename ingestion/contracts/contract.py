"""The contracts of the sources: `sources/<source>.yml`, loaded and validated.

A source is added by dropping a file there.
"""

import difflib
import hashlib
import json
import re
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from ingestion.contracts.columns import LOAD_COLUMNS, ColumnType
from ingestion.errors import ContractError

SOURCES = Path(__file__).parents[1] / "sources"


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
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:32]

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


def load_contracts(folder: Path = SOURCES) -> dict[str, SourceContract]:
    """All contracts below `folder`, by source name.

    Errors: `ContractError` that names the file and the key.
    """
    files = sorted([*folder.glob("*.yml"), *folder.glob("*.yaml")])
    if not files:
        raise ContractError(
            f"{folder}: no contracts in it; every source needs a file <source>.yml there"
        )
    contracts: dict[str, SourceContract] = {}
    raw_names: dict[str, Path] = {}
    for file in files:
        source = _source(file)
        contracts[source.name] = source
        for table in source.tables.values():
            if table.raw_name in raw_names:
                raise ContractError(
                    f"{file}: tables.{table.name}: raw.{table.raw_name} is already made"
                    f" by {raw_names[table.raw_name]}; rename it"
                )
            raw_names[table.raw_name] = file
    return contracts


def raw_columns(table: TableContract) -> dict[str, str]:
    """Columns of the raw table in order, with DuckDB types:
    the contract's, then the load columns."""
    return {column.name: column.type.duckdb for column in table.columns} | LOAD_COLUMNS


def all_tables(contracts: Mapping[str, SourceContract]) -> Iterable[TableContract]:
    """Every table of every source."""
    return (table for source in contracts.values() for table in source.tables.values())


_NAME = re.compile(r"[a-z][a-z0-9_]*")
_SOURCE_KEYS = {"source": str, "owner": str, "version": int, "description": str, "tables": dict}
_TABLE_KEYS = {
    "description": str,
    "files": str,
    "format": ("jsonl", "csv", "parquet"),
    "load_mode": ("append", "snapshot"),
    "key": list,
    "columns": list,
}
_TABLE_OPTIONS = {
    "version_column": str,
    "on_same_name": ("add", "supersede"),
    "may_be_empty": bool,
    "null_values": list,
    "delimiter": str,
    "trailing_delimiter": bool,
    "quarantine_limit": float,
    "shrink_limit": float,
    "deleted_column": str,
    "absent_is_deleted": bool,
}
DELETED_TYPES = ("boolean", "timestamp", "epoch", "date")
_COLUMN_KEYS = {"name": str, "type": str, "description": str}
_COLUMN_OPTIONS = {"path": str, "header": str, "required": bool, "optional": bool, "pii": str}


_SafeLoader: Any = getattr(
    yaml, "CSafeLoader", yaml.SafeLoader
)  # the one in C reads ten times as fast, where it was built


class _Loader(_SafeLoader):
    """YAML that refuses a key written twice, where the second would silently win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands there twice", node.start_mark
                )
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return mapping


def _source(file: Path) -> SourceContract:
    try:
        document = yaml.load(file.read_text(encoding="utf-8"), Loader=_Loader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ContractError(
            f"{file}: not readable as YAML: {' '.join(str(error).split())}"
        ) from error
    values = _checked(file, "", document, _SOURCE_KEYS, {})
    if values["source"] != file.stem:
        raise ContractError(
            f"{file}: source: is {values['source']!r} but the file is named"
            f" {file.stem!r}; make them the same"
        )
    if not values["tables"]:
        raise ContractError(f"{file}: tables: has none; a source needs one table at least")
    tables = {
        str(name): _table(file, values, name, body) for name, body in values["tables"].items()
    }
    return SourceContract(
        values["source"], values["owner"], values["version"], values["description"], file, tables
    )


def _table(file: Path, source: dict[str, Any], name: Any, body: Any) -> TableContract:
    where = f"tables.{name}"
    _check_name(file, where, name)
    values = _checked(file, where, body, _TABLE_KEYS, _TABLE_OPTIONS)
    columns = tuple(
        _column(file, f"{where}.columns[{i}]", column)
        for i, column in enumerate(values.pop("columns"))
    )
    names = [column.name for column in columns]
    for label, found in (
        ("name", names),
        ("path", [".".join(c.path) for c in columns] if values["format"] == "jsonl" else []),
        ("header", [c.header for c in columns] if values["format"] != "jsonl" else []),
    ):
        twice = sorted({value for value in found if found.count(value) > 1})
        if twice:
            raise ContractError(
                f"{file}: {where}.columns: the {label} {twice[0]!r} stands there twice"
            )
    _check_paths(file, where, columns)
    for key, wanted in (
        ("key", values["key"]),
        ("version_column", [values.get("version_column")]),
        ("deleted_column", [values.get("deleted_column")]),
    ):
        for column in wanted:
            if column is not None and column not in names:
                raise ContractError(
                    f"{file}: {where}.{key}:"
                    f" {column!r} is not one of its columns{_hint(str(column), names)}"
                )
    _check_deletions(file, where, values, columns)
    if (
        not values["key"]
        and values["load_mode"] == "append"
        and values.get("on_same_name") != "supersede"
    ):
        raise ContractError(
            f"{file}: {where}: rows without a key cannot be told apart, so a file that is "
            "delivered again would count twice; name a key, or say `on_same_name: supersede`"
        )
    for key in ("quarantine_limit", "shrink_limit"):
        if not 0 <= values.get(key, 0) <= 1:
            raise ContractError(
                f"{file}: {where}.{key}: is {values[key]};"
                " it is a share of the rows, between 0 and 1"
            )
    delimiter = values.get("delimiter", ",")
    if len(delimiter.encode()) != 1 or delimiter in '"\r\n':
        raise ContractError(
            f"{file}: {where}.delimiter: must be one ASCII character, not a quote or a line end"
        )
    for key in ("key", "null_values"):
        values[key] = tuple(str(value) for value in values.get(key, ()))
    return TableContract(
        source=source["source"], name=name, version=source["version"], columns=columns, **values
    )


def _column(file: Path, where: str, body: Any) -> Column:
    values = _checked(file, where, body, _COLUMN_KEYS, _COLUMN_OPTIONS)
    name = values["name"]
    _check_name(file, where, name)
    try:
        column_type = ColumnType.parse(values["type"])
    except ValueError as error:
        raise ContractError(f"{file}: {where} ({name}).type: {error}") from error
    return Column(
        name=name,
        type=column_type,
        path=tuple(values.get("path", name).split(".")),
        header=values.get("header", name),
        required=values.get("required", False),
        optional=values.get("optional", False),
        pii=values.get("pii"),
        description=values["description"],
    )


def _check_paths(file: Path, where: str, columns: tuple[Column, ...]) -> None:
    """A JSON path may not be both a value and the way to another value."""
    parents = {column.path[:i] for column in columns for i in range(1, len(column.path))}
    for column in columns:
        if column.path in parents or not all(column.path):
            raise ContractError(
                f"{file}: {where}.columns ({column.name}).path:"
                f" {'.'.join(column.path)!r} leads to other columns too, or has an empty part"
            )


def _check_deletions(
    file: Path, where: str, values: dict[str, Any], columns: tuple[Column, ...]
) -> None:
    """A deletion shows as a flag, as the time it happened, or as absence from a full snapshot."""
    kind = next(
        (column.type.kind for column in columns if column.name == values.get("deleted_column")),
        "boolean",
    )
    if kind not in DELETED_TYPES:
        raise ContractError(
            f"{file}: {where}.deleted_column: is of type {kind};"
            f" it must be one of {', '.join(DELETED_TYPES)}"
        )
    if values.get("absent_is_deleted") and not (
        values["load_mode"] == "snapshot" and values["key"]
    ):
        raise ContractError(
            f"{file}: {where}.absent_is_deleted:"
            " only a snapshot (load_mode) with a key shows what is gone by absence"
        )


def _check_name(file: Path, where: str, name: Any) -> None:
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name in LOAD_COLUMNS:
        raise ContractError(
            f"{file}: {where}: {name!r} is not a name; use lower-case letters,"
            " digits and _ (quote words that YAML takes for true or false)"
        )


def _checked(
    file: Path, where: str, body: Any, required: dict[str, Any], options: dict[str, Any]
) -> dict[str, Any]:
    """A copy of a mapping whose keys and types were checked. Errors: `ContractError`."""
    prefix = f"{file}: {where + '.' if where else ''}"
    if not isinstance(body, dict):
        raise ContractError(
            f"{file}: {where or 'the file'}: must be a mapping of {', '.join(required)}"
        )
    allowed = required | options
    for key, value in body.items():
        if key not in allowed:
            raise ContractError(
                f"{prefix}{key}: no such key{_hint(str(key), list(allowed))};"
                f" keys are {', '.join(allowed)}"
            )
        wanted = allowed[key]
        if isinstance(wanted, tuple):
            if value not in wanted:
                raise ContractError(
                    f"{prefix}{key}: is {value!r}; it must be one of {', '.join(wanted)}"
                )
        elif wanted is float:
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ContractError(f"{prefix}{key}: is {value!r}; it must be a number")
        elif not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
            raise ContractError(
                f"{prefix}{key}: is {value!r};"
                f" it must be a {wanted.__name__} (quote it if it is a text)"
            )
        elif wanted in (str, list) and not value and key not in ("null_values", "key"):
            raise ContractError(f"{prefix}{key}: is empty")
    for key in required:
        if key not in body:
            raise ContractError(f"{prefix}{key}: missing")
    return dict(body)


def _hint(word: str, known: list[str]) -> str:
    near = difflib.get_close_matches(word, known, 1)
    return f" (did you mean {near[0]}?)" if near else ""

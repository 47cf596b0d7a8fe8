"""Read the contracts of the sources, `sources/<source>.yml`, and check them whole.

A source is added by dropping a file there.
"""

from pathlib import Path
from typing import Any

from ingestion.contracts.checked import check_name, checked, hint, read_yaml
from ingestion.contracts.columns import ColumnType
from ingestion.contracts.contract import Column, SourceContract, TableContract
from ingestion.contracts.feeds import IdentifierType, RecordKind
from ingestion.contracts.reading_feeds import check_identifier_types, declared, feeds
from ingestion.errors import ContractError
from ingestion.times import known_time_zone

SOURCES = Path(__file__).parents[1] / "sources"


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
    check_identifier_types(contracts.values())
    return contracts


_SOURCE_KEYS = {"source": str, "owner": str, "version": int, "description": str, "tables": dict}
_SOURCE_OPTIONS = {
    "shop": str,
    "time_zone": str,
    "feeds": dict,
    "record_kinds": dict,
    "identifier_types": dict,
}
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
_PII = ("email", "phone", "name", "address", "birth", "contact", "device", "link", "text")
_COLUMN_OPTIONS = {"path": str, "header": str, "required": bool, "optional": bool, "pii": _PII}


def _source(file: Path) -> SourceContract:
    values = checked(file, "", read_yaml(file), _SOURCE_KEYS, _SOURCE_OPTIONS)
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
        values["source"],
        values["owner"],
        values["version"],
        values["description"],
        file,
        tables,
        shop=values.get("shop"),
        time_zone=_time_zone(file, values.get("time_zone")),
        feeds=feeds(file, values),
        record_kinds=declared(file, "record_kinds", values, RecordKind),
        identifier_types=declared(file, "identifier_types", values, IdentifierType),
    )


def _time_zone(file: Path, value: str | None) -> str | None:
    try:
        return known_time_zone(value)
    except ValueError as error:
        raise ContractError(f"{file}: time_zone: {error}") from None


def _table(file: Path, source: dict[str, Any], name: Any, body: Any) -> TableContract:
    where = f"tables.{name}"
    check_name(file, where, name)
    values = checked(file, where, body, _TABLE_KEYS, _TABLE_OPTIONS)
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
    single = [(key, values[key]) for key in ("version_column", "deleted_column") if key in values]
    for key, wanted in (("key", values["key"]), *((key, [column]) for key, column in single)):
        for column in wanted:
            if column not in names:
                raise ContractError(
                    f"{file}: {where}.{key}:"
                    f" {column!r} is not one of its columns{hint(str(column), names)}"
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
    values = checked(file, where, body, _COLUMN_KEYS, _COLUMN_OPTIONS)
    name = values["name"]
    check_name(file, where, name)
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

"""Typed values to JSON inside DuckDB: a payload is built from values, never from text.

Exactness first: decimals and wide integers travel as text, dates as ISO 8601, timestamps (UTC) with
a Z, NaN and infinity as null.
"""

from ingestion.sql import name, quote
from orchestration.reverse_etl.protocol import Column, Destination
from orchestration.reverse_etl.spec import NullPolicy, SyncSpec

_PLAIN = {
    "VARCHAR",
    "BOOLEAN",
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
}


def typed(column: Column, value: str) -> str:
    """The default encoder: JSON types where they are exact, else text."""
    if column.type in ("FLOAT", "DOUBLE"):
        return f"case when isfinite({value}) then {value} end"
    if column.type.startswith("TIMESTAMP"):
        return f"strftime({value}, '%Y-%m-%dT%H:%M:%S.%gZ')"
    if (
        column.type in _PLAIN
        or column.type.endswith("]")
        or column.type.startswith(("STRUCT", "MAP"))
        or column.type == "JSON"
    ):
        return value
    return f"cast({value} as varchar)"


def as_text(column: Column, value: str) -> str:
    """For destinations whose fields are all text: `typed`, then as text."""
    return f"cast({typed(column, value)} as varchar)"


def payload_sql(spec: SyncSpec, columns: tuple[Column, ...], destination: Destination) -> str:
    """A DuckDB expression: the JSON object of a row's payload,
    in the order of the model's columns."""
    kept = [
        field
        for field in (_field(spec, column, destination) for column in columns)
        if field[1] != "omit"
    ]
    omitted = [
        field
        for field in (_field(spec, column, destination) for column in columns)
        if field[1] == "omit"
    ]
    if not omitted:
        return _object([sql for sql, _ in kept])
    # A merge patch drops the nulls of the patch, and only those.
    return (
        f"json_merge_patch({_object([sql for sql, _ in kept])},"
        f" {_object([sql for sql, _ in omitted])})"
    )


def _field(spec: SyncSpec, column: Column, destination: Destination) -> tuple[str, NullPolicy]:
    policy = spec.nulls.get(column.name, destination.null_policy)
    value = destination.encode(column, name(column.name))
    if (no := spec.only_withdraws.get(column.name)) is not None:
        # A consent only ever moves towards no: any other value is not even mentioned.
        no_more = f"cast({name(column.name)} as varchar) = {quote(no)}"
        return f"{quote(column.name)}: case when {no_more} then {value} end", "omit"
    if policy == "clear":
        value = f"coalesce(cast({value} as varchar), '')"
    return f"{quote(column.name)}: {value}", policy


def _object(fields: list[str]) -> str:
    return f"to_json({{{', '.join(fields)}}})" if fields else "'{}'::json"

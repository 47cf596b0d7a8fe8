"""The SQL that turns checked text into typed columns: cast, test, and the reason when a row fails.

Values never enter a reason. DuckDB's own casts believe too much (1.5 and true become integers,
1.239 a decimal(9,2), a naive time an instant), so every cast is held against its text.
"""

from dataclasses import dataclass, field

from ingestion.contracts.columns import ColumnType
from ingestion.contracts.contract import Column, TableContract
from ingestion.sql import name, quote

# One thread: two that draw on one Python reader, and put its rows back in order,
# cost a fifth more CPU.
# No cache of files: one that was brought has no name of its own (`/dev/fd/7`).
SESSION = (
    "set TimeZone = 'UTC'",
    "set threads = 1",
    "set enable_progress_bar = false",
    "set enable_external_file_cache = false",
)
# Casts and tests must run once: with the filter pushed below the projection they would run
# twice. Looking for common expressions is half the planning of a wide table, and pays for itself
# only over many rows.
OPTIMIZERS_OFF = {"small": "filter_pushdown,common_subexpressions", "large": "filter_pushdown"}
LARGE_BYTES = 1 << 20
_OFFSET = r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}.*([+-]\d{2}(:?\d{2})?|Z)"
# What most systems write: a plain cast reads it as exactly as the one that minds offsets, in
# a quarter of the time.
_UTC = "____-__-__T__:__%Z"
# A time of day without an offset: read in the zone that the source declares.
_NAIVE = r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?"
_EPOCHS = "between -62135596800 and 253402300799"  # the years 1 to 9999


@dataclass(frozen=True)
class TextRelation:
    """What a reader offers to the checks.

    `relation` is SQL for a relation with `line_number`, `line` (the raw record), `line_fault` (a
    reason or null), `_extra` and one text per column of the contract, named `text_0`, `text_1`, …;
    `faults` are further conditions for single columns, by position.
    """

    relation: str
    faults: dict[int, list[tuple[str, str]]] = field(default_factory=dict)


def nullable(text: str, nulls: tuple[str, ...]) -> str:
    """Text with the contract's words for "nothing" taken as null."""
    return (
        f"(case when {text} in ({', '.join(map(quote, nulls))}) then null else {text} end)"
        if nulls
        else text
    )


def good_rows(table: TableContract, source: TextRelation, constants: dict[str, str]) -> str:
    """SELECT of the rows that pass, in the columns of raw.

    `constants` are SQL expressions of the load columns that the file shares.
    """
    columns = [f"value_{i} as {name(column.name)}" for i, column in enumerate(table.columns)]
    load = ["_extra", f"{constants['_file_id']} as _file_id", "line_number as _line_number"]
    load += [f"{constants[column]} as {column}" for column in ("_arrival", "_loaded_at")]
    load.append(f"{_is_deleted(table)} as _is_deleted")
    faults = ["line_fault is not null", *(condition for _, _, condition in _faults(table, source))]
    return (
        f"select {', '.join(columns + load)}\nfrom ({_typed(table, source)})\n"
        f"where ({' or '.join(faults)}) is not true"
    )


def _is_deleted(table: TableContract) -> str:
    """True where the source says that the record is gone: its row stays, flagged."""
    for i, column in enumerate(table.columns):
        if column.name == table.deleted_column:
            return (
                f"coalesce(value_{i}, false)"
                if column.type.kind == "boolean"
                else f"value_{i} is not null"
            )
    return "false"


def bad_rows(table: TableContract, source: TextRelation) -> str:
    """SELECT of the rows that fail: line_number,
    column_name (the first at fault; null when it is the whole line), reason, raw_row."""
    faults = _faults(table, source)
    reasons = ", ".join(
        f"case when {condition} then {quote(f'{column.name}: {reason}')} end"
        for column, reason, condition in faults
    )
    return (
        "select line_number, if(line_fault is null, split_part(reasons[1], ':', 1),"
        " null) as column_name,\n"
        "    coalesce(line_fault, array_to_string(reasons, '; ')) as reason,"
        " rtrim(line, chr(13) || chr(10)) as raw_row\n"
        f"from (select line_number, line, line_fault, list_filter([{reasons}], lambda reason:"
        " reason is not null) as reasons\n"
        f"    from ({_typed(table, source)}))\n"
        "where line_fault is not null or len(reasons) > 0\norder by line_number"
    )


def _typed(table: TableContract, source: TextRelation) -> str:
    texts = [f"text_{i}" for i in range(len(table.columns))]
    values = [
        f"{_value(column.type, text, table.time_zone)} as value_{i}"
        for i, (column, text) in enumerate(zip(table.columns, texts, strict=True))
    ]
    return (
        f"select line_number, line, line_fault, _extra, {', '.join(texts + values)}\n"
        f"from ({source.relation})"
    )


def _value(kind: ColumnType, text: str, time_zone: str | None) -> str:
    """The cast. Null where it cannot be done; where DuckDB is too lenient, `_mismatch` says so."""
    match kind.kind:
        case "text" | "json":
            return text
        case "timestamp":
            plain, zoned = (
                f"try_cast({text} as timestamp)",
                f"try_cast({text} as timestamptz)::timestamp",
            )
            local = ""
            if time_zone:
                utc = f"timezone('UTC', timezone({quote(time_zone)}, {plain}))"
                local = f" when {_is_naive(text)} then {utc}"
            return f"case when {text} like {quote(_UTC)} then {plain}{local} else {zoned} end"
        case "epoch":
            return (
                f"case when try_cast({text} as bigint) {_EPOCHS}"
                f" then make_timestamp(try_cast({text} as bigint) * 1000000) end"
            )
        case "boolean":
            return f"case lower({text}) when 'true' then true when 'false' then false end"
        case _:
            return f"try_cast({text} as {kind.duckdb})"


def _mismatch(column: Column, text: str, value: str, table: TableContract) -> str | None:
    """A condition that is true when a text that is there is not of the column's type.

    Dear tests stand behind a CASE: OR runs both.
    """
    match column.type.kind:
        case "text":
            return None
        case "json":
            return (
                None
                if table.format == "jsonl"
                else f"case when {text} is not null then not json_valid({text}) end"
            )
        case "integer" | "date":
            return f"case when {text} is not null then {value}::varchar is distinct from {text} end"
        case "epoch":
            return (
                f"case when {text} is not null then {value} is null"
                f" or try_cast({text} as bigint)::varchar is distinct from {text} end"
            )
        case "decimal":
            pattern = rf"-?\d+(\.\d{{0,{column.type.scale}}}0*)?"
            return _unless_fits(text, value, f"starts_with({value}::varchar, {text})", pattern)
        case "timestamp":
            plain = f"{text} like {quote(_UTC)}"
            if table.time_zone:
                plain += f" or {_is_naive(text)}"
            return _unless_fits(text, value, plain, _OFFSET)
        case _:
            return f"case when {text} is not null then {value} is null end"


def _is_naive(text: str) -> str:
    return f"regexp_full_match({text}, {quote(_NAIVE)})"


def _unless_fits(text: str, value: str, plain: str, pattern: str) -> str:
    """No value, or a text that does not match `pattern`;
    `plain` is a cheap test that spares most texts the pattern."""
    fits = f"case when {plain} then true else regexp_full_match({text}, {quote(pattern)}) end"
    return f"case when {text} is not null then {value} is null or not {fits} end"


def _faults(table: TableContract, source: TextRelation) -> list[tuple[Column, str, str]]:
    faults = []
    for i, column in enumerate(table.columns):
        if column.required:
            faults.append((column, "missing", f"text_{i} is null"))
        mismatch = _mismatch(column, f"text_{i}", f"value_{i}", table)
        if mismatch:
            faults.append((column, f"not {column.type.words}", mismatch))
        if column.type.kind == "json":
            faults.append((column, "a key stands there twice", has_key_twice(f"text_{i}", table)))
        faults += [(column, reason, condition) for reason, condition in source.faults.get(i, [])]
    return faults


def has_key_twice(text: str, table: TableContract) -> str:
    """Whether any object in a JSON value, however deep, has a key twice:
    who reads it would see either of the two values."""
    twice = (
        "lambda keys: case when len(keys) > 1 then len(keys) > len(list_distinct(keys))"
        " else false end"
    )
    found = f"list_bool_or(list_transform(json_keys('[' || {text} || ']', '$.**'), {twice}))"
    if table.format != "jsonl":
        found = f"case when json_valid({text}) then {found} end"
    return f"case when {text} like '%:%:%' then {found} end"  # two keys need two colons

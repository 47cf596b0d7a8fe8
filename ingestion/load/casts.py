"""The SQL that turns checked text into typed columns: cast, test, and the reason when a row fails.

Values never enter a reason. DuckDB's own casts believe too much (1.5 and true become integers,
1.239 a decimal(9,2), a naive time an instant), so every cast is held against its text.
"""

from dataclasses import dataclass, field

from ingestion.contracts.columns import ColumnType
from ingestion.contracts.contract import Column, TableContract
from ingestion.load.json_values import (
    LOST_DIGITS,
    NO_JSON,
    has_key_twice,
    is_text,
    lost,
    unwrapped,
)
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
# No clock is further from UTC than 14 hours.
_OFFSET = (
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?"
    r" ?([+-](0\d|1[0-3])(:?[0-5]\d)?|[+-]14(:?00)?|Z)"
)
# What most systems write: a plain cast reads it as exactly as the one that minds offsets, in
# a quarter of the time.
_UTC = "____-__-__T__:__%Z"
# A time of day without an offset: read in the zone that the source declares.
_NAIVE = r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?"
_EPOCHS = "between -62135596800 and 253402300799"  # the years 1 to 9999
# Nothing that a shop knows happened before or will happen after; a birth may have.
_YEARS = "between '1900-01-01' and '2200-12-31 23:59:59.999999'"
_DAY = "____-__-__"


Fault = tuple[Column, str, str]  # the column, the reason, the condition under which it is one


@dataclass(frozen=True)
class TextRelation:
    """What a reader offers to the checks.

    `relation` is SQL for a relation with `line_number`, `line` (the raw record), `line_fault` (a
    reason or null), `_extra` and one text per column of the contract, named `text_0`, `text_1`, …;
    `faults` are further conditions for single columns, by position, of which none holds unless
    `suspect` does; `carried` the columns of the relation that these ask besides.
    """

    relation: str
    faults: dict[int, list[tuple[str, str]]] = field(default_factory=dict)
    carried: tuple[str, ...] = ()
    suspect: str = "true"


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
    faults = ["line_fault is not null", *(condition for _, _, condition in _own_faults(table))]
    if found := _faults_of_source(table, source):
        conditions = " or ".join(condition for _, _, condition in found)
        faults.append(f"case when {source.suspect} then {conditions} end")
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
    faults = _own_faults(table) + _faults_of_source(table, source)
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
    columns = ["line_number", "line", "line_fault", "_extra", *source.carried, *texts, *values]
    return f"select {', '.join(columns)}\nfrom ({source.relation})"


def _value(kind: ColumnType, text: str, time_zone: str | None) -> str:
    """The cast. Null where it cannot be done; where DuckDB is too lenient, `_mismatch` says so."""
    match kind.kind:
        case "text":
            return text
        case "json":
            return unwrapped(text)
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
            unread = f"{text} is not null and {value} is null"
            if table.format == "jsonl":
                return unread
            return f"case when {unread} then true else not json_valid({value}) end"
        case "date":
            unlike = f"{text} not like {quote(_DAY)} or {value}::varchar is distinct from {text}"
            return f"case when {text} is not null then {unlike} end"
        case "integer":
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


def _faults_of_source(table: TableContract, source: TextRelation) -> list[Fault]:
    return [
        (column, reason, condition)
        for i, column in enumerate(table.columns)
        for reason, condition in source.faults.get(i, [])
    ]


def _own_faults(table: TableContract) -> list[Fault]:
    faults: list[Fault] = []
    for i, column in enumerate(table.columns):
        text, value = f"text_{i}", f"value_{i}"
        if column.required:
            missing = f"{text} is null"
            if table.deleted_column and column.name not in _always_needed(table):
                missing = f"case when {missing} then not {_is_deleted(table)} end"
            faults.append((column, "missing", missing))
        mismatch = _mismatch(column, text, value, table)
        if mismatch:
            faults.append((column, f"not {column.type.words}", mismatch))
        if column.type.kind in ("timestamp", "epoch", "date") and column.pii != "birth":
            strange = f"{value} not {_YEARS}"
            faults.append((column, "a year before 1900 or after 2200", strange))
        if column.type.kind == "json":
            faults += [(column, *fault) for fault in _faults_of_json(text, value, table)]
    return faults


def _always_needed(table: TableContract) -> set[str | None]:
    """What a deleted record has as well: of the others, some sources tell nothing any more."""
    return {*table.key, table.version_column, table.deleted_column}


def _faults_of_json(text: str, value: str, table: TableContract) -> list[tuple[str, str]]:
    """Reasons and conditions. JSON lines were looked at as lines, but for what is in a text."""
    is_json = table.format == "jsonl"
    conditions = {
        reason: f"regexp_matches({value}, {quote(pattern)})" for reason, pattern in NO_JSON.items()
    }
    conditions[LOST_DIGITS] = f"len({lost(value)}) > 0"
    unseen = is_text(text) if is_json else f"{value} is not null"
    return [
        ("a key stands there twice", has_key_twice(value, is_json)),
        *(
            (reason, f"case when {unseen} then {condition} end")
            for reason, condition in conditions.items()
        ),
    ]

"""The one place where a connection to a generation is made: dbt, gates, steps and deliveries come
here, and `closed.py` for the SQL that people type.

A connection lives in memory; the generation's file is attached under the fixed name `clientele`,
so that no SQL ever names a file. The tables outside it (raw extracts, histories, step results) are
views of the in-memory catalog `memory`.
"""

from collections.abc import Callable
from pathlib import Path

import duckdb

from ingestion.contracts.accounts import Account
from ingestion.layers import RAW
from ingestion.sql import parquet, quote
from ingestion.storage.protocol import S3
from orchestration.warehouse.inputs import Inputs, Relation

CATALOG = "clientele"
# The schema of raw as the staging models read it: all accounts of a kind in one table.
BY_KIND = "raw_by_kind"
# Makes the view `memory.<schema>.<table>` of a relation, whose files are there.
MakeView = Callable[[duckdb.DuckDBPyConnection, str, str, Relation], None]


def view_by_path(
    connection: duckdb.DuckDBPyConnection, schema: str, table: str, relation: Relation
) -> None:
    """A view that reads the files where they lie."""
    connection.execute(
        f'create or replace view memory."{schema}"."{table}" as {relation_sql(relation)}'
    )


def connect(inputs: Inputs, *, write: bool = False) -> duckdb.DuckDBPyConnection:
    """A connection to the generation that `inputs` describe; read-only unless `write`."""
    connection = duckdb.connect(":memory:")
    configure(connection, inputs, write=write)
    return connection


def configure(
    connection: duckdb.DuckDBPyConnection,
    inputs: Inputs,
    *,
    write: bool,
    make_view: MakeView = view_by_path,
) -> None:
    """Attach the generation and everything it may read to an in-memory connection."""
    connection.execute("set global TimeZone = 'UTC'")
    connection.execute("set global preserve_insertion_order = false")
    connection.execute(
        "set enable_progress_bar = false"
    )  # it would be drawn over the night's own lines
    # What does not fit into memory goes beside the generation, not into whatever folder
    # the command was called from.
    inputs.limits.set_on(connection, inputs.generation.with_suffix(".spill"))
    # DuckDB's default is a format that its oldest releases can read: texts take a tenth longer to
    # write. Only the DuckDB that the lock pins reads a generation.
    mode = "storage_version 'latest'" if write else "read_only"
    connection.execute(f"attach {quote(str(inputs.generation))} as {CATALOG} ({mode})")
    if make_view is view_by_path and any(
        file.startswith(S3) for relation in inputs.relations.values() for file in relation.files
    ):
        from ingestion.storage.bucket import open_buckets_for

        open_buckets_for(connection)
    raw_tables = []
    for name, relation in inputs.relations.items():
        schema, table = name.split(".")
        connection.execute(f'create schema if not exists memory."{schema}"')
        if all(file.startswith(S3) or Path(file).exists() for file in relation.files):
            make_view(connection, schema, table, relation)
            raw_tables += [table] if schema == RAW else []
    _unite_accounts(connection, raw_tables, inputs.accounts)
    set_session(connection, inputs)


def set_session(
    connection: duckdb.DuckDBPyConnection, inputs: Inputs, key: str | None = None
) -> None:
    """Set what a session does not inherit: the search path,
    and the variables that the models read through macros.

    DuckDB reads the secret from its file, so that it stands in no statement and no log; where it
    may open none, `key` is the secret. (No bound parameters here: the first one of a process
    imports pandas, a CPU second for nothing.)
    """
    schemas = {BY_KIND, *(name.split(".")[0] for name in inputs.relations)}
    outside = sorted(f"memory.{schema}" for schema in schemas)
    connection.execute(f"set search_path = '{','.join([f'{CATALOG}.main', *outside])}'")
    connection.execute(f"set variable as_of = timestamp '{inputs.as_of}'")
    connection.execute(f"set variable as_of_date = date '{inputs.as_of_date}'")
    for name, value in inputs.variables.items():
        connection.execute(f'set variable "{name}" = {quote(value)}')
    said = (
        quote(key)
        if key is not None
        else f"(select trim(content, chr(10)) from read_text({quote(str(inputs.key_file))}))"
    )
    connection.execute(f"set variable customer_id_key = {said}")


def _unite_accounts(
    connection: duckdb.DuckDBPyConnection, raw_tables: list[str], accounts: tuple[Account, ...]
) -> None:
    """Views `raw_by_kind.<kind>_<table>`: the raw tables of all accounts of a kind, each row with
    whose it is. What a staging model wants to know of an account stands there as a constant."""
    kinds: dict[str, list[str]] = {}
    # The longest name that fits: raw.shopify_uk_orders is of shopify_uk, not of shopify.
    longest_first = sorted(accounts, key=lambda account: len(account.name), reverse=True)
    for table in raw_tables:
        account = next((a for a in longest_first if table.startswith(f"{a.name}_")), None)
        if account is None:
            continue
        constants = {
            "_source": account.name,
            "_prefix": account.prefix,
            "_shop": account.shop,
            "_currency": account.currency,
        }
        said = ", ".join(f"{quote(value)} as {name}" for name, value in constants.items())
        union = f"{account.kind}_{table.removeprefix(f'{account.name}_')}"
        kinds.setdefault(union, []).append(f'select *, {said} from memory.raw."{table}"')
    connection.execute(f"create schema if not exists memory.{BY_KIND}")
    for union, parts in kinds.items():
        query = " union all by name ".join(parts)
        connection.execute(f'create or replace view memory.{BY_KIND}."{union}" as {query}')


def relation_sql(relation: Relation) -> str:
    """A query that reads a relation by column name, whatever columns its files have:
    those that all of them lack are null."""
    nothing = (
        ", ".join(f'cast(null as {kind}) as "{name}"' for name, kind in relation.columns.items())
        + " where false"
    )
    if not relation.files:
        return f"select {nothing}"
    columns = ", ".join(
        f'({relation.value_of(name)})::{kind} as "{name}"'
        for name, kind in relation.columns.items()
    )
    return (
        f"select {columns} from (select {nothing} union all by name"
        f" select * from {parquet(*relation.files, by_name=True)})"
    )

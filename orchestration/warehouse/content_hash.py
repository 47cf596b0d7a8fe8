"""The content hash: the same rows give the same hash, in whatever order and on whatever
machine they were made.

Of a table: its row count and the sum modulo 2^128 of md5 over each row's columns, in name order, as
text. Columns that begin with `_` are left out. Of a generation: md5 over its tables in name order,
histories left out.
"""

import hashlib
from dataclasses import dataclass

import duckdb

from ingestion.layers import LAYERS
from orchestration.warehouse.kept_digests import Digests, KeptDigests

# What a night adds to the record of earlier nights: it may differ when the same
# night is built again.
HISTORIES = frozenset(
    {
        "identity.identity_changes",
        "marts.late_data",
        "marts.ltv_backtest_history",
        "marts.month_revisions",
        "segments.cart_flow_results",
        "segments.membership_changes",
        "sync.delivery_log",
        "sync.delivery_runs",
        "sync.sync_twilio_sms__cart_messages",
    }
)


@dataclass(frozen=True)
class TableHash:
    """Rows and content hash of one table, named `<schema>.<table>`."""

    table: str
    rows: int
    hash: str


def table_hashes(
    connection: duckdb.DuckDBPyConnection, kept: KeptDigests | None = None
) -> list[TableHash]:
    """Rows and content hash of every table of the attached generation's layers, in name order.

    Days of large tables that `kept` knows are not digested again; what tonight's tables hold is
    kept in their place.
    """
    tables = connection.execute(
        "select schema_name, table_name from duckdb_tables()"
        f" where database_name = 'clientele' and schema_name in {LAYERS} order by all"
    ).fetchall()
    kept = kept or KeptDigests()
    found = [_table_hash(connection, schema, table, kept) for schema, table in tables]
    kept.save()
    return found


def _table_hash(
    connection: duckdb.DuckDBPyConnection, schema: str, table: str, kept: KeptDigests
) -> TableHash:
    columns = connection.execute(
        "select column_name, data_type from duckdb_columns() where database_name = 'clientele'"
        f" and schema_name = '{schema}'"
        f" and table_name = '{table}' and not starts_with(column_name, '_') order by column_name"
    ).fetchall()
    # chr(31) and chr(30) keep ('ab', 'c') from ('a', 'bc') and null from ''.
    texts = (
        ", ".join(f'coalesce(cast("{column}" as varchar), chr(30))' for column, _ in columns)
        or "''"
    )
    digests = Digests(f'clientele."{schema}"."{table}"', f"md5_number(concat_ws(chr(31), {texts}))")
    rows, lower, upper = kept.total(connection, digests, columns)
    total = (upper * 2**64 + lower) % 2**128
    return TableHash(f"{schema}.{table}", rows, f"{total:032x}")


def generation_hash(tables: list[TableHash]) -> str:
    """Content hash of a whole generation from the hashes of its tables."""
    digest = hashlib.md5(usedforsecurity=False)
    for table in sorted(tables, key=lambda t: t.table):
        if table.table not in HISTORIES:
            digest.update(f"{table.table} {table.rows} {table.hash}\n".encode())
    return digest.hexdigest()

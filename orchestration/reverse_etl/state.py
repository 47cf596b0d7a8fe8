"""What the control store knows of one sync, read into temporary tables of a generation's
connection: acknowledged state and open rows."""

from pathlib import Path

import duckdb
import duckdb_extensions

from ingestion.sql import quote
from orchestration.control.store import ControlStore
from orchestration.reverse_etl.keyed import keyed_hash
from orchestration.reverse_etl.protocol import Row
from orchestration.reverse_etl.spec import SyncSpec

# Nearly all rows are acknowledged, and say nothing but that: what the others have to say is
# read for them alone.
_TABLES = {
    "delivery_rows": (
        "select key, version, payload_hash, remote_id, contact_hash"
        " from delivery_state where sync = ?1"
    ),
    "delivery_exceptions": """
        select key, status, is_uncertain, tried_hash, attempts, tried_contact_hash
        from delivery_state indexed by delivery_exceptions
        where sync = ?1 and status <> 'acknowledged'
    """,
    "delivery_open": "select key from outbox where sync = ?1",
}
_STATE = """
    create or replace temp view delivery_state as
    select
        delivery_rows.*,
        coalesce(exceptions.status, 'acknowledged') as status,
        coalesce(exceptions.is_uncertain = 1, false) as is_uncertain,
        exceptions.tried_hash,
        exceptions.tried_contact_hash,
        coalesce(exceptions.attempts, 0) as attempts
    from delivery_rows
    left join delivery_exceptions as exceptions on delivery_rows.key = exceptions.key
"""


def read_state(
    connection: duckdb.DuckDBPyConnection,
    store: ControlStore,
    spec: SyncSpec,
    secret: str,
    folder: Path | None = None,
) -> None:
    """Make `delivery_state` and `delivery_open` from the sync's rows of the control store.

    By way of a copy of these rows, because the live file must not be opened by a second SQLite
    library in this process. The copy stands beside the store for a moment, or in `folder`.
    """
    duckdb_extensions.import_extension("sqlite_scanner", con=connection)
    connection.execute("load sqlite_scanner")
    # A fixed name: what a crash leaves behind is overwritten by the next delivery of the same sync.
    copy = (folder or store.path.parent) / f"delivery-{keyed_hash(secret, spec.name)}.sqlite"
    store.copy_rows(copy, _TABLES, [spec.name])
    try:
        connection.execute(
            f"attach {quote(str(copy))} as delivery_control (type sqlite, read_only)"
        )
        for table in _TABLES:
            connection.execute(
                f"create or replace temp table {table} as select * from delivery_control.{table}"
            )
        connection.execute(_STATE)
    finally:
        connection.execute("detach database if exists delivery_control")
        copy.unlink()


def held_by_others(connection: duckdb.DuckDBPyConnection, rows: list[Row]) -> set[str]:
    """Keys of the rows whose contact point another key had when the run began."""
    wanted = {row.contact_hash for row in rows if row.contact_hash}
    if not wanted:
        return set()
    hashes = ", ".join(quote(contact_hash) for contact_hash in wanted)
    holders = connection.execute(
        "select held, key from (select key, unnest([contact_hash, tried_contact_hash]) as held"
        " from delivery_state)"
        f" where held in ({hashes})"
    ).fetchall()
    return {
        row.key
        for row in rows
        for contact_hash, key in holders
        if contact_hash == row.contact_hash and key != row.key
    }

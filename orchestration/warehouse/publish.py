"""Publishing: what a sealed night adds to the histories, then the move of the pointer.

Each step may be the last before a crash.
"""

from pathlib import Path

from ingestion.files import fsync, sha256_of
from ingestion.killpoint import killpoint
from ingestion.times import iso
from orchestration.control.installation_key import remember_key
from orchestration.control.store import ControlStore
from orchestration.warehouse.connection import connect
from orchestration.warehouse.generations import Generations
from orchestration.warehouse.inputs import Inputs

# Table of the control store → what the published night adds to it. Decimals go as
# text, as they stand.
_ADDED = {
    "segment_changes": """
        select segment, customer_id, change, segment_version
        from segments.membership_changes
        where as_of = getvariable('as_of')
        order by all
    """,
    "month_figures": """
        select calendar_month::varchar as calendar_month, currency_code, orders_count,
            gross_revenue::varchar as gross_revenue, net_revenue::varchar as net_revenue,
            money_definition
        from marts.month_revisions
        where as_of = getvariable('as_of')
        order by all
    """,
    "backtest_figures": """
        select
            origin_date::varchar as origin_date,
            horizon_days,
            days_back,
            model,
            segment,
            customers_count,
            actual_orders,
            expected_orders::varchar as expected_orders,
            actual_to_expected::varchar as actual_to_expected,
            rmse::varchar as rmse,
            mae::varchar as mae,
            rank_correlation::varchar as rank_correlation,
            money_definition
        from marts.ltv_backtests
        where is_chosen
        order by all
    """,
}


def publish(generations: Generations, store: ControlStore, inputs: Inputs, ids: Path) -> int:
    """Extend the id ledger and the histories, then point readers to the generation.

    Returns the count of new ids' records. Safe to repeat: the ledger only takes records whose id is
    new or moved, and what a night adds to a history replaces its own.
    """
    remember_key(store, inputs.key_file)
    connection = connect(inputs.without_raw())
    try:
        moved = _extend_id_ledger(connection, store, inputs, ids)
        killpoint("publish.after_ids")
        added = {}
        for table, query in _ADDED.items():
            found = connection.execute(query)
            added[table] = [column[0] for column in found.description], found.fetchall()
    finally:
        connection.close()
    night = [iso(inputs.as_of), inputs.run_id]
    with store.transaction() as db:
        for table, (columns, rows) in added.items():
            names = [*columns, "as_of", "run_id"]
            db.execute(f"delete from {table} where as_of = ?", night[:1])
            db.executemany(
                f"insert into {table} ({', '.join(names)}) values ({', '.join('?' * len(names))})",
                [(*row, *night) for row in rows],
            )
    killpoint("publish.after_segments")
    # Inside a transaction, as every write: whoever has lost the lease moves no reader, and nobody
    # takes it before the pointer has moved.
    with store.transaction() as db:
        db.execute("update runs set status = 'published' where run_id = ?", [inputs.run_id])
        generations.point_to(inputs.run_id)
    return moved


def _extend_id_ledger(connection, store: ControlStore, inputs: Inputs, ids: Path) -> int:  # type: ignore[no-untyped-def]
    """Append the records whose customer id is new or has changed,
    as one Parquet file named by its content."""
    sequence = 1 + (
        store.query("select max(sequence) as head from customer_id_files")[0]["head"] or 0
    )
    ids.mkdir(parents=True, exist_ok=True)
    temporary = ids / f"{inputs.run_id}.new"
    count = connection.execute(
        f"""
        copy (
            with known as (
                select record_id, max_by(customer_id, sequence) as customer_id
                from memory.ids.customer_ids
                group by record_id
            )
            select
                map.record_id,
                map.customer_id,
                getvariable('as_of')::timestamp as as_of,
                {sequence}::bigint as sequence
            from clientele.identity.identity_map as map
            left join known using (record_id)
            where known.customer_id is distinct from map.customer_id
            order by map.record_id
        ) to '{temporary}' (format parquet, compression zstd)
        """
    ).fetchall()[0][0]
    if not count:
        temporary.unlink()
        return 0
    sha256 = sha256_of(temporary)
    name = f"{sequence:06d}-{sha256[:16]}.parquet"
    fsync(temporary)
    temporary.replace(ids / name)
    fsync(ids)  # the ledger must never name a file that a power cut takes back
    killpoint("publish.after_id_file")
    with store.transaction() as db:
        db.execute(
            "insert into customer_id_files (sequence, path, as_of, run_id, row_count, sha256)"
            " values (?, ?, ?, ?, ?, ?)",
            [sequence, name, iso(inputs.as_of), inputs.run_id, count, sha256],
        )
    return int(count)

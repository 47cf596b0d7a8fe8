"""After a run: what was planned, held against what the control store says now,
and since when each row waits that no answer settled.

The counts of a run are made from answers as they come in; this reads the durable state afresh.
Where the two differ, one of them is wrong, and a person has to look. Rows that nobody may send
again by itself are no debt: they are counted, and wait for nothing.
"""

import json
from datetime import datetime

from ingestion.killpoint import killpoint
from orchestration.control.store import ControlStore
from orchestration.reverse_etl.plan import Plan
from orchestration.reverse_etl.result import SyncResult
from orchestration.reverse_etl.state import read_state

# Planned rows that the state does not have as acknowledged, removals of what it still has, and what
# earlier runs still owe.
_UNSETTLED = """
    select planned.key, planned.verdict, false as is_removal
    from delivery_candidates as planned
    left join delivery_state as state on planned.key = state.key
    left join delivery_open as opened on planned.key = opened.key
    where
        planned.verdict in ('add', 'change', 'open', 'unresolved', 'given_up')
        and not coalesce(
            opened.key is null
            and state.status = 'acknowledged'
            and state.payload_hash = planned.payload_hash,
            false
        )
    union all
    select planned.key, planned.cause, true
    from delivery_removals as planned
    inner join delivery_state as state on planned.key = state.key
    where state.status <> 'removed'
        or (planned.action <> 'clear' and state.contact_hash is not null)
    union all
    select owed.key, 'open', true
    from delivery_owed as owed
    inner join delivery_open as opened on owed.key = opened.key
"""


def reconcile(
    store: ControlStore, plan: Plan, result: SyncResult, secret: str, *, resends: bool
) -> None:
    """Fill in `unreconciled`, `oldest_unsent_at` and `lag_seconds` of a run that is over,
    and note what is owed.

    `resends`: whether the destination may be sent a row again that it never answered.
    """
    upserts = result.held + result.rejected + result.unknown + result.unsent
    removals = (
        result.removals_held
        + result.removals_rejected
        + result.removals_unknown
        + result.removals_unsent
    )
    if upserts + removals == 0:
        open_rows = store.query("select count(*) from outbox where sync = ?", [result.sync])[0][0]
        result.unreconciled = _missing(store, result) + open_rows
        _note_debts(store, result, [])
        return
    read_state(plan.connection, store, plan.spec, secret)
    rows = plan.connection.execute(_UNSETTLED).fetchall()
    found = [sum(is_removal == wanted for _, _, is_removal in rows) for wanted in (False, True)]
    result.unreconciled = abs(found[0] - upserts) + abs(found[1] - removals)
    unanswered = {"unresolved"} if not resends else set()
    _note_debts(store, result, [key for key, verdict, _ in rows if verdict not in unanswered])


def _missing(store: ControlStore, result: SyncResult) -> int:
    """Rows that were counted as arrived and that the state does not have so."""
    arrived = result.acknowledged + result.removed
    if not arrived:
        return 0
    settled = store.query(
        "select count(*) from delivery_state where sync = ? and run_id = ?"
        " and status in ('acknowledged', 'removed')",
        [result.sync, result.run_id],
    )[0][0]
    # Drained rows may have been sent once more by the plan: at least the planned ones are there.
    return max(0, arrived - settled)


def _note_debts(store: ControlStore, result: SyncResult, owed: list[str]) -> None:
    with store.transaction() as db:
        keys = json.dumps(owed)
        settled = "from delivery_due where sync = ? and key not in (select value from json_each(?))"
        (longest,) = db.execute(f"select min(due_at) {settled}", [result.sync, keys]).fetchone()
        db.execute(f"delete {settled}", [result.sync, keys])
        db.executemany(
            "insert into delivery_due (sync, key, due_at) values (?, ?, ?) on conflict do nothing",
            [(result.sync, key, result.started_at) for key in owed],
        )
        (result.oldest_unsent_at,) = db.execute(
            "select min(due_at) from delivery_due where sync = ?", [result.sync]
        ).fetchone()
    killpoint("delivery.after_debts")
    if result.acknowledged + result.removed:
        began = min(longest or result.started_at, result.started_at)
        result.lag_seconds = round((_moment(result.finished_at) - _moment(began)).total_seconds())


def _moment(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp)

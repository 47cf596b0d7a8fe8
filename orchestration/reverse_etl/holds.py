"""Safety holds: a plan that looks like an accident waits for a person before its first byte.

A hold stores the exact plan: every key, action and payload hash. An approval lets that plan out,
less what must be withheld by then and less what has been settled since; any other plan needs a new
approval. Withdrawn consents and erasures are no part of it: they always go out.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from ingestion.killpoint import killpoint
from orchestration.control.audit import audit_in
from orchestration.control.store import ControlStore
from orchestration.reverse_etl.clock import SYSTEM_CLOCK, Clock, stamp
from orchestration.reverse_etl.hold_reasons import mapping_of, reasons
from orchestration.reverse_etl.plan import Plan
from orchestration.reverse_etl.removals import FACTS_SQL

_ITEMS = f"""
    select key, 'upsert' as action, payload_hash
    from delivery_candidates where verdict in ('add', 'change')
    union all
    select key, action, payload_hash from delivery_removals where cause not in ({FACTS_SQL})
"""
# Rows of an approved plan that are missing from today's for a good reason: withheld, withdrawn, or
# settled under the approval.
_EXCUSED = f"""
    select approved.key
    from approved
    left join delivery_state as state on approved.key = state.key
    where approved.key in (select key from delivery_candidates where verdict = 'withheld')
        or approved.key in (select key from delivery_removals where cause in ({FACTS_SQL}))
        or approved.key in (select key from delivery_open)
        or (
            approved.action = 'upsert'
            and approved.payload_hash in (state.payload_hash, state.tried_hash)
        )
        or (approved.action <> 'upsert' and state.payload_hash is null)
"""


class HoldError(Exception):
    """A hold cannot be decided: it does not exist or is settled; the message says what to do."""


@dataclass(frozen=True)
class Decision:
    """Whether a plan may go out; if not, why, and which hold waits."""

    may_go: bool
    message: str | None = None


def decide(store: ControlStore, plan: Plan, run_id: str, clock: Clock) -> Decision:
    """Let a plan go, or store it as a hold.

    A hold of another plan of the same sync is superseded.
    """
    mapping = mapping_of(plan, plan.spec.object)
    found = reasons(store, plan)
    if not found:
        return Decision(True)
    for hold in store.query(
        "select plan from holds where sync = ? and status = 'approved'", [plan.spec.name]
    ):
        if _covers(plan, json.loads(hold["plan"]), mapping):
            return Decision(True)
    items = plan.connection.execute(
        f"select key, action, payload_hash from ({_ITEMS}) order by all"
    ).fetchall()
    text = json.dumps({"mapping": mapping, "items": items}, sort_keys=True, separators=(",", ":"))
    reason = "; ".join(found)
    hold_id, status = _store(store, plan, run_id, reason, text, stamp(clock))
    killpoint("delivery.after_hold")
    if status == "dismissed":
        return Decision(
            False,
            f"held: {reason}. Hold {hold_id} of exactly this plan was dismissed;"
            " change the data or the sync",
        )
    return Decision(
        False, f"held: {reason}. Approve exactly this plan with hold {hold_id}, or dismiss it"
    )


def settle(store: ControlStore, plan: Plan, run_id: str, clock: Clock) -> None:
    """After a complete delivery: remember the mapping, close the sync's approved and overtaken
    holds and purge their plans."""
    mapping = json.dumps(mapping_of(plan, plan.spec.object), sort_keys=True)
    with store.transaction() as db:
        db.execute(
            "insert into sync_mappings (sync, mapping, run_id, updated_at) "
            "values (?, ?, ?, ?) on conflict (sync) do update set mapping = excluded.mapping, "
            "run_id = excluded.run_id, updated_at = excluded.updated_at",
            [plan.spec.name, mapping, run_id, stamp(clock)],
        )
        db.execute(
            "update holds set plan = null, status = iif(status = 'approved', 'sent', 'superseded') "
            "where sync = ? and status in ('approved', 'waiting')",
            [plan.spec.name],
        )
    killpoint("delivery.after_mapping")


def list_holds(store: ControlStore, *, waiting_only: bool = True) -> list[dict[str, Any]]:
    """Holds, newest first, without their plans: hold_id, sync, run_id, reason, summary, status,
    created_at, decided_at, decided_by."""
    condition = "where status = 'waiting'" if waiting_only else ""
    rows = store.query(
        "select hold_id, sync, run_id, reason, plan_hash, summary, status, created_at, "
        "decided_at, decided_by "
        f"from holds {condition} order by hold_id desc"
    )
    return [{**dict(row), "summary": json.loads(row["summary"])} for row in rows]


def waiting_hold(store: ControlStore, hold_id: int) -> dict[str, Any]:
    """A hold that can be decided. Errors: `HoldError`."""
    hold = next((hold for hold in list_holds(store) if hold["hold_id"] == hold_id), None)
    if hold is None:
        raise HoldError(f"hold {hold_id} does not wait; `clientele holds` lists those that do")
    return hold


def approve(store: ControlStore, hold_id: int, by: str, *, clock: Clock = SYSTEM_CLOCK) -> None:
    """Let exactly the plan of a hold go out with the next delivery. Errors: `HoldError`."""
    _decide_by_hand(store, hold_id, by, "approved", clock)


def dismiss(store: ControlStore, hold_id: int, by: str, *, clock: Clock = SYSTEM_CLOCK) -> None:
    """Decide that the plan of a hold is not sent. Errors: `HoldError`."""
    _decide_by_hand(store, hold_id, by, "dismissed", clock)


def _decide_by_hand(store: ControlStore, hold_id: int, by: str, status: str, clock: Clock) -> None:
    if not by.strip():
        raise HoldError(f"hold {hold_id}: say who decides")
    at = stamp(clock)
    with store.transaction() as db:
        hold = db.execute("select sync, status from holds where hold_id = ?", [hold_id]).fetchone()
        if hold is None:
            raise HoldError(f"hold {hold_id} does not exist; list the holds to see those that wait")
        if hold["status"] != "waiting":
            raise HoldError(
                f"hold {hold_id} of sync {hold['sync']} is {hold['status']} and cannot be {status};"
                " only waiting holds can"
            )
        db.execute(
            "update holds set status = ?, decided_at = ?, decided_by = ?, plan = case"
            " when ? = 'approved' then plan end where hold_id = ?",
            [status, at, by, status, hold_id],
        )
        audit_in(db, f"hold.{status}", hold["sync"], str(hold_id), actor=by, at=at)


def _store(
    store: ControlStore, plan: Plan, run_id: str, reason: str, text: str, at: str
) -> tuple[int, str]:
    """The hold of a plan: the one that has it already, or a new one that supersedes all
    others of the sync."""
    plan_hash = hashlib.sha256(text.encode()).hexdigest()
    summary = json.dumps(
        {
            "adds": plan.adds,
            "changes": plan.changes,
            "removals": plan.other_removals,
            "present": plan.present,
        }
    )
    with store.transaction() as db:
        same = db.execute(
            "select hold_id, status from holds where sync = ? and plan_hash = ? "
            "and status in ('waiting', 'dismissed') "
            "order by hold_id desc limit 1",
            [plan.spec.name, plan_hash],
        ).fetchone()
        if same is not None:
            return same["hold_id"], same["status"]
        db.execute(
            "update holds set status = 'superseded', plan = null where sync = ?"
            " and status in ('waiting', 'approved')",
            [plan.spec.name],
        )
        hold = db.execute(
            "insert into holds (sync, run_id, reason, plan_hash, summary, plan, status, "
            "created_at) values (?, ?, ?, ?, ?, ?, 'waiting', ?)",
            [plan.spec.name, run_id, reason, plan_hash, summary, text, at],
        )
        return int(hold.lastrowid or 0), "waiting"


def _covers(plan: Plan, approved: dict[str, Any], mapping: dict[str, Any]) -> bool:
    """Whether an approved plan is today's plan, apart from rows that are excused."""
    if approved["mapping"] != mapping:
        return False
    items = json.dumps(
        [
            {"key": key, "action": action, "payload_hash": value}
            for key, action, value in approved["items"]
        ]
    )
    row = plan.connection.execute(
        f"""
        with
            approved as (
                select unnest(from_json(
                    ?::json,
                    '[{{"key":"VARCHAR","action":"VARCHAR","payload_hash":"VARCHAR"}}]'
                ), recursive := true)
            ),
            planned as ({_ITEMS}),
            added as (select * from planned except select * from approved),
            missing as (select * from approved except select * from planned),
            excused as ({_EXCUSED})
        select
            (select count(*) from added) = 0
            and (select count(*) from missing where key not in (select key from excused)) = 0
        """,
        [items],
    ).fetchone()
    return bool(row and row[0])

"""What makes a plan wait: an empty source, more rows moved than is usual, another mapping."""

import json
from typing import Any

from orchestration.control.store import ControlStore
from orchestration.reverse_etl.plan import Plan


def mapping_of(plan: Plan, object_name: str) -> dict[str, Any]:
    """What a sync sends where: a change of it is held."""
    return {
        "destination": plan.spec.destination,
        "object": object_name,
        "key": plan.key.name,
        "columns": {column.name: column.type for column in plan.columns},
    }


def reasons(store: ControlStore, plan: Plan) -> list[str]:
    """Why a plan must wait; empty when it may go."""
    known_mapping, mapping = (
        _known_mapping(store, plan.spec.name),
        mapping_of(plan, plan.spec.object),
    )
    limits, found = plan.spec.thresholds, []
    if plan.candidates == 0 and plan.present > 0 and not plan.spec.may_be_empty:
        found.append(f"the source is empty, and the destination holds {plan.present} rows")
    allowed = max(limits.removals_floor, limits.removals_share * plan.present)
    if plan.other_removals > allowed:
        found.append(
            f"{plan.other_removals} of {plan.present} rows would be removed,"
            f" {allowed:.0f} are allowed"
        )
    if plan.changes > max(limits.changes_floor, limits.changes_share * plan.present):
        found.append(
            f"{plan.changes} of {plan.present} rows would change,"
            f" more than {limits.changes_share:.0%}"
        )
    usual = _usual_adds(store, plan)
    if usual is not None and plan.adds > max(limits.adds_floor, usual):
        found.append(
            f"{plan.adds} rows would be added, {max(limits.adds_floor, usual):.0f} are allowed"
        )
    if plan.adds > limits.first_run_rows:
        found.append(
            f"{plan.adds} rows would be added, more than first_run_rows ({limits.first_run_rows})"
        )
    nothing_planned = plan.adds + plan.changes + plan.other_removals == 0
    if (
        known_mapping is not None
        and known_mapping != mapping
        and plan.present
        and not nothing_planned
    ):
        found.append(f"the mapping changed: {_difference(known_mapping, mapping)}")
    return found


def _usual_adds(store: ControlStore, plan: Plan) -> float | None:
    """So many adds are no surprise; null before the first run with rows.

    A list's first run adds all of it, which is no measure; a list of events may be new every night.
    """
    runs = store.query(
        "select acknowledged + unchanged as present, added from sync_runs where sync = ? "
        "and status = 'done' and candidates > 0 "
        "order by started_at desc, run_id desc limit 15",
        [plan.spec.name],
    )
    if not runs:
        return None
    measured = runs[:14] if plan.spec.mode == "append" or len(runs) == 15 else runs[:-1]
    return max(
        plan.spec.thresholds.adds_share * runs[0]["present"],
        *(2 * run["added"] for run in measured),
        0,
    )


def _known_mapping(store: ControlStore, sync: str) -> dict[str, Any] | None:
    rows = store.query("select mapping from sync_mappings where sync = ?", [sync])
    return json.loads(rows[0]["mapping"]) if rows else None


def _difference(old: dict[str, Any], new: dict[str, Any]) -> str:
    """The names of what changed."""
    changed = [key for key in ("destination", "object", "key") if old[key] != new[key]]
    columns = sorted(
        name
        for name in {*old["columns"], *new["columns"]}
        if old["columns"].get(name) != new["columns"].get(name)
    )
    return ", ".join([*changed, *columns])

"""What leaves the house: one asset per declared sync, then the log of what each row became."""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from orchestration.control.store import ControlStore
from orchestration.defs.dbt_models import DbtModels
from orchestration.defs.metadata import table_metadata
from orchestration.defs.resources import NightResource
from orchestration.night.deliveries import deliver_sync, log_deliveries
from orchestration.night.report import SYNC_COUNTS
from orchestration.reverse_etl.result import SyncResult
from orchestration.reverse_etl.spec import SyncSpec, read_syncs

GROUP = "destinations"
OLDEST_UNSENT_HOURS = 36  # two nights in a row did not get a row out
CHECKS = {
    "accounting": "Every candidate and every planned removal is in exactly one count.",
    "reconciliation": (
        "What the counts say was sent is what the control store knows as acknowledged."
    ),
    "oldest_unsent": f"No row that is due waits longer than {OLDEST_UNSENT_HOURS} hours.",
}


def definitions(models: DbtModels) -> list[Any]:
    """A push per sync, in the order of their names, and the log behind them all."""
    described = {node["name"]: node for node in models.manifest["exposures"].values()}
    pushes = [_push(spec, described[spec.name]) for spec in read_syncs(models.manifest)]

    @dg.asset(
        group_name=GROUP,
        deps=pushes,
        owners=["team:data"],
        description=(
            "The night's row log, after every candidate and every removal was accounted for."
        ),
        kinds={"sqlite"},
    )
    def log(context: dg.AssetExecutionContext, night: NightResource) -> dg.MaterializeResult:
        with night.step("log"):
            rows = log_deliveries(night.night)
            return dg.MaterializeResult(metadata={"rows by outcome": table_metadata(rows)})

    return [*pushes, log]


def _push(spec: SyncSpec, exposure: Mapping[str, Any]) -> dg.AssetsDefinition:
    key = dg.AssetKey([GROUP, spec.name])

    @dg.asset(
        key=key,
        group_name=GROUP,
        deps=[dg.AssetKey("publish"), dg.AssetKey(list(spec.relation))],
        owners=[f"team:{exposure['owner']['name'].replace(' ', '-')}"],
        description=exposure.get("description") or "",
        kinds={spec.destination},
        check_specs=[
            dg.AssetCheckSpec(name, asset=key, description=told) for name, told in CHECKS.items()
        ],
    )
    def push(context: dg.AssetExecutionContext, night: NightResource) -> dg.MaterializeResult:
        with night.step(f"deliver {spec.name}"):
            result = deliver_sync(night.night, spec)
            if result is None:
                nothing = [dg.AssetCheckResult(passed=True, check_name=name) for name in CHECKS]
                return dg.MaterializeResult(
                    metadata={"status": "a rebuild sends nothing"}, check_results=nothing
                )
            return dg.MaterializeResult(
                metadata=delivery_metadata(night.night.store, result),
                check_results=delivery_checks(result),
            )

    return push


def delivery_metadata(store: ControlStore, result: SyncResult) -> dict[str, Any]:
    """Counts and hours, which Dagster plots over runs; what became of rows and why,
    each with a row to look for in the log."""
    outcomes = store.query(
        "select action, status, coalesce(reason, '') as reason, count(*) as rows,"
        " min(key_hash) as a_row from delivery_log"
        " where run_id = ? and sync = ? group by 1, 2, 3 order by rows desc, 1, 2, 3 limit 50",
        [result.run_id, result.sync],
    )
    past = store.query(
        "select as_of, status, added, changed, removed, withheld, held, rejected, unknown, unsent,"
        " lag_seconds, oldest_unsent_at"
        " from sync_runs where sync = ? order by started_at desc limit 14",
        [result.sync],
    )
    return {
        "status": result.status,
        "message": result.message or "",
        **{name: getattr(result, name) for name in SYNC_COUNTS},
        "hours from due to sent": round(result.lag_seconds / 3600, 2),
        "hours the oldest row waits": round(result.oldest_unsent_hours, 2),
        "what became of rows": table_metadata([dict(row) for row in outcomes]),
        "last nights": table_metadata([dict(row) for row in past]),
    }


def delivery_checks(result: SyncResult) -> list[dg.AssetCheckResult]:
    """What `CHECKS` say of a run.

    They warn: the other syncs have gone on, and the night is published.
    """
    rest, removals_rest = result.unaccounted()
    found: dict[str, tuple[bool, dict[str, int | float]]] = {
        "accounting": (
            rest == removals_rest == 0,
            {"candidates": result.candidates, "planned removals": result.planned_removals},
        ),
        "reconciliation": (result.unreconciled == 0, {"rows": result.unreconciled}),
        "oldest_unsent": (
            result.oldest_unsent_hours <= OLDEST_UNSENT_HOURS,
            {"hours": round(result.oldest_unsent_hours, 2)},
        ),
    }
    return [
        dg.AssetCheckResult(
            passed=passed,
            check_name=name,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={**metadata},
        )
        for name, (passed, metadata) in found.items()
    ]

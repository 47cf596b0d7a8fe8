"""What leaves the house: one asset per declared sync, then the log of what each row became."""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from orchestration.deliveries import deliver_sync, log_deliveries
from orchestration.metadata import table_metadata
from orchestration.resources import NightResource
from orchestration.reverse_etl.spec import SyncSpec, read_syncs
from orchestration.summary import SYNC_COUNTS

GROUP = "destinations"


def definitions(manifest: Mapping[str, Any]) -> list[Any]:
    """A push per sync, in the order of their names, and the log behind them all."""
    described = {node["name"]: node for node in manifest["exposures"].values()}
    pushes = [_push(spec, described[spec.name]) for spec in read_syncs(manifest)]

    @dg.asset(
        group_name=GROUP,
        deps=pushes,
        owners=["team:data"],
        description="The night's row log, after every candidate and every removal was accounted for.",
        kinds={"sqlite"},
    )
    def log(context: dg.AssetExecutionContext, night: NightResource) -> dg.MaterializeResult:
        with night.step("log"):
            rows = log_deliveries(night.night)
            return dg.MaterializeResult(metadata={"rows by outcome": table_metadata(rows)})

    return [*pushes, log]


def _push(spec: SyncSpec, exposure: Mapping[str, Any]) -> dg.AssetsDefinition:
    @dg.asset(
        key=dg.AssetKey([GROUP, spec.name]),
        group_name=GROUP,
        deps=[dg.AssetKey("publish"), dg.AssetKey(list(spec.relation))],
        owners=[f"team:{exposure['owner']['name'].replace(' ', '-')}"],
        description=exposure.get("description") or "",
        kinds={spec.destination},
    )
    def push(context: dg.AssetExecutionContext, night: NightResource) -> dg.MaterializeResult:
        with night.step(f"deliver {spec.name}"):
            result = deliver_sync(night.night, spec)
            if result is None:
                return dg.MaterializeResult(metadata={"status": "a rebuild sends nothing"})
            counts = {name: getattr(result, name) for name in SYNC_COUNTS}
            past = night.night.store.query(
                "select as_of, status, added, changed, removed, withheld, held, rejected, unknown, unsent from sync_runs"
                " where sync = ? order by started_at desc limit 14",
                [spec.name],
            )
            return dg.MaterializeResult(
                metadata={
                    "status": result.status,
                    "message": result.message or "",
                    **counts,
                    "last nights": table_metadata([dict(row) for row in past]),
                }
            )

    return push

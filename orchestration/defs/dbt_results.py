"""dbt's result events as Dagster has them: what `DbtCoreCliEventMessage.to_default_asset_events` of
dagster-dbt makes of them, without dbt. A test holds the two against each other."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

import dagster as dg

from orchestration.defs.dbt_models import DataTest, DbtModels

Result = dg.MaterializeResult | dg.AssetCheckResult | dg.AssetObservation

_BUILT = {"success", "no-op", "reused", "warn"}
_EMPTY = {"", "None", None}


def results_of(
    event: Mapping[str, Any], models: DbtModels, checks: Collection[dg.AssetCheckKey]
) -> Iterator[Result]:
    """A table that was built; a test's answer, for the check that it is among `checks`, else for
    each table that it reads. Nothing of what failed or was skipped, nor of an ephemeral model."""
    node = event["data"]["node_info"]
    name, status = node["unique_id"], _status(event["data"])
    if name in models.tables and status in _BUILT:
        yield dg.MaterializeResult(asset_key=models.tables[name], metadata=_metadata(event))
    test = models.tests.get(name)
    if test is None or status == "skipped":
        return
    metadata = _metadata(event)
    if (failed := event["data"].get("num_failures")) is not None:
        metadata["dagster_dbt/failed_row_count"] = failed
    if test.check and test.check in checks:
        yield dg.AssetCheckResult(
            asset_key=test.check.asset_key,
            check_name=test.check.name,
            passed=status == "pass",
            severity=dg.AssetCheckSeverity.WARN
            if status == "warn"
            else dg.AssetCheckSeverity.ERROR,
            metadata=metadata,
        )
        return
    for table in test.tables:
        yield dg.AssetObservation(table, description=_why_observed(test), metadata=metadata)


def _status(data: Mapping[str, Any]) -> str:
    status = data["node_info"].get("node_status")
    return str(data["status"]).lower() if status in _EMPTY else str(status)


def _metadata(event: Mapping[str, Any]) -> dict[str, Any]:
    data, node = event["data"], event["data"]["node_info"]
    began, ended = node.get("node_started_at"), node.get("node_finished_at")
    if began in _EMPTY or ended in _EMPTY:
        seconds = data.get("execution_time") or None
    else:
        seconds = (datetime.fromisoformat(ended) - datetime.fromisoformat(began)).total_seconds()
    return {
        **({} if seconds is None else {"Execution Duration": seconds}),
        "unique_id": node["unique_id"],
        "invocation_id": event["info"]["invocation_id"],
        "status": _status(data),
    }


def _why_observed(test: DataTest) -> str:
    """dagster-dbt's own words."""
    many = (
        f"`{test.name}` is a singular test with multiple dependencies."
        " Configure an asset key in the test's dbt meta to load it as an asset check.\n\n"
    )
    return (
        "Logging an `AssetObservation` instead of an `AssetCheckResult`"
        f" for dbt test `{test.name}`.\n\n"
        f"{'' if test.check else many}"
        "This test was not included in Dagster's asset check selection,"
        " and was likely executed due to dbt indirect selection."
    )

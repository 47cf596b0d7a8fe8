"""A small job with every kind of event that a night has, and one that talks until it is killed.

As a program: `event_job.py talk <folder of Dagster>` runs the latter and prints the number and the
time of what it has just told; `event_job.py watch <folder> <run id> <cursor>` prints what it sees.
"""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.storage.event_log import SqliteEventLogStorage

from orchestration.cli.dagster_home import prepare_dagster_home


@dg.asset
def first() -> dg.MaterializeResult[Any]:
    return dg.MaterializeResult(
        metadata={"rows": 3}, data_version=dg.DataVersion("one"), tags={"kind": "raw"}
    )


@dg.multi_asset(
    specs=[dg.AssetSpec("left", deps=["first"]), dg.AssetSpec("right", deps=["left"])],
    check_specs=[dg.AssetCheckSpec("filled", asset="right")],
)
def layer(context: dg.AssetExecutionContext) -> Iterator[Any]:
    context.log.info("the layer is built")
    yield dg.MaterializeResult(asset_key="left", data_version=dg.DataVersion("two"))
    yield dg.MaterializeResult(asset_key="right", metadata={"rows": 4})
    yield dg.AssetCheckResult(passed=True, asset_key="right", check_name="filled")
    context.log_event(dg.AssetObservation("left", metadata={"seen": True}))


@dg.asset_check(asset="first")
def plausible() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=False, severity=dg.AssetCheckSeverity.WARN)


@dg.asset(partitions_def=dg.StaticPartitionsDefinition(["de", "fr"]), deps=["right"])
def country() -> dg.MaterializeResult[Any]:
    return dg.MaterializeResult(data_version=dg.DataVersion("three"))


@dg.asset(deps=["left", "country"])
def broken() -> None:
    raise ValueError("this step fails")


@dg.asset(deps=["broken"])
def skipped() -> None: ...


@dg.op
def talk(context: dg.OpExecutionContext) -> None:
    for number in range(3000):
        context.log_event(dg.AssetMaterialization("told", tags={"number": str(number)}))
        print(number, time.time(), flush=True)
        time.sleep(0.01)


@dg.job
def talking() -> None:
    talk()


night = dg.Definitions(
    assets=[first, layer, country, broken, skipped],
    asset_checks=[plausible],
    jobs=[dg.define_asset_job("small", executor_def=dg.in_process_executor)],
).resolve_job_def("small")


def run(instance: dg.DagsterInstance, run_id: str, job: dg.JobDefinition = night) -> bool:
    """Run the job in this process; whether it succeeded."""
    console = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    partition = {"partition_key": "de"} if job is night else {}
    return job.execute_in_process(
        instance=instance, run_id=run_id, run_config=console, raise_on_error=False, **partition
    ).success


def _watch(folder: Path, run_id: str, cursor: str) -> None:
    def tell(event: dg.EventLogEntry, _: str) -> None:
        print(event.user_message, time.time(), flush=True)

    # As Dagster's pages do it, with none of our code.
    storage = SqliteEventLogStorage(str(folder / "history" / "runs"))
    storage.watch(run_id, cursor, tell)
    print("watching", flush=True)
    time.sleep(60)


if __name__ == "__main__":
    place = Path(sys.argv[2])
    if sys.argv[1] == "watch":
        _watch(place, sys.argv[3], sys.argv[4])
    else:
        prepare_dagster_home(place)
        with dg.DagsterInstance.get() as opened:
            run(opened, sys.argv[3], talking)
    os._exit(0)

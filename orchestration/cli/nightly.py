"""`clientele nightly`: runs the Dagster job in this process and prints what a person wants to
know of the night."""

import time
import uuid
from datetime import UTC, datetime
from typing import Any

from orchestration.cli.dagster_home import prepare_dagster_home
from orchestration.cli.printing import Progress, print_summary
from orchestration.cli.sample import make_if_empty
from orchestration.night.clock import local_midnight
from orchestration.night.dbt import night_dbt
from orchestration.night.gate_process import GateProcess
from orchestration.night.night import PUBLISHED, PUBLISHED_WITH_EXCEPTIONS
from orchestration.night.report_files import read_report
from orchestration.settings import Settings, load_settings


def run_nightly(*, sample: bool, as_of: datetime | None) -> int:
    """Run the job; returns the exit code of the README's table."""
    began = time.monotonic()
    settings = load_settings()
    with Progress() as progress:
        if sample:
            make_if_empty(settings, progress.say)
        _check_landing_zone(settings)
        # The gates' process needs the first seconds for its imports: it makes them on the other
        # core while dbt parses here.
        with GateProcess.start() as gates:
            return _run(settings, gates, progress, as_of, began)


def _check_landing_zone(settings: Settings) -> None:
    landing = settings.landing
    if not landing.exists() and not settings.enabled_pulls:
        raise FileNotFoundError(
            f"{landing}: there is no landing zone. "
            "Deliver extracts there (<source>/<table>-<YYYY-MM-DD>.jsonl), "
            "or run `clientele nightly --sample` for a sample shop"
        )


def _run(
    settings: Settings, gates: GateProcess, progress: Progress, as_of: datetime | None, began: float
) -> int:
    progress.say("dbt: reading the models")
    runner = night_dbt(settings)
    runner.prepare()
    prepare_dagster_home(settings.home.dagster)
    progress.say("dagster: starting the job nightly")
    import dagster as dg

    from orchestration.defs.location import build_definitions
    from orchestration.defs.resources import NIGHTLY, RUN_ID, end_dead_runs
    from orchestration.defs.session import Session

    session = Session(gates=gates, runner=runner, say=progress.say)
    defs = build_definitions(session)
    run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:6]}"
    config: dict[str, Any] = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    if as_of is not None:
        config["resources"] = {"night": {"config": {"as_of": _moment(settings, as_of).isoformat()}}}
    succeeded = False
    with dg.DagsterInstance.get() as instance:
        end_dead_runs(instance)
        try:
            succeeded = (
                defs.resolve_job_def(NIGHTLY)
                .execute_in_process(
                    instance=instance,
                    run_config=config,
                    tags={RUN_ID: run_id},
                    raise_on_error=False,
                )
                .success
            )
        except (KeyboardInterrupt, dg.DagsterExecutionInterruptedError):
            progress.say("interrupted")
    report = read_report(settings.home.nights, run_id)
    if report is None or "files" not in report:  # it could not begin, and has no figures
        reason = session.failure or "the run ended before it began; look at it with `clientele ui`"
        progress.say(f"failed: {reason}")
        return 1
    print_summary(report, settings, time.monotonic() - began)
    if report["exit_code"] == PUBLISHED and not succeeded:
        progress.say(
            "waits: Dagster did not finish the run; look at it with `clientele ui`,"
            " or run `clientele nightly` again"
        )
        return PUBLISHED_WITH_EXCEPTIONS
    return int(report["exit_code"])


def _moment(settings: Settings, given: datetime) -> datetime:
    """A bare day means the first moment of that day in the shop; anything else is UTC."""
    return local_midnight(settings, given.date()) if given.time() == datetime.min.time() else given

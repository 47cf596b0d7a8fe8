"""Everything Dagster knows: the assets of every layer in the order of the path,
the job `nightly` and its schedule."""

import dagster as dg

from orchestration.defs import (
    core,
    destinations,
    holds,
    identity,
    marts,
    publish,
    pull,
    raw,
    segments,
    staging,
    sync,
)
from orchestration.defs.dbt_models import load_models
from orchestration.defs.resources import NIGHTLY, Whole, end_dead_runs, night_resource
from orchestration.defs.session import Session
from orchestration.settings import load_settings
from orchestration.warehouse.dbt_runner import DbtRunner

IN_ORDER = (pull, raw, staging, identity, core, marts, segments, sync, publish, destinations)


@dg.sensor(minimum_interval_seconds=60, default_status=dg.DefaultSensorStatus.RUNNING)
def free_the_queue(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Runs whose process was killed are marked failed while Dagster is up:
    in its queue of one nothing would start any more."""
    ended = end_dead_runs(context.instance)
    return dg.SkipReason(f"ended {', '.join(ended)}" if ended else "no run of a dead process")


def build_definitions(session: Session | None = None) -> dg.Definitions:
    """A code location, which shares nothing with another one in the same process.

    Errors: `SettingsError`, `DbtError`.
    """
    session = session or Session()
    settings = load_settings()
    models = load_models(session.runner or DbtRunner(settings.home.dbt))
    parts = [part for module in IN_ORDER for part in module.definitions(models)]
    nightly = dg.define_asset_job(
        NIGHTLY,
        selection=dg.AssetSelection.all(),
        executor_def=dg.in_process_executor,
        description=(
            "Extracts in, customers, orders and lifetime value built, gates held, segments pushed."
        ),
    )
    return dg.Definitions(
        assets=[part for part in parts if not isinstance(part, dg.AssetChecksDefinition)],
        asset_checks=[part for part in parts if isinstance(part, dg.AssetChecksDefinition)],
        jobs=[nightly, *holds.jobs()],
        schedules=[
            dg.ScheduleDefinition(
                name="nightly_schedule",
                job=nightly,
                cron_schedule="0 3 * * *",
                execution_timezone=settings.shop.time_zone,
                description="Every night at three in the shop's time zone.",
            )
        ],
        sensors=[free_the_queue],
        resources={"night": night_resource(Whole.of(parts), session)},
        executor=dg.in_process_executor,
    )

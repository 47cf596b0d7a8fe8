"""What Dagster's assets share during a run: the night, or the draft, that they work on."""

import atexit
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import duckdb

from orchestration.control import process_lock
from orchestration.defs.session import Session
from orchestration.night.dbt import night_dbt
from orchestration.night.draft import Draft
from orchestration.night.ended import why_it_was_stopped
from orchestration.night.gate_process import GateProcess
from orchestration.night.night import Night
from orchestration.night.report import make_report
from orchestration.night.signals import Signals
from orchestration.night.workbench import Refused, Workbench, without_values
from orchestration.settings import load_settings
from orchestration.warehouse.dbt_runner import DbtRunner

NIGHTLY = "nightly"
# Tags of a run: the night's run id, and the run whose process has said that it executes it.
RUN_ID, OWNER = "clientele/run_id", "clientele/owner"


class NightRun:
    """The run's night; a run of single assets gets a draft instead."""

    def __init__(self, workbench: Workbench, session: Session) -> None:
        self.workbench = workbench
        self._session = session

    @property
    def night(self) -> Night:
        """The night. Errors: `dg.Failure` in a draft, which may not load, publish or send."""
        if not isinstance(self.workbench, Night):
            raise dg.Failure(
                "a draft builds models only: to load, publish or send,"
                " launch the whole job `nightly`"
            )
        return self.workbench

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Measure a step of the night, and note how it failed.

        Errors: a refusal becomes `dg.Failure` with its reason.
        """
        bench = self.workbench
        if self._session.say:
            self._session.say(name)
        with bench.meter.step(name):
            try:
                yield
            except Refused as refusal:
                raise dg.Failure(str(refusal), allow_retries=False) from None
            except GeneratorExit:
                raise
            except duckdb.Error as error:
                # Dagster keeps what is raised, and the database quotes values.
                bench.errors.append(f"{name}: {without_values(str(error))}")
                raise dg.Failure(bench.errors[-1], allow_retries=False) from None
            except BaseException as error:  # an interruption is a failure, too
                bench.errors.append(f"{name}: {type(error).__name__}: {error}")
                raise


# How an asset asks for it.
NightResource = dg.ResourceParam[NightRun]


@dataclass(frozen=True)
class Whole:
    """What the whole job is made of: so many steps, these assets, these gates."""

    steps: int
    assets: frozenset[dg.AssetKey]
    checks: frozenset[dg.AssetCheckKey]

    @classmethod
    def of(cls, parts: Sequence[dg.AssetsDefinition | dg.AssetChecksDefinition]) -> "Whole":
        """The whole of a code location: each part is a step."""
        assets = [part for part in parts if not isinstance(part, dg.AssetChecksDefinition)]
        gates = [part for part in parts if isinstance(part, dg.AssetChecksDefinition)]
        return cls(
            len(parts),
            frozenset(key for asset in assets for key in asset.keys),
            frozenset(key for gate in gates for key in gate.check_keys),
        )


def night_resource(whole: Whole, session: Session) -> dg.ResourceDefinition:
    """The resource `night` of one code location: `NightRun`.

    Its config `as_of` (ISO 8601, UTC) is the night's date; empty takes it from the settings.
    """

    @dg.resource(
        config_schema={"as_of": dg.Field(dg.Noneable(dg.StringSource), default_value="")},
        description=night_resource.__doc__,
    )
    def night(context: dg.InitResourceContext) -> Iterator[NightRun]:
        run = context.run
        if run and context.instance:
            own(context.instance, run.run_id)
        gates = session.take_gates()
        try:
            if run and is_whole(run, whole):
                yield from _in_night(context, gates, session)
            else:
                yield from _in_draft(context, gates, session)
        finally:
            gates.close()

    return night


def _in_night(
    context: dg.InitResourceContext, gates: GateProcess, session: Session
) -> Iterator[NightRun]:
    settings, asked = load_settings(), context.resource_config["as_of"]
    try:
        night = Night(
            settings,
            _run_id(context),
            gates,
            session.runner or night_dbt(settings),
            as_of=datetime.fromisoformat(asked) if asked else None,
            say=session.say or (context.log.info if context.log else print),
        )
    except Exception as error:
        session.failure = str(error)
        raise
    signals = Signals()
    try:
        yield NightRun(night, session)
    finally:
        if stopped := signals.close():
            night.errors.insert(0, why_it_was_stopped(stopped, is_published=night.published))
        _end(night, session)


def _in_draft(
    context: dg.InitResourceContext, gates: GateProcess, session: Session
) -> Iterator[NightRun]:
    settings = load_settings()
    runner = session.runner or DbtRunner(settings.home.dbt)
    draft = Draft(settings, _run_id(context), gates, runner)
    try:
        yield NightRun(draft, session)
    finally:
        draft.close()


def _run_id(context: dg.InitResourceContext) -> str:
    run = context.run
    if run is None:
        return "adhoc"
    return run.tags.get(RUN_ID, f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{run.run_id[:6]}")


def is_whole(run: dg.DagsterRun, whole: Whole) -> bool:
    """Whether a run is a night: the job with every asset and every gate, selected or not,
    from its first step."""
    if (
        run.job_name != NIGHTLY
        or run.op_selection
        or len(run.step_keys_to_execute or ()) not in (0, whole.steps)
    ):
        return False
    if not run.asset_selection and not run.asset_check_selection:
        return True
    checks = run.asset_check_selection
    return (run.asset_selection or frozenset()) >= whole.assets and (
        checks is None or checks >= whole.checks
    )


def _end(night: Night, session: Session) -> None:
    """Report and let go.

    Dagster swallows what is raised here: the command line reads it from the session.
    """
    try:
        night.finish(make_report(night))
    except Exception as error:
        readers = "readers see this night" if night.published else "nothing was published"
        session.failure = f"{readers}, but the night's report could not be written: {error}"
        raise
    finally:
        night.close()


def own(instance: dg.DagsterInstance, run_id: str) -> None:
    """This process executes a run: it has a lock of the run's name until it ends, and says so in
    the run's tag.

    The tag names the run: a re-execution begins with a copy of the tags of the run before.
    """
    lock = _lock_of(run_id)
    lock.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    process_lock.take(lock)
    atexit.register(lock.unlink, missing_ok=True)
    instance.add_run_tags(run_id, {OWNER: run_id})


def _lock_of(run_id: str) -> Path:
    return load_settings().home.dagster / "running" / run_id


def end_dead_runs(instance: dg.DagsterInstance | None = None) -> list[str]:
    """Mark runs whose process is gone as failed: Dagster alone does not,
    and in its queue of one nothing would start any more."""
    if instance is None:
        with dg.DagsterInstance.get() as found:
            return end_dead_runs(found)
    ended = []
    statuses = [
        dg.DagsterRunStatus.STARTING,
        dg.DagsterRunStatus.STARTED,
        dg.DagsterRunStatus.CANCELING,
    ]
    for run in instance.get_runs(filters=dg.RunsFilter(statuses=statuses)):
        if run.tags.get(OWNER) == run.run_id and not process_lock.is_taken(_lock_of(run.run_id)):
            instance.report_run_failed(
                run,
                "the process of this run is gone: it was killed, or the machine stopped."
                " `clientele status` says what that left; the next night goes on by itself",
            )
            ended.append(run.run_id)
            _lock_of(run.run_id).unlink(missing_ok=True)
    return ended

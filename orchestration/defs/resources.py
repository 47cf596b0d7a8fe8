"""What Dagster's assets share during a run: the night, or the draft, that they work on."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import ClassVar

import dagster as dg
import duckdb
from pydantic import PrivateAttr

from orchestration.control.lease import boot_id
from orchestration.night.draft import Draft
from orchestration.night.gate_process import GateProcess
from orchestration.night.night import Night
from orchestration.night.report import make_report
from orchestration.night.workbench import Refused, Workbench, without_values
from orchestration.settings import load_settings
from orchestration.warehouse.dbt_runner import DbtRunner

NIGHTLY = "nightly"
# Tags of a run: the night's run id, and the process that executes it.
RUN_ID, OWNER = "clientele/run_id", "clientele/owner"


class NightResource(dg.ConfigurableResource):
    """The run's night; a run of single assets gets a draft instead.

    `as_of` (ISO 8601, UTC) is the night's date; empty takes it from the settings.
    """

    as_of: str = ""

    # The command line starts the gates' process before it imports Dagster, so that its imports run
    # on the other core.
    prestarted_gates: ClassVar[GateProcess | None] = None
    runner: ClassVar[DbtRunner | None] = None
    say: ClassVar[Callable[[str], None] | None] = None
    # Why the last run of this process could not even begin.
    failure: ClassVar[str | None] = None

    # Steps of the whole job, every asset and every gate, set when the code location is loaded.
    steps: ClassVar[int] = 0
    assets: ClassVar[frozenset[dg.AssetKey]] = frozenset()
    checks: ClassVar[frozenset[dg.AssetCheckKey]] = frozenset()

    _workbench: Workbench | None = PrivateAttr(default=None)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["NightResource"]:
        settings = load_settings()
        run = context.run
        if run and context.instance:
            context.instance.add_run_tags(run.run_id, owner(run.run_id))
        run_id = (
            run.tags.get(RUN_ID, f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{run.run_id[:6]}")
            if run
            else "adhoc"
        )
        gates = NightResource.prestarted_gates or GateProcess.start()
        runner = NightResource.runner or DbtRunner(settings.home.dbt)
        log = context.log
        try:
            if run is None or not is_whole(run):
                draft = Draft(settings, run_id, gates, runner)
                self._workbench = draft
                try:
                    yield self
                finally:
                    draft.close()
                return
            as_of = datetime.fromisoformat(self.as_of) if self.as_of else None
            say = NightResource.say or (log.info if log else print)
            try:
                night = Night(settings, run_id, gates, runner, as_of=as_of, say=say)
            except Exception as error:
                NightResource.failure = str(error)
                raise
            self._workbench = night
            try:
                yield self
            finally:
                _end(night)
        finally:
            gates.close()
            NightResource.prestarted_gates = None

    @property
    def workbench(self) -> Workbench:
        if self._workbench is None:
            raise RuntimeError("the night has not begun")
        return self._workbench

    @property
    def night(self) -> Night:
        """The night. Errors: `dg.Failure` in a draft, which may not load, publish or send."""
        if not isinstance(self._workbench, Night):
            raise dg.Failure(
                "a draft builds models only: to load, publish or send,"
                " launch the whole job `nightly`"
            )
        return self._workbench

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Measure a step of the night, and note how it failed.

        Errors: a refusal becomes `dg.Failure` with its reason.
        """
        bench = self.workbench
        if NightResource.say:
            NightResource.say(name)
        with bench.meter.step(name):
            try:
                yield
            except Refused as refusal:
                raise dg.Failure(str(refusal), allow_retries=False) from None
            except GeneratorExit:
                raise
            except (
                duckdb.Error
            ) as error:  # Dagster keeps what is raised, and the database quotes values
                bench.errors.append(f"{name}: {without_values(str(error))}")
                raise dg.Failure(bench.errors[-1], allow_retries=False) from None
            except BaseException as error:  # an interruption is a failure, too
                bench.errors.append(f"{name}: {type(error).__name__}: {error}")
                raise


def is_whole(run: dg.DagsterRun) -> bool:
    """Whether a run is a night: the job with every asset and every gate, selected or not,
    from its first step."""
    if (
        run.job_name != NIGHTLY
        or run.op_selection
        or len(run.step_keys_to_execute or ()) not in (0, NightResource.steps)
    ):
        return False
    if not run.asset_selection and not run.asset_check_selection:
        return True
    checks = run.asset_check_selection
    return (run.asset_selection or frozenset()) >= NightResource.assets and (
        checks is None or checks >= NightResource.checks
    )


def _end(night: Night) -> None:
    """Report and let go.

    Dagster swallows what is raised here: the command line reads it from `failure`.
    """
    try:
        night.finish(make_report(night))
    except Exception as error:
        readers = "readers see this night" if night.published else "nothing was published"
        NightResource.failure = f"{readers}, but the night's report could not be written: {error}"
        raise
    finally:
        night.close()


def owner(run_id: str) -> dict[str, str]:
    """This process as a run's tag.

    It names the run, too: a re-execution begins with a copy of the tags of the run before.
    """
    return {OWNER: f"{run_id} {os.getpid()} {boot_id()}"}


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
        run_id, _, process = run.tags.get(OWNER, "").partition(" ")
        pid, _, started = process.partition(" ")
        if run_id == run.run_id and boot_id(int(pid)) != started:
            instance.report_run_failed(
                run, "the process of this run is gone: it was killed, or the machine stopped"
            )
            ended.append(run.run_id)
    return ended

"""What Dagster's assets share during a run: the night, or the draft, that they work on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import ClassVar

import dagster as dg
from pydantic import PrivateAttr

from expectations.client import GateProcess
from orchestration.dbt_runner import DbtRunner
from orchestration.draft import Draft
from orchestration.night import Night
from orchestration.settings import load_settings
from orchestration.summary import make_report
from orchestration.workbench import Refused, Workbench

NIGHTLY = "nightly"


class NightResource(dg.ConfigurableResource):
    """The run's night; a run of single assets gets a draft instead.

    `as_of` (ISO 8601, UTC) is the night's date; empty takes it from the settings.
    """

    as_of: str = ""

    # The command line starts the gates' process before it imports Dagster, so that its imports run on the other core.
    prestarted_gates: ClassVar[GateProcess | None] = None
    runner: ClassVar[DbtRunner | None] = None
    say: ClassVar[Callable[[str], None] | None] = None
    # Why the last run of this process could not even begin.
    failure: ClassVar[str | None] = None

    _workbench: Workbench | None = PrivateAttr(default=None)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["NightResource"]:
        settings = load_settings()
        run = context.run
        whole = run is not None and run.job_name == NIGHTLY and not run.asset_selection
        run_id = run.tags.get("clientele/run_id", run.run_id[:8]) if run else "adhoc"
        gates = NightResource.prestarted_gates or GateProcess.start()
        runner = NightResource.runner or DbtRunner(settings.home.dbt)
        log = context.log
        try:
            if not whole:
                draft = Draft(settings, run_id, gates, runner)
                self._workbench = draft
                yield self
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
                night.finish(make_report(night))
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
            raise dg.Failure("a draft builds models only: to load, publish or send, launch the whole job `nightly`")
        return self._workbench

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Measure a step of the night, and note how it failed. Errors: a refusal becomes `dg.Failure` with its reason."""
        bench = self.workbench
        if NightResource.say:
            NightResource.say(name)
        with bench.meter.step(name):
            try:
                yield
            except Refused as refusal:
                raise dg.Failure(str(refusal), allow_retries=False) from None
            except Exception as error:
                bench.errors.append(f"{name}: {type(error).__name__}: {error}")
                raise

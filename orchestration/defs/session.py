"""What passes between whoever builds a code location and the runs of it. No Dagster in here."""

from collections.abc import Callable
from dataclasses import dataclass

from orchestration.night.gate_process import GateProcess
from orchestration.warehouse.dbt_runner import DbtRunner


@dataclass
class Session:
    """The command line hands in what it has started already; Dagster's own pages have nothing to
    hand in. Each code location has a session of its own.

    `gates`: the gates' process, started before Dagster is imported, so that its imports run on the
    other core; the first run takes it. `runner`: dbt with the project parsed. `say`: who hears of
    each step. `failure`: left by a run that could not even begin, or not report.
    """

    gates: GateProcess | None = None
    runner: DbtRunner | None = None
    say: Callable[[str], None] | None = None
    failure: str | None = None

    def take_gates(self) -> GateProcess:
        """The process that was started early, once; afterwards a new one."""
        gates, self.gates = self.gates, None
        return gates or GateProcess.start()

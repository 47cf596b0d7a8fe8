"""What can be done to the layers of one generation under construction:
build models, run steps, count rows, run gates.

A night, a draft and a trial share it; each layer's Dagster assets call it. Nothing here imports
Dagster.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from expectations.report import COLUMNS, FindingOfRule, GateResult
from ingestion.layers import RAW
from ingestion.times import iso, utc_now
from orchestration.control.store import ControlStore
from orchestration.layers import MAY_READ
from orchestration.night.dbt_tests import TestAnswer, test_answer
from orchestration.night.findings import LAYER as FINDINGS_LAYER
from orchestration.night.findings import TABLE as FINDINGS
from orchestration.night.findings import first_keys, read_findings
from orchestration.night.gate_process import GateProcess
from orchestration.night.meter import Meter
from orchestration.settings import Settings
from orchestration.steps.run import run_step
from orchestration.warehouse.connection import connect
from orchestration.warehouse.dbt_runner import BuildResult, DbtRunner
from orchestration.warehouse.inputs import Inputs

_ABOUT_VALUES = re.compile(
    r"((?:Conversion|Invalid Input|Out of Range|Constraint|Mismatch Type|Cast) Error): .*",
    re.DOTALL,
)
_ABOUT_NODES = re.compile(r"\d+ of \d+ |Failure in |(?:Compilation|Database|Runtime) Error in ")


class Refused(Exception):
    """A gate, a test or a missing required source stops the night:
    nothing is published, nothing is sent."""


class Workbench:
    """One generation under construction and the tools that work on it."""

    inputs: Inputs
    inputs_path: Path
    scratch: Path

    def __init__(
        self,
        settings: Settings,
        run_id: str,
        store: ControlStore,
        gates: GateProcess,
        dbt: DbtRunner,
    ) -> None:
        self.settings = settings
        self.home = settings.home
        self.run_id = run_id
        self.store = store
        self.gates = gates
        self.dbt = dbt
        self.meter = Meter()
        self.gate_results: list[GateResult] = []
        self.dbt_tests: dict[str, TestAnswer] = {}  # by dbt's unique id
        self.rows: dict[str, int] = {}
        self.step_reports: dict[str, dict[str, Any]] = {}
        self.findings: list[FindingOfRule] = []
        self.refusals: list[str] = []
        self.errors: list[str] = []

    def inputs_for(self, layer: str) -> Path:
        """The file of inputs for what works on a layer: whoever may not read raw binds none of
        its tables."""
        if layer == RAW or RAW in MAY_READ[layer]:
            return self.inputs_path
        return self.inputs.without_raw().save(self.scratch / "inputs-without-raw.json")

    def build(
        self,
        layer: str,
        select: list[str],
        exclude: list[str],
        on_event: Callable[[dict[str, Any]], None],
        target: str,
        indirect: str = "buildable",
    ) -> BuildResult:
        """Build and test models of a layer; `indirect` as `DbtRunner.build` has it.

        Errors: `Refused` when a test failed, `RuntimeError` when a model did.
        """

        def hear(event: dict[str, Any]) -> None:
            if answer := test_answer(event, layer):
                self.dbt_tests[answer.unique_id] = answer
            on_event(event)

        result = self.dbt.build(
            self.inputs_for(layer),
            select,
            exclude,
            on_event=hear,
            target=target,
            indirect=indirect,
        )
        messages = "\n".join(without_values(message) for message in result.messages)
        if result.errored or not (result.succeeded or result.failed_tests):
            broken = ", ".join(_short(node) for node in result.errored)
            self.errors.append(f"dbt could not build {broken}: {_reason(messages)}")
            raise RuntimeError(
                f"dbt could not build {broken};"
                f" mend the model (or its upstream) and run the night again.\n{messages}"
            )
        if result.failed_tests:
            failed = ", ".join(_short(name) for name in result.failed_tests)
            self.refuse(
                f"dbt test failed in {target}: {failed}. {_reason(messages)} "
                f"Look at the rows with `clientele sql --run {self.run_id}`; "
                f"the test's SQL is below {self.home.dbt / f'target-{target}' / 'compiled'}"
            )
        return result

    def run_step(self, name: str) -> dict[str, Any]:
        """Run a Python step: reads the generation, writes Parquet that dbt reads as
        source('steps', …)."""
        folder = self.scratch / "steps"
        folder.mkdir(parents=True, exist_ok=True)
        connection = connect(self.inputs.without_raw())
        try:
            self.step_reports[name] = run_step(
                name, connection, folder, self.inputs, self.home.derived
            )
        finally:
            connection.close()
        return self.step_reports[name]

    def count_rows(self, layer: str) -> dict[str, int]:
        """Rows of a layer's tables, kept for the volume gates and the plots of later nights."""
        connection = connect(self.inputs.reading([RAW] if layer == RAW else []))
        try:
            if layer == RAW:
                tables = [
                    name.removeprefix(f"{RAW}.")
                    for name in self.inputs.relations
                    if name.startswith(f"{RAW}.")
                ]
            else:
                query = (
                    "select table_name from duckdb_tables() where database_name = 'clientele'"
                    f" and schema_name = '{layer}' order by 1"
                )
                tables = [name for (name,) in connection.execute(query).fetchall()]
            counts = {
                table: connection.execute(f'select count(*) from {layer}."{table}"').fetchall()[0][
                    0
                ]
                for table in tables
            }
        finally:
            connection.close()
        self.rows |= {f"{layer}.{table}": count for table, count in counts.items()}
        return counts

    def check(self, layer: str, tables: list[str]) -> list[GateResult]:
        """Run the gates of some of a layer's tables; the caller shows the results,
        then calls `enforce`."""
        report = self.gates.check(
            layer,
            self.inputs_for(layer),
            tables=tables,
            sources={
                name: {
                    "enabled": source.enabled,
                    "required": source.required,
                    "freshness_days": source.freshness_days,
                    "kind": source.kind or name,
                }
                for name, source in self.settings.sources.items()
            },
            thresholds=self.settings.limits_of_gates,
        )
        self.gate_results += report.results
        if layer == FINDINGS_LAYER and FINDINGS in tables:
            self.findings = read_findings(self.inputs.without_raw())
        return list(report.results)

    def enforce(self, results: list[GateResult]) -> None:
        """Errors: `Refused` when a critical expectation failed, or any could not run."""
        broken = [result for result in results if result.blocks]
        if broken:
            told = "; ".join(
                f"{r.layer}.{r.table}: {r.expectation} {r.status}"
                f" (observed {r.observed}, wanted {r.threshold})"
                + (
                    first_keys(self.findings, r.expectation.split(":")[0])
                    if r.table == FINDINGS
                    else ""
                )
                for r in broken[:5]
            )
            self.refuse(f"gate {broken[0].layer}: {told}")

    def refuse(self, reason: str) -> None:
        """Stop: nothing after this is built, published or sent. Errors: always `Refused`."""
        self.refusals.append(reason)
        raise Refused(reason)

    def save_gate_results(self, as_of: Any, results: list[GateResult]) -> None:
        """Record gate results in the control store, where they outlive a refused night."""
        with self.store.transaction() as db:
            db.executemany(
                f"insert into gate_results (run_id, as_of, {', '.join(COLUMNS)}, recorded_at)"
                " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [(self.run_id, iso(as_of), *r.as_tuple(), utc_now()) for r in results],
            )


def without_values(message: str) -> str:
    """A message of the database without the values that it quotes;
    what is wrong with the SQL itself it tells in full."""
    return _ABOUT_VALUES.sub(r"\1 (its text is left out, because it quotes a value)", message)


def _reason(text: str) -> str:
    """The first line of dbt's messages that says more than which node it was."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return next((line for line in lines if not _ABOUT_NODES.match(line)), "".join(lines[:1]))


def _short(unique_id: str) -> str:
    return unique_id.split(".")[2]

"""A night without dbt and Great Expectations: the real job, loader, control store and deliveries;
builds and gates by stand-ins.

Fast enough to try every way in which a night can end.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt.utils import select_unique_ids
from generation_makers import TABLES

from expectations.report import GateReport, GateResult
from orchestration.cli.dagster_home import prepare_dagster_home
from orchestration.layers import STEP_TABLES
from orchestration.reverse_etl.spec import read_syncs
from orchestration.settings import Settings, load_settings
from orchestration.warehouse.connection import connect
from orchestration.warehouse.dbt_runner import BuildResult, DbtRunner
from orchestration.warehouse.inputs import Inputs

SETTINGS = """
shop: {name: Test shop, time_zone: Europe/Berlin}
reporting_currency: EUR
gross_margin: 0.45
as_of: latest_extract
minimum_free_disk_gib: 0
sources:
  consent: {enabled: true, required: true, freshness_days: 3}
  google_ads: {enabled: true}
destinations:
  hubspot: {enabled: true, base_url: sandbox, secret: TEST_HUBSPOT_TOKEN}
  postgres: {enabled: false}
"""


class FakeDbt(DbtRunner):
    """Makes the tables of `TABLES` and reports every selected model as built.

    `fail` names what shall go wrong: build name → how.
    """

    def __init__(
        self, folder: Path, manifest: dict[str, Any], fail: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(folder)
        self.json = manifest
        self.manifest = manifest
        self.fail = dict(fail or {})
        self.built: list[str] = []
        self.manifest_path.parent.mkdir(parents=True, exist_ok=True)
        self.manifest_path.write_text(json.dumps(manifest), encoding="utf-8")

    def build(
        self,
        inputs: Path,
        select: Any,
        exclude: Any = (),
        *,
        on_event: Callable[[dict[str, Any]], None],
        target: str = "",
        indirect: str = "",
    ) -> BuildResult:  # type: ignore[override]
        self.built.append(target)
        layer = target.split("_")[0]
        how = self.fail.get(target) or self.fail.get(layer)
        if how == "raise":
            raise OSError("the disk went away")
        if how == "test":
            return BuildResult(
                succeeded=False,
                failed_tests=[f"test.clientele.assert_{layer}.1"],
                messages=["3 rows are wrong"],
            )
        if how == "model":
            return BuildResult(
                succeeded=False, errored=[f"model.clientele.{layer}"], messages=["no such column"]
            )
        connection = connect(Inputs.load(inputs), write=True)
        connection.execute(f"create schema if not exists clientele.{layer}")
        payloads = [
            f"create table clientele.{layer}.{sync.relation[1]} ({sync.key} varchar,"
            f" {sync.contact_point} varchar)"
            for sync in read_syncs(self.json)
            if sync.relation[0] == layer
        ]
        for statement in [*TABLES.get(layer, []), *payloads] if "before" not in target else []:
            connection.execute(statement)
        connection.close()
        chosen = select_unique_ids(
            select=" ".join(select),
            exclude=" ".join(exclude),
            selector="",
            project=_project(),
            manifest_json=self.json,
        )
        built = {node for node in chosen if node.startswith(("model", "seed"))}
        parents = {
            node: set(self.json["nodes"][node]["depends_on"].get("nodes", [])) & built
            for node in built
        }
        for node in TopologicalSorter(parents).static_order():
            on_event(_event(node, self.json["nodes"][node]))
        return BuildResult(succeeded=True)


def _project() -> Any:
    from orchestration.defs.dbt_translation import PROJECT

    return PROJECT


def _event(unique_id: str, node: Mapping[str, Any]) -> dict[str, Any]:
    info = {
        "unique_id": unique_id,
        "node_status": "success",
        "node_started_at": "",
        "node_finished_at": "",
        "resource_type": "model",
    }
    info |= {"materialized": node["config"]["materialized"], "node_relation": {}}
    name = "LogSeedResult" if unique_id.startswith("seed") else "LogModelResult"
    return {
        "info": {"name": name, "msg": "ok", "invocation_id": "test"},
        "data": {"node_info": info, "status": "success", "execution_time": 0.1},
    }


@dataclass
class FakeGates:
    """Answers every gate: passed, but for `answers` (layer → status)."""

    answers: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def check(self, layer: str, inputs: Path, *, tables: list[str], **_: Any) -> GateReport:
        self.asked.append(layer)
        status = self.answers.get(layer, "passed")
        results = [
            GateResult(layer, table, "rows", "critical", status, "0", "> 0") for table in tables
        ]
        return GateReport.from_answer(
            layer,
            {
                "results": [result.as_row() for result in results],
                "seconds": 0.0,
                "cpu_seconds": 0.0,
            },
        )

    def close(self) -> None:
        """Nothing runs."""


@dataclass
class Outcome:
    """How a night ended, and what it left."""

    report: dict[str, Any] | None
    failure: str | None
    steps: list[str]
    failures: list[str]
    passed: set[str]  # checks of what was sent


def settings_for(home: Path, text: str = SETTINGS) -> Settings:
    home.mkdir(parents=True, exist_ok=True)
    (home / "clientele.yml").write_text(text, encoding="utf-8")
    return load_settings(home / "clientele.yml", home)


def run_night(
    location: Any,
    settings: Settings,
    dbt: FakeDbt,
    gates: FakeGates,
    monkeypatch: Any,
    as_of: str = "",
) -> Outcome:
    """Run the real job `nightly` of a code location in this process."""
    from orchestration.night.workbench import Workbench

    monkeypatch.setenv("CLIENTELE_HOME", str(settings.home.path))
    monkeypatch.setenv("CLIENTELE_SETTINGS", str(settings.file))
    prepare_dagster_home(settings.home.dagster)
    monkeypatch.setattr(location.session, "gates", gates)
    monkeypatch.setattr(location.session, "runner", dbt)
    monkeypatch.setattr(location.session, "failure", None)
    monkeypatch.setattr(
        Workbench, "run_step", lambda self, name: {"rows": dict.fromkeys(STEP_TABLES[name], 0)}
    )
    config: dict[str, Any] = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    if as_of:
        config["resources"] = {"night": {"config": {"as_of": as_of}}}
    before = set(settings.home.nights.glob("*.json"))
    with dg.DagsterInstance.ephemeral() as instance:
        # The result has every event: keeping them in a database as well is half
        # the cost of such a night.
        monkeypatch.setattr(instance.event_log_storage, "store_event", lambda event: None)
        result = location.defs.resolve_job_def("nightly").execute_in_process(
            instance=instance, run_config=config, raise_on_error=False
        )
    written = [
        file
        for file in settings.home.nights.glob("*.json")
        if file not in before and file.name != "latest.json"
    ]
    report = json.loads(written[0].read_text(encoding="utf-8")) if written else None
    steps = [
        event.step_key
        for event in result.all_events
        if event.event_type_value == "STEP_SUCCESS" and event.step_key
    ]
    failed = [event for event in result.all_events if event.event_type_value == "STEP_FAILURE"]
    failures = [
        f"{event.step_key}: {event.event_specific_data.error.to_string()[-1500:]}"
        for event in failed
    ]
    evaluated = [
        evaluation
        for evaluation in result.get_asset_check_evaluations()
        if evaluation.asset_key.path[0] == "destinations"
    ]
    passed = {
        f"{evaluation.asset_key.path[-1]} {evaluation.check_name}"
        for evaluation in evaluated
        if evaluation.passed
    }
    return Outcome(report, location.session.failure, steps, failures, passed)

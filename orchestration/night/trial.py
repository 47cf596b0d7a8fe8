"""A trial: one source on its own files, from its contract to core, with what a night would say.

It is a workbench in a folder of its own that is removed afterwards. The landing zone is read;
nothing is written to the home, published or sent. Central bank rates are read beside the source
where they are switched on, so that foreign amounts have a value.
"""

import shutil
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from expectations.catalog import guarded_tables
from ingestion.layers import RAW
from ingestion.load.loader import LoadReport, load
from orchestration.control.store import ControlStore
from orchestration.layers import STEP_TABLES, STEPS
from orchestration.night.clock import last_complete_day, night_of
from orchestration.night.gate_process import GateProcess
from orchestration.night.night_inputs import night_inputs, raw_relations
from orchestration.night.workbench import Refused, Workbench
from orchestration.settings import Home, Settings, StorageSettings
from orchestration.steps.run import STEP_COLUMNS
from orchestration.warehouse.connection import connect
from orchestration.warehouse.dbt_runner import DbtRunner
from orchestration.warehouse.feeds import feeds_of
from orchestration.warehouse.inputs import Relation

RUN_ID = "trial"
RATES = "ecb"
LAYERS = ("staging", "identity", "core")
PEOPLE = ("source_records", "identifiers", "customers")
_AFTER_PHONES = "source:steps.phones+"


def settings_for_trial(settings: Settings, source: str, folder: Path) -> Settings:
    """The settings with a home in `folder`, and of the sources only this one, and the rates."""
    kept = {name: entry for name, entry in settings.sources.items() if name in (source, RATES)}
    landing = settings.storage.landing or str(settings.home.extracts)
    values = {name: getattr(settings, name) for name in Settings.model_fields}
    return Settings(
        **values
        | {
            "sources": kept,
            "pulls": {},
            "home": Home(folder),
            "storage": StorageSettings(landing=landing),
        }
    )


class Trial(Workbench):
    """The trial of one account. `settings` are those of `settings_for_trial`."""

    load_report: LoadReport

    def __init__(self, settings: Settings, source: str, dbt: DbtRunner, gates: GateProcess) -> None:
        super().__init__(settings, RUN_ID, ControlStore.open(settings.home.store), gates, dbt)
        self.source = source
        self.kind = settings.accounts[source].kind
        self.scratch = settings.home.derived / "runs" / RUN_ID
        self.as_of = night_of(settings, self.store, None, None, datetime.now(UTC))

    def run(self, say: Callable[[str], None]) -> None:
        """Contract to core. What a night would refuse stands in `refusals` and `errors`, and ends
        the trial there. Errors: `ContractError`, `FileNotFoundError`, `DbtError`."""
        feeds_of(self.settings.kinds)
        with self.meter.step("load"):
            self._load(say)
        say("dbt: reading the models")
        with self.meter.step("parse"):
            self.dbt.parse()
        try:
            self._build(say)
        except (Refused, RuntimeError):
            return  # what is wrong stands in `refusals` or `errors`

    def _load(self, say: Callable[[str], None]) -> None:
        settings = self.settings
        day = last_complete_day(settings, self.as_of)
        generation = settings.home.generations / f"{RUN_ID}.duckdb"
        generation.parent.mkdir(parents=True)
        self.inputs = night_inputs(
            settings,
            self.store,
            run_id=RUN_ID,
            as_of=self.as_of,
            as_of_date=day,
            generation=generation,
            scratch=self.scratch,
        )
        say(RAW)
        self.load_report = load(
            settings.landing,
            settings.raw,
            self.store,
            settings.contracts,
            settings.enabled_sources,
            as_of=self.as_of,
            as_of_date=day,
            run_id=RUN_ID,
        )
        # Likeness is weighed over all sources: a trial of one joins nobody by it.
        nothing = {
            f"steps.{table}": Relation(STEP_COLUMNS[table]) for table in STEP_TABLES["match"]
        }
        raw = raw_relations(settings, self.store, settings.contracts, self.as_of)
        self.inputs = self.inputs.with_relations(raw | nothing)
        self.inputs_path = self.inputs.save(settings.home.path / "inputs.json")
        connect(self.inputs, write=True).close()
        self.count_rows(RAW)
        contract = settings.contracts[self.source]
        self._guard(RAW, [table.raw_name for table in contract.tables.values()])

    def _build(self, say: Callable[[str], None]) -> None:
        wanted = wanted_models(self.dbt.manifest, self.kind)
        tests = other_tests(self.dbt.manifest, self.kind)
        models = [node.split(".")[-1] for node in sorted(wanted)]
        # Two builds with the step of the phone numbers between them, as a night has them.
        for step, select, exclude in (
            (None, models, [*tests, _AFTER_PHONES]),
            ("phones", [f"{name},{_AFTER_PHONES}" for name in models], tests),
        ):
            if step:
                say(f"step {step}")
                self.run_step(step)
            say("staging, identity" if step is None else "identity, core")
            with self.meter.step(f"build {step or 'first'}"):
                self.build(select, exclude, lambda event: None, f"trial_{step or 'first'}")
        for layer in LAYERS:
            self.count_rows(layer)
            self._guard(layer, models)

    def _guard(self, layer: str, tables: Collection[str]) -> None:
        accounts = {name: account.kind for name, account in self.settings.accounts.items()}
        guarded = [name for name in guarded_tables(layer, accounts) if name in tables]
        own = [name for name in guarded if layer != "staging" or f"_{self.kind}__" in name]
        if own:
            with self.meter.step(f"gate {layer}"):
                self.enforce(self.check(layer, own))

    def close(self) -> None:
        """Let go of everything; the folder is the caller's to remove."""
        self.meter.stop()
        self.store.close()


def wanted_models(manifest: Any, kind: str) -> frozenset[str]:
    """The source's staging models, the core models that their rows reach, the records about people
    and the customers made of them; with all that these read."""
    models = {
        name: node
        for name, node in manifest.nodes.items()
        if node.resource_type in ("model", "seed")
    }
    staged = {name for name, node in models.items() if node.name.startswith(f"stg_{kind}__")}
    left = [*_reached_in_core(models, staged)]
    read_by_step = {table.split(".")[1] for table in STEPS["phones"]}
    left += [name for name, node in models.items() if node.name in {*PEOPLE, *read_by_step}]
    wanted: set[str] = set()
    while left:
        name = left.pop()
        if name in models and name not in wanted:
            wanted.add(name)
            left += models[name].depends_on_nodes
    return frozenset(wanted)


def _reached_in_core(models: Mapping[str, Any], staged: Collection[str]) -> set[str]:
    """The staging models and what reads them in core, by however many steps."""
    found = set(staged)
    core = {name: node for name, node in models.items() if node.schema == "core"}
    while True:
        more = {
            n for n, node in core.items() if n not in found and found & {*node.depends_on_nodes}
        }
        if not more:
            return found
        found |= more


def other_tests(manifest: Any, kind: str) -> list[str]:
    """Tests that ask for more than the source's own staging models, and what these are united to
    and who they are about: with one source, most of them say nothing."""
    names = []
    for node in manifest.nodes.values():
        if node.resource_type == "test":
            read = {name.split(".")[-1] for name in node.depends_on_nodes}
            own = {name for name in read if name.startswith((f"stg_{kind}__", "source_"))}
            if read - own or not read:
                names.append(node.name)
    return names


def prepare_dbt(settings: Settings, folder: Path) -> DbtRunner:
    """A runner in a folder of its own, which begins with what the last night had parsed."""
    parsed = settings.home.dbt / "target" / "partial_parse.msgpack"
    if parsed.is_file():
        (folder / "target").mkdir(parents=True)
        shutil.copyfile(parsed, folder / "target" / parsed.name)
    return DbtRunner(folder)

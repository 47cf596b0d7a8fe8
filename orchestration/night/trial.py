"""A trial: one source on its own files, from its contract to core, with what a night would say.

It is a workbench in a folder of its own that is removed afterwards. The landing zone is read;
nothing is written to the home, published or sent. Central bank rates are read beside the source
where they are switched on, so that foreign amounts have a value.
"""

import json
import shutil
from collections.abc import Callable, Collection
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from expectations.catalog import guarded_tables
from expectations.report import GateResult
from ingestion.layers import RAW
from ingestion.load.loader import LoadReport, load
from ingestion.sql import quote
from orchestration.control.store import ControlStore
from orchestration.layers import STEP_TABLES
from orchestration.night.clock import last_complete_day, night_of
from orchestration.night.gate_process import GateProcess
from orchestration.night.night_inputs import night_inputs, raw_relations
from orchestration.night.trial_nodes import READING_STEPS, trial_nodes
from orchestration.night.workbench import Refused, Workbench, without_values
from orchestration.settings import Home, Settings, StorageSettings
from orchestration.steps.run import STEP_COLUMNS
from orchestration.warehouse.connection import connect
from orchestration.warehouse.dbt_runner import PARTIAL_PARSE, DbtRunner
from orchestration.warehouse.feeds import check_feeds
from orchestration.warehouse.generations import Generations
from orchestration.warehouse.inputs import Relation

RUN_ID = "trial"
RATES = "ecb"
# Of a table that all sources fill only these guards decide in a trial: those that name the source,
# and the sums of staging and of core. Shares and "has rows" are of the whole base.
_DECIDES = ("rows of staging", "money of staging")
LAYERS = ("staging", "identity", "core")


def settings_for_trial(settings: Settings, source: str, folder: Path) -> Settings:
    """The settings with a home in `folder`; of the sources only this one and the rates are read.
    One thread, unless the owner limits them to another number: over the small tables of a trial
    more of them cost a twentieth."""
    sources = {
        name: entry
        if name == source or (entry.kind or name) == RATES
        else entry.model_copy(update={"enabled": False})
        for name, entry in settings.sources.items()
    }
    landing = settings.storage.landing or str(settings.home.extracts)
    values = {name: getattr(settings, name) for name in Settings.model_fields}
    return Settings(
        **values
        | {
            "sources": sources,
            "pulls": {},
            "limits": replace(settings.limits, threads=settings.limits.threads or 1),
            "home": Home(folder),
            "storage": StorageSettings(landing=landing),
        }
    )


class Trial(Workbench):
    """The trial of one account. `settings` are those of `settings_for_trial`; `published` are the
    generations of the real home, if anything was published there."""

    load_report: LoadReport

    def __init__(
        self,
        settings: Settings,
        source: str,
        dbt: DbtRunner,
        gates: GateProcess,
        published: Generations | None = None,
    ) -> None:
        super().__init__(settings, RUN_ID, ControlStore.open(settings.home.store), gates, dbt)
        self.source = source
        self.published = published
        self.kind = settings.accounts[source].kind
        self.scratch = settings.home.derived / "runs" / RUN_ID
        self.as_of = night_of(settings, self.store, None, None, datetime.now(UTC))

    def run(self, say: Callable[[str], None]) -> None:
        """Contract to core. What a night would refuse stands in `refusals` and `errors`, and ends
        the trial there. Errors: `ContractError`, `FileNotFoundError`, `DbtError`."""
        check_feeds(self.settings.kinds)
        try:
            self._load(say)
            say("dbt: reading the models")
            self.dbt.parse(write=False)
            self._build(say)
        except Refused:
            return  # why stands in `refusals`
        except duckdb.Error as error:
            self.errors.append(without_values(str(error)))
        except RuntimeError:
            if not self.errors:  # else a model could not be built, and why stands there
                raise

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
        connect(self.inputs.reading([]), write=True).close()
        self.count_rows(RAW)
        contract = settings.contracts[self.source]
        self._guard(RAW, [table.raw_name for table in contract.tables.values()])

    def _build(self, say: Callable[[str], None]) -> None:
        first, then = trial_nodes(self.dbt.manifest, self.kind)
        first -= self._borrow(first)
        say("staging, records about people")
        self._build_nodes("staging", "first", first)
        for step in READING_STEPS:
            say(f"step {step}")
            self.run_step(step)
        say("identity, core")
        self._build_nodes("core", "then", then)
        tables = {name.split(".")[-1] for name in (*first, *then)}
        for layer in LAYERS:
            self.count_rows(layer)
            self._guard(layer, tables)
        self._price(say)

    def _borrow(self, nodes: Collection[str]) -> set[str]:
        """Other sources' staging tables are empty in a trial: those whose model has not changed
        since the published night are made after its tables, which costs no build. Returns them."""
        if self.published is None:
            return set()
        manifest = self.published.manifest(self.published.current())
        known = json.loads(manifest.read_text(encoding="utf-8"))["nodes"]
        read = (f"stg_{self.kind}__", f"stg_{RATES}__")
        borrowed = set()
        connection = connect(self.inputs.reading([]), write=True)
        try:
            file = self.published.file(self.published.current())
            connection.execute(f"attach {quote(str(file))} as published (read_only)")
            connection.execute("create schema if not exists clientele.staging")
            for name in nodes:
                node = self.dbt.manifest.nodes[name]
                then = known.get(name, {}).get("checksum", {}).get("checksum")
                is_other = node.schema == "staging" and not node.name.startswith(read)
                if is_other and then == node.checksum.checksum:
                    table = f'staging."{node.name}"'
                    connection.execute(
                        f"create table clientele.{table} as from published.{table} limit 0"
                    )
                    borrowed.add(name)
        finally:
            connection.close()
        return borrowed

    def _build_nodes(self, layer: str, name: str, nodes: Collection[str]) -> None:
        tag = f"trial_{name}"
        # One tag instead of a hundred names: dbt looks at the whole project for each.
        for node in nodes:
            self.dbt.manifest.nodes[node].tags.append(tag)
        self.build(layer, [f"tag:{tag}"], [], lambda event: None, tag, indirect="empty")

    def _guard(self, layer: str, tables: Collection[str]) -> None:
        accounts = {name: account.kind for name, account in self.settings.accounts.items()}
        guarded = [name for name in guarded_tables(layer, accounts) if name in tables]
        own = [name for name in guarded if layer != "staging" or f"_{self.kind}__" in name]
        if own:
            results = self.check(layer, own)
            self.enforce([result for result in results if self.decides(result)])

    def decides(self, result: GateResult) -> bool:
        """Whether a gate says something of this source, and not only of the whole base."""
        if result.layer in (RAW, "staging") or result.status == "errored":
            return True
        name = result.expectation
        return name.endswith(f" of {self.source}") or (
            f" of {self.source} " in name or name.startswith(_DECIDES)
        )

    def _price(self, say: Callable[[str], None]) -> None:
        """Tell of orders that would be findings, since they have no rate on their day."""
        if not self.rows.get("core.orders"):
            return
        with closing(connect(self.inputs.reading([]))) as connection:
            ((unpriced,),) = connection.execute(
                "select count(*) from core.orders where exchange_rate is null"
            ).fetchall()
        if unpriced:
            say(
                f"{unpriced:,} orders are in a currency without a rate on their day, and in no"
                f" figure: deliver {RATES}, or correct the currency"
            )

    def close(self) -> None:
        """Let go of everything; the folder is the caller's to remove."""
        self.meter.stop()
        self.store.close()


def prepare_dbt(settings: Settings, folder: Path) -> DbtRunner:
    """A runner in a folder of its own, which begins with what the last night had parsed."""
    (folder / "target").mkdir(parents=True)
    for parsed in (settings.home.dbt / "target").glob(f"{PARTIAL_PARSE}*"):  # and its digest
        shutil.copyfile(parsed, folder / "target" / parsed.name)
    return DbtRunner(folder)

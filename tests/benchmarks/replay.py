"""Topic `replay`: nights that send kept statements again, held against the same nights by dbt.

Two homes get the same extracts, night after night; one has `replay: on`. Its nights are killed
while they send, then run again. Then come nights whose data fail a dbt test in one layer each, a
test that had passed when the layer's statements were kept.
"""

import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from ingestion.layers import LAYERS
from ingestion.samples.shop import make_sample
from orchestration.settings import PROJECT
from orchestration.warehouse.dbt_runner import parts_of

CUSTOMERS, SEED, LAST_DAY = 300, 17, date(2026, 6, 30)
NIGHTS = 7
# The n-th statement that a killed night has sent: in staging, identity, core and marts.
KILLS = (40, 110, 190, 260, 330)
# Layer → a table of it that is never empty in the sample.
TABLES = {
    "staging": "stg_zendesk__users",
    "identity": "identity_map",
    "core": "orders",
    "marts": "customer_360",
    "segments": "seg_lapsing_customers",
    "sync": "sync_hubspot_contacts",
}
# Fails when somebody of that name has written to the desk. Every layer descends from the desk's
# users: dbt runs a test of two tables only where one stands below the other.
TEST = """select users.record_id
from {{{{ ref('stg_zendesk__users') }}}} as users
where
    users.first_name = 'Break' and users.last_name = '{layer}'
    and exists (select 1 from {{{{ ref('{table}') }}}})
"""
_EDIT = "-- nothing else\n"
PARTS = [part.name for layer in LAYERS for part in parts_of(layer)]
KEPT_OF_REPORT = (
    *("status", "exit_code", "kind", "as_of", "files", "rows", "quarantined", "drift", "identity"),
    *("money", "gates", "syncs", "waiting", "refusals", "errors", "content_hash"),
)


@dataclass(frozen=True)
class Ended:
    """How one night of one home ended."""

    code: int
    cpu_s: float
    report: dict[str, Any]
    tables: dict[str, Any]
    dagster: list[str]
    parts: dict[str, str]


def measure(size: str = "full") -> list[dict[str, Any]]:
    """All figures of the topic; `tiny` has three nights, one kill and one refusal."""
    tiny = size == "tiny"
    nights, kills = (3, KILLS[:1]) if tiny else (NIGHTS, KILLS)
    refused = LAYERS[:1] if tiny else LAYERS
    with tempfile.TemporaryDirectory(prefix="clientele-figures-") as folder:
        bench = Bench(Path(folder), nights + len(refused))
        differences, spent, killed = [], [], 0
        for number in range(nights):
            by_dbt = bench.night("off", number)
            if 1 <= number <= len(kills):
                killed += bench.kill("on", number, kills[number - 1])
            again = bench.night("on", number)
            differences += _differences(by_dbt, again, f"night {number}")
            if number and set(again.parts.values()) != {"sent again"}:
                differences.append(f"night {number}: {again.parts}")
            if number:
                spent.append(again.cpu_s / by_dbt.cpu_s)
        bench.edit("core", "tickets")
        edited = bench.night("on", nights - 1)
        rebuilt = sorted(part for part in PARTS if edited.parts.get(part) != "sent again")
        bench.edit("core", "tickets", back=True)
        wrong = []
        for number, layer in enumerate(refused, nights):
            bench.deliver(number, f"Break {layer}")
            by_dbt, again = bench.night("off", number), bench.night("on", number)
            wrong += _differences(by_dbt, again, f"refused in {layer}")
            if by_dbt.code != 2:
                wrong.append(f"refused in {layer}: dbt's night ended with {by_dbt.code}")
        for line in differences + wrong:
            print(line, file=sys.stderr)
    return [
        _figure(
            "replay_differences",
            len(differences),
            "differences",
            "= 0",
            f"{nights} nights of different days, {CUSTOMERS} customers, the others of them killed"
            " before: exit code, report, table hashes, columns, comments, constraints, Dagster's"
            " events with checks, severities, blocking and labels",
        ),
        _figure(
            "parts_built_after_one_edit",
            len(rebuilt),
            f"of {len(PARTS)} parts",
            "<= 2",
            f"core/tickets.sql was edited; dbt built {', '.join(rebuilt) or 'nothing'}",
        ),
        _figure("replay_kills", killed, "nights", f">= {len(kills)}", "killed while they sent"),
        _figure(
            "refusals_that_differ",
            len(wrong),
            "differences",
            "= 0",
            f"{len(refused)} whole nights, refused by a dbt test in {', '.join(refused)}",
        ),
        _figure(
            "replay_night_ratio",
            round(statistics.median(spent), 2),
            "",
            "",
            "CPU of a night that sends again to the same night by dbt, median",
        ),
    ]


def _figure(name: str, value: Any, unit: str, bar: str, note: str = "") -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, "bar": bar, "note": note}


class Bench:
    """A copy of the project with a test in every layer that data can fail, and two homes."""

    def __init__(self, folder: Path, days: int) -> None:
        self.folder, self.days = folder, days
        self.key = folder / "installation.key"
        self.key.write_text("0" * 64, encoding="ascii")
        self.project = folder / "project"
        for name in ("ingestion", "dbt_project", "expectations", "orchestration"):
            shutil.copytree(
                PROJECT / name, self.project / name, ignore=shutil.ignore_patterns("__pycache__")
            )
        shutil.copy(PROJECT / "pyproject.toml", self.project)
        for layer, table in TABLES.items():
            file = self.project / "dbt_project" / "tests" / f"nothing_broken_in_{layer}.sql"
            file.write_text(TEST.format(layer=layer, table=table), encoding="utf-8")
        settings = (PROJECT / "clientele.yml").read_text(encoding="utf-8")
        for switch in ("on", "off"):
            text = re.sub(r"(?m)^replay: \w+", f"replay: {switch}", settings)
            (folder / f"{switch}.yml").write_text(text, encoding="utf-8")

    def night(self, switch: str, number: int) -> Ended:
        """One night, as the command runs it."""
        home, before = self.folder / switch, _children()
        done = self._run(switch, number)
        if done.returncode not in (0, 2, 3):
            raise RuntimeError(f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
        spent = _children() - before
        print(f"night {number}, replay {switch}: {done.returncode}, {spent:.0f} CPU s", flush=True)
        report = json.loads((home / "nights" / "latest.json").read_text(encoding="utf-8"))
        return Ended(
            done.returncode,
            spent,
            {name: report.get(name) for name in KEPT_OF_REPORT},
            _tables(home, report["run_id"]),
            _dagster(home / "dagster"),
            report["parts"],
        )

    def kill(self, switch: str, number: int, statement: int) -> int:
        """The same night, killed after the n-th node that it sends; 1 when it was."""
        done = self._run(switch, number, CLIENTELE_KILLPOINT=f"replay-sent:{statement}")
        return int(done.returncode < 0)

    def edit(self, layer: str, model: str, *, back: bool = False) -> None:
        """An analyst's edit of one model, or the way back."""
        file = self.project / "dbt_project" / "models" / layer / f"{model}.sql"
        text = file.read_text(encoding="utf-8")
        file.write_text(text.removesuffix(_EDIT) if back else text + _EDIT, encoding="utf-8")

    def deliver(self, number: int, name: str) -> None:
        """Somebody more who has written to the desk, in both homes; the next name is theirs."""
        day = self._day(number)
        person = {"id": 999_999, "role": "end-user", "name": name, "active": True}
        person |= {"created_at": f"{self._day(0)}T12:00:00.000Z"}
        person |= {"updated_at": f"{day}T12:00:00.000Z"}
        for switch in ("on", "off"):
            self._extracts(switch, number)
            file = self.folder / switch / "extracts" / "zendesk" / f"users-{day}-0099.jsonl"
            file.write_text(json.dumps(person) + "\n", encoding="utf-8")

    def _day(self, number: int) -> date:
        return LAST_DAY - timedelta(days=self.days - 1 - number)

    def _extracts(self, switch: str, number: int) -> None:
        home = self.folder / switch
        make_sample(
            home / "extracts",
            home / "truth",
            customers=CUSTOMERS,
            seed=SEED,
            nights=self.days,
            until=self._day(number),
        )

    def _run(self, switch: str, number: int, **more: str) -> "subprocess.CompletedProcess[str]":
        self._extracts(switch, number)
        night = (self._day(number) + timedelta(days=1)).isoformat()
        command = [sys.executable, "-m", "orchestration.cli.main"]
        command += ["--home", str(self.folder / switch)]
        command += ["--settings", str(self.folder / f"{switch}.yml"), "nightly", "--as-of", night]
        given = {"PYTHONPATH": str(self.project), "CLIENTELE_KEY_FILE": str(self.key)}
        return subprocess.run(
            command,
            cwd=self.project,
            env=os.environ | given | more,
            capture_output=True,
            text=True,
            check=False,
        )


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _differences(by_dbt: Ended, again: Ended, where: str) -> list[str]:
    """What is otherwise, one line each."""
    found = []
    for name in KEPT_OF_REPORT:
        if by_dbt.report[name] != again.report[name]:
            found.append(f"{where}: report {name}")
            found.append(f"  dbt   {by_dbt.report[name]}\n  again {again.report[name]}")
    if by_dbt.code != again.code:
        found.append(f"{where}: exit code {by_dbt.code} and {again.code}")
    for table in sorted(by_dbt.tables.keys() | again.tables.keys()):
        if by_dbt.tables.get(table) != again.tables.get(table):
            found.append(f"{where}: {table}")
    found += [f"{where}: only dbt's: {line}" for line in _beyond(by_dbt.dagster, again.dagster)]
    found += [f"{where}: only again: {line}" for line in _beyond(again.dagster, by_dbt.dagster)]
    return found


def _beyond(these: list[str], those: list[str]) -> list[str]:
    left = list(those)
    more = []
    for line in these:
        if line in left:
            left.remove(line)
        else:
            more.append(line)
    return more


def _tables(home: Path, run_id: str) -> dict[str, Any]:
    """Every table of a night's generation: hash, columns, comments, constraints."""
    described = home / "generations" / f"gen-{run_id}.json"
    found: dict[str, Any] = {}
    if described.exists():
        sealed = json.loads(described.read_text(encoding="utf-8"))
        found = {table["table"]: [table["rows"], table["hash"]] for table in sealed["tables"]}
    file = home / "generations" / f"gen-{run_id}.duckdb"
    with duckdb.connect(str(file), read_only=True) as connection:
        queries = (
            "select schema_name || '.' || table_name, comment, null, null, null, null"
            " from duckdb_tables()",
            "select schema_name || '.' || table_name, column_index, column_name, data_type,"
            " comment, is_nullable from duckdb_columns() where not internal",
            "select schema_name || '.' || table_name, constraint_type, constraint_text, null, null,"
            " null from duckdb_constraints()",
        )
        for query in queries:
            for table, *said in connection.execute(query + " order by all").fetchall():
                found.setdefault(table, []).append(said)
    return found


def _dagster(folder: Path) -> list[str]:
    """What Dagster has of its last run that is no time, id or place: events by kind, checks with
    result, severity, blocking and labels, materialisations and observations with labels."""
    import dagster as dg

    lines = []
    with dg.DagsterInstance.from_config(str(folder)) as instance:
        (run,) = instance.get_runs(limit=1)
        for entry in instance.all_logs(run.run_id):
            event = entry.dagster_event
            if event is None:
                continue
            line = f"{event.event_type_value} {event.step_key} {event.asset_key}"
            if event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
                data = event.asset_check_evaluation_data
                line += (
                    f" {data.check_name} {data.passed} {data.severity} {data.blocking}"
                    f" {sorted(data.metadata)}"
                )
                line += f" {data.metadata['status'].value if 'status' in data.metadata else ''}"
            elif event.is_step_materialization:
                line += f" {sorted(event.step_materialization_data.materialization.metadata)}"
            elif event.is_asset_observation:
                line += f" {sorted(event.asset_observation_data.asset_observation.metadata)}"
            lines.append(line)
    return sorted(lines)

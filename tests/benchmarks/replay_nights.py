"""Two homes of one shop, for nights by dbt and by kept statements side by side."""

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

from commands import cpu_of_children
from replay_seen import KEPT_OF_REPORT, Ended, dagster_of, tables_of

from ingestion.samples.shop import make_sample
from orchestration.settings import PROJECT

CUSTOMERS, SEED, LAST_DAY = 300, 17, date(2026, 6, 30)
# Layer → a table of it that is never empty in the sample.
TABLES = {
    "staging": "stg_zendesk__users",
    "identity": "identity_map",
    "core": "orders",
    "marts": "customer_360",
    "segments": "seg_lapsing",
    "sync": "sync_hubspot__contacts",
}
# Fails when somebody of that name has written to the desk. Every layer descends from the desk's
# users: dbt runs a test of two tables only where one stands below the other.
TEST = """select users.record_id
from {{{{ ref('stg_zendesk__users') }}}} as users
where
    users.first_name = 'Break' and users.last_name = '{layer}'
    and exists (select 1 from {{{{ ref('{table}') }}}})
"""


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
        home, before = self.folder / switch, cpu_of_children()
        done = self._run(switch, number)
        if done.returncode not in (0, 2, 3):
            raise RuntimeError(f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
        spent = cpu_of_children() - before
        print(f"night {number}, replay {switch}: {done.returncode}, {spent:.0f} CPU s", flush=True)
        text = (home / "nights" / "latest.json").read_text(encoding="utf-8")
        run_id = json.loads(text)["run_id"]
        report = json.loads(text.replace(run_id, "<run>").replace(str(home), "<home>"))
        return Ended(
            done.returncode,
            spent,
            {name: report.get(name) for name in KEPT_OF_REPORT},
            tables_of(home, run_id),
            dagster_of(home / "dagster"),
            report["parts"],
        )

    def kill(self, switch: str, number: int, statement: int) -> bool:
        """The same night, killed after the n-th node that it sends; whether it was."""
        done = self._run(switch, number, CLIENTELE_KILLPOINT=f"replay-sent:{statement}")
        return done.returncode < 0

    def edit(self, layer: str, model: str) -> None:
        """An analyst's edit of one model."""
        file = self.project / "dbt_project" / "models" / layer / f"{model}.sql"
        text = file.read_text(encoding="utf-8")
        file.write_text(f"{text}-- nothing else\n", encoding="utf-8")

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

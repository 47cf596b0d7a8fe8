"""A draft: single assets built from the Dagster UI.

It works on a copy of the published generation and is never published or sent.
"""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from orchestration.control.store import ControlStore
from orchestration.layers import STEP_TABLES
from orchestration.night.gate_process import GateProcess
from orchestration.night.night_inputs import step_relations
from orchestration.night.workbench import Workbench
from orchestration.settings import Settings
from orchestration.warehouse.dbt_runner import DbtRunner
from orchestration.warehouse.generations import Generations

KEPT = 3


class Draft(Workbench):
    """A copy of the published generation under `drafts/`, for looking at what a change does.

    Only the newest few are kept.
    """

    def __init__(self, settings: Settings, run_id: str, gates: GateProcess, dbt: DbtRunner) -> None:
        store = ControlStore.open(settings.home.store)
        super().__init__(settings, run_id, store, gates, dbt)
        published = Generations(settings.home.generations).current_inputs()
        settings.home.drafts.mkdir(parents=True, exist_ok=True)
        _prune(settings.home.drafts, KEPT - 1)
        file = settings.home.drafts / f"draft-{run_id}.duckdb"
        # A published generation is never written again, so a plain copy of its file
        # is a consistent one.
        shutil.copyfile(published.generation, file)
        self.scratch = settings.home.drafts / f"draft-{run_id}"
        self.inputs = replace(published, generation=file)
        self.inputs_path = self.inputs.save(settings.home.drafts / f"draft-{run_id}.inputs.json")

    def run_step(self, name: str) -> dict[str, Any]:
        """As a night does; what is built afterwards reads the draft's own result in place of
        the published one."""
        report = super().run_step(name)
        own = step_relations(self.scratch, STEP_TABLES[name])
        self.inputs = self.inputs.with_relations(own)
        self.inputs.save(self.inputs_path)
        return report

    def close(self) -> None:
        self.meter.stop()
        self.store.close()


def _prune(drafts: Path, kept: int) -> None:
    """Remove all but the newest `kept` drafts: each is as large as the published generation."""
    files = sorted(
        drafts.glob("draft-*.duckdb"), key=lambda file: file.stat().st_mtime_ns, reverse=True
    )
    for file in files[kept:]:
        shutil.rmtree(file.with_suffix(""), ignore_errors=True)
        for part in (file.with_suffix(".inputs.json"), file.with_name(f"{file.name}.wal"), file):
            part.unlink(missing_ok=True)

"""A whole night without Dagster and without gates: the same functions in the same order,
for tests that need many nights."""

from datetime import datetime
from pathlib import Path
from typing import Any

from ingestion.layers import LAYERS, RAW
from orchestration.layers import STEP_LAYER
from orchestration.night.night import Night
from orchestration.night.report import make_report
from orchestration.settings import Settings, load_settings
from orchestration.warehouse.dbt_runner import DbtRunner, parts_of


class NoGates:
    """Stands where the gates' process would."""

    def close(self) -> None:
        """Nothing runs."""


def settings_of(home: Path, settings: Path | None = None) -> Settings:
    return load_settings(settings, home)


def run_plain(
    settings: Settings, runner: DbtRunner, run_id: str, as_of: datetime | None = None
) -> dict[str, Any]:
    """Load, build every layer, seal, publish; the night's report."""
    steps: dict[str, list[str]] = {}  # part → the steps behind it
    for step, layer in STEP_LAYER.items():
        steps.setdefault(parts_of(layer)[0].name, []).append(step)
    night = Night(settings, run_id, NoGates(), runner, as_of=as_of)  # type: ignore[arg-type]
    try:
        night.load()
        night.count_rows(RAW)
        for layer in LAYERS:
            for part in parts_of(layer):
                select, exclude = part.select.split(), part.exclude.split()
                night.build(layer, select, exclude, lambda event: None, part.name)
                for step in steps.get(part.name, []):
                    night.run_step(step)
            night.count_rows(layer)
        night.seal()
        night.publish()
    finally:
        report = make_report(night)
        night.finish(report)
    return report

"""A whole night without Dagster and without gates: the same functions in the same order, for tests that need many nights."""

from datetime import datetime
from pathlib import Path
from typing import Any

from orchestration.dbt_runner import DbtRunner, parts_of
from orchestration.layers import LAYERS, STEP_LAYER
from orchestration.night import Night
from orchestration.settings import Settings, load_settings
from orchestration.summary import make_report


class NoGates:
    """Stands where the gates' process would."""

    def close(self) -> None:
        """Nothing runs."""


def settings_of(home: Path, settings: Path | None = None) -> Settings:
    return load_settings(settings, home)


def run_plain(settings: Settings, runner: DbtRunner, run_id: str, as_of: datetime | None = None) -> dict[str, Any]:
    """Load, build every layer without its tests, seal, publish; the night's report."""
    night = Night(settings, run_id, NoGates(), runner, as_of=as_of)  # type: ignore[arg-type]
    try:
        night.load()
        night.count_rows("raw")
        for layer in LAYERS:
            step = next((step for step, where in STEP_LAYER.items() if where == layer), None)
            for part in parts_of(layer):
                night.build(part.select.split(), [*part.exclude.split(), "resource_type:test"], lambda event: None, part.name)
                if step and part.name.endswith(f"before_{step}"):
                    night.run_step(step)
            night.count_rows(layer)
        night.seal()
        night.publish()
    finally:
        report = make_report(night)
        night.finish(report)
    return report

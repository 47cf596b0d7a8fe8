"""A whole night without Dagster and without gates: the same functions in the same order,
for tests that need many nights."""

from datetime import datetime
from pathlib import Path
from typing import Any

from ingestion.layers import LAYERS
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


# What one dbt call can build: everything up to the next Python steps.
BUILDS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("staging", "identity_before_phones"), ("phones", "match")),
    (("identity_after_phones", "core", "marts_before_ltv"), ("ltv",)),
    (("marts_after_ltv", "segments", "sync"), ()),
)


def run_plain(
    settings: Settings, runner: DbtRunner, run_id: str, as_of: datetime | None = None
) -> dict[str, Any]:
    """Load, build every layer without its tests, seal, publish; the night's report."""
    parts = {part.name: part for layer in LAYERS for part in parts_of(layer)}
    assert set(parts) == {name for names, _ in BUILDS for name in names}
    night = Night(settings, run_id, NoGates(), runner, as_of=as_of)  # type: ignore[arg-type]
    try:
        night.load()
        for names, steps in BUILDS:
            select = " ".join(parts[name].select for name in names).split()
            exclude = " ".join(parts[name].exclude for name in names).split()
            layer = names[0].split("_")[0]
            without = [*exclude, "resource_type:test"]
            night.build(layer, select, without, lambda event: None, names[-1])
            for step in steps:
                night.run_step(step)
        for layer in ("raw", *LAYERS):
            night.count_rows(layer)
        night.seal()
        night.publish()
    finally:
        report = make_report(night)
        night.finish(report)
    return report

"""How a night builds its models: as its settings want it."""

from orchestration.settings import Settings
from orchestration.warehouse.dbt_runner import DbtRunner
from orchestration.warehouse.replay.runner import ReplayingDbt


def night_dbt(settings: Settings) -> DbtRunner:
    """dbt, which sends again what it has sent before unless the settings say `replay: off`."""
    if not settings.replay:
        return DbtRunner(settings.home.dbt)
    return ReplayingDbt(settings.home.dbt, settings.home.derived / "replay")

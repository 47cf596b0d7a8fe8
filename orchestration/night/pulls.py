"""The night's pulls: what the settings declare, checked against the contracts and done before
the load. Nothing here imports Dagster."""

from collections.abc import Mapping
from datetime import date

from ingestion.contracts.contract import SourceContract
from ingestion.pull.declared import PullError, misfit, table_of
from ingestion.pull.run import PullOutcome, pull_all
from orchestration.control.store import ControlStore
from orchestration.settings import Settings, SettingsError, secret


def check_pulls(settings: Settings, contracts: Mapping[str, SourceContract]) -> None:
    """Errors: `SettingsError` that names the pull which cannot feed its table, and the remedy."""
    for name, pull in settings.pulls.items():
        if wrong := misfit(name, pull, contracts):
            raise SettingsError(f"{settings.file}: pulls.{name}: {wrong}")


def pull_night(
    settings: Settings,
    store: ControlStore,
    contracts: Mapping[str, SourceContract],
    *,
    day: date,
    run_id: str,
) -> list[PullOutcome]:
    """APIs and databases → landing zone, as extracts of the business date `day`.

    A pull that fails is an outcome, not an error.
    """
    settings.landing.make()
    pulls = {}
    for name, pull in settings.enabled_pulls.items():
        table = table_of(name, contracts)
        if table and table.source in settings.enabled_sources:
            pulls[name] = pull
    return pull_all(pulls, settings.landing, store, contracts, _secret, day=day, run_id=run_id)


def _secret(variable: str) -> str:
    try:
        return secret(variable, "this pull")
    except SettingsError as error:
        raise PullError(str(error)) from None

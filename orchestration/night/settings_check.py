"""The settings held against what there is: accounts, kinds of destinations, what a pull feeds."""

from expectations.core.finding_shares import RULES
from orchestration.night.pulls import check_pulls
from orchestration.reverse_etl.destinations import available, readable_on_the_way
from orchestration.settings import Settings, SettingsError
from orchestration.warehouse.feeds import check_feeds, feeds_of


def check_settings(settings: Settings) -> None:
    """A source or destination that nothing knows would be silently left out.

    Errors: `ContractError` or `SettingsError` that names the file and the key.
    """
    feeds_of(settings.kinds)
    check_feeds(settings.kinds)
    known = available()
    for name, place in settings.destinations.items():
        kind = str(place.options.get("kind", name))
        if kind not in known:
            raise SettingsError(
                f"{settings.file}: destinations.{name}: there is no"
                f" orchestration/reverse_etl/destinations/{kind}.py; known are {', '.join(known)}"
            )
        if not place.insecure and (wrong := readable_on_the_way(place.base_url, place.options)):
            raise SettingsError(f"{settings.file}: destinations.{name}: {wrong}")
    if unknown := sorted(settings.findings.keys() - {"default", *RULES}):
        raise SettingsError(
            f"{settings.file}: findings.{unknown[0]}: there is no such rule; known are default,"
            f" {', '.join(RULES)}"
        )
    check_pulls(settings, settings.contracts)

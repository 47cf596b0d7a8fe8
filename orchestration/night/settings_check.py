"""The settings held against what there is: contracts, kinds of destinations, what a pull feeds."""

from collections.abc import Mapping

from ingestion.contracts.contract import SourceContract
from orchestration.night.pulls import check_pulls
from orchestration.reverse_etl.destinations import available
from orchestration.settings import Settings, SettingsError


def check_settings(settings: Settings, contracts: Mapping[str, SourceContract]) -> None:
    """A source or destination that nothing knows would be silently left out.

    Errors: `SettingsError` that names the key.
    """
    kinds = {
        name: str(place.options.get("kind", name)) for name, place in settings.destinations.items()
    }
    for key, named, known, remedy in (
        (
            "sources",
            {name: name for name in settings.sources},
            sorted(contracts),
            "ingestion/sources/{}.yml",
        ),
        ("destinations", kinds, available(), "orchestration/reverse_etl/destinations/{}.py"),
    ):
        for name, wanted in named.items():
            if wanted not in known:
                missing = remedy.format(wanted)
                raise SettingsError(
                    f"{settings.file}: {key}.{name}: there is no {missing};"
                    f" known are {', '.join(known)}"
                )
    check_pulls(settings, contracts)

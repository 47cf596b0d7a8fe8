"""`clientele sample`: the extracts of a data set with known answers."""

from collections.abc import Callable
from datetime import date

from orchestration.settings import Settings, load_settings


def make(data_set: str, customers: int, seed: int, nights: int, until: date | None, say: Callable[[str], None] = print) -> None:
    """Write a data set's extracts to the landing zone."""
    settings = load_settings()
    if data_set == "cdnow":
        _make_cdnow(settings, say)
    else:
        _make_shop(settings, customers, seed, nights, until, say)


def make_if_empty(settings: Settings, say: Callable[[str], None]) -> None:
    """Make the data set that the settings read, unless something was delivered already."""
    landing = settings.home.extracts
    if landing.is_dir() and any(landing.iterdir()):
        return
    if "cdnow" in settings.enabled_sources:
        _make_cdnow(settings, say)
    else:
        _make_shop(settings, 2000, 7, 10, None, say)


def _make_shop(settings: Settings, customers: int, seed: int, nights: int, until: date | None, say: Callable[[str], None]) -> None:
    from ingestion.sample_shop import make_sample

    say(f"sample: making a shop with {customers:,} customers")
    report = make_sample(
        settings.home.extracts, settings.home.truth, customers=customers, seed=seed, nights=nights, until=until, progress=say
    )
    say(f"sample: {len(report.files):,} extract files in {settings.home.extracts}")


def _make_cdnow(settings: Settings, say: Callable[[str], None]) -> None:
    from ingestion.sample_cdnow import make_cdnow

    make_cdnow(settings.home.extracts)
    say(f"sample: the CDNOW purchases in {settings.home.extracts}")

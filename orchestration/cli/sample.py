"""`clientele sample`: the extracts of a data set with known answers."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from ingestion.storage.folder import Folder, empty_folder
from ingestion.storage.protocol import Storage
from orchestration.settings import Settings, load_settings

# What may be said of each data set.
OPTIONS = {
    "shop": {"customers", "seed", "nights", "until"},
    "cdnow": set[str](),
    "online_retail": {"published"},
}


def make(
    data_set: str,
    customers: int,
    seed: int,
    nights: int,
    until: date | None,
    published: Path | None = None,
    say: Callable[[str], None] = print,
) -> None:
    """Write a data set's extracts to the landing zone."""
    settings = load_settings()
    if data_set == "cdnow":
        _make_cdnow(settings, say)
    elif data_set == "online_retail":
        _make_online_retail(settings, published, say)
    else:
        _make_shop(settings, customers, seed, nights, until, say)


def make_if_empty(settings: Settings, say: Callable[[str], None]) -> None:
    """Make the data set that the settings read, unless something was delivered already."""
    landing = settings.landing
    if landing.exists() and any(True for _ in landing.files(hidden=(".", "_"))):
        return
    if "cdnow" in settings.enabled_sources:
        _make_cdnow(settings, say)
    elif "online_retail" in settings.enabled_sources:
        _make_online_retail(settings, None, say)
    else:
        _make_shop(settings, 2000, 7, 10, None, say)


def _make_shop(
    settings: Settings,
    customers: int,
    seed: int,
    nights: int,
    until: date | None,
    say: Callable[[str], None],
) -> None:
    from ingestion.samples.shop import make_sample

    say(f"sample: making a shop with {customers:,} customers")
    with _folder(settings.landing) as folder:
        report = make_sample(
            folder,
            settings.home.truth,
            customers=customers,
            seed=seed,
            nights=nights,
            until=until,
            progress=say,
        )
    say(f"sample: {len(report.files):,} extract files in {settings.landing}")


def _make_cdnow(settings: Settings, say: Callable[[str], None]) -> None:
    from ingestion.samples.cdnow import make_cdnow

    with _folder(settings.landing) as folder:
        make_cdnow(folder)
    say(f"sample: the CDNOW purchases in {settings.landing}")


def _make_online_retail(
    settings: Settings, published: Path | None, say: Callable[[str], None]
) -> None:
    from ingestion.samples.online_retail import make_online_retail

    with _folder(settings.landing) as folder:
        report = make_online_retail(folder, published)
    say(
        f"sample: {report.rows:,} lines of the Online Retail ledger in {settings.landing},"
        f" {report.amount:,} GBP in all"
    )


@contextmanager
def _folder(landing: Storage) -> Iterator[Path]:
    """Where the files are made: in the landing zone itself, or on this machine,
    to be put into its bucket afterwards."""
    if isinstance(landing, Folder):
        yield landing.root
        return
    empty_folder(landing.building)
    yield landing.building
    for path, _ in sorted(Folder(landing.building).files(hidden=(".", "_"))):
        landing.publish(landing.building / path, path)
    shutil.rmtree(landing.building)

"""The night's date: which moment, in load time, a run stands for."""

from datetime import UTC, date, datetime, time, timedelta

from ingestion.contracts import load_contracts
from ingestion.landing import newest_business_date
from orchestration.control.store import ControlStore
from orchestration.settings import Settings


def default_as_of(settings: Settings, store: ControlStore) -> datetime:
    """The night's date (UTC, naive) as the settings want it. Errors: `FileNotFoundError` when there is no extract to take it from."""
    wanted = settings.as_of
    if isinstance(wanted, date):
        return local_midnight(settings, wanted)
    if wanted == "midnight":
        return local_midnight(settings, datetime.now(settings.zone).date())
    newest = newest_business_date(settings.home.extracts, store, load_contracts(), settings.enabled_sources)
    if newest is None:
        raise FileNotFoundError(
            f"{settings.home.extracts}: no extract of an enabled source; run `clientele sample`, or deliver files named "
            "<source>/<table>-<YYYY-MM-DD>.<jsonl|csv>"
        )
    return local_midnight(settings, newest + timedelta(days=1))


def local_midnight(settings: Settings, day: date) -> datetime:
    """The first moment of a local day, as naive UTC."""
    return datetime.combine(day, time(), settings.zone).astimezone(UTC).replace(tzinfo=None)


def last_complete_day(settings: Settings, as_of: datetime) -> date:
    """The last local day that was over at `as_of` (naive UTC)."""
    return as_of.replace(tzinfo=UTC).astimezone(settings.zone).date() - timedelta(days=1)

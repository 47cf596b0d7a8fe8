"""The night's date: which moment, in load time, a run stands for."""

from datetime import UTC, date, datetime, time, timedelta

from ingestion.landing.scan import newest_business_date
from ingestion.ledger import Ledger
from orchestration.control.store import ControlStore
from orchestration.settings import Settings


class AsOfError(Exception):
    """The night that was asked for cannot be; the message says why."""


def latest_day(settings: Settings, store: ControlStore, now: datetime) -> date:
    """The last business day that a file may speak of: `future_days` after tomorrow, or after the
    newest that is in raw."""
    days = Ledger(store).business_dates(settings.enabled_sources)
    tomorrow = now.astimezone(settings.zone).date() + timedelta(days=1)
    return max([tomorrow, *days]) + timedelta(days=settings.future_days)


def default_as_of(settings: Settings, store: ControlStore, now: datetime) -> datetime:
    """The night's date (UTC, naive) as the settings want it.

    Errors: `FileNotFoundError` when there is no extract to take it from.
    """
    wanted = settings.as_of
    if isinstance(wanted, date):
        return local_midnight(settings, wanted)
    if wanted == "midnight":
        return local_midnight(settings, now.astimezone(settings.zone).date())
    newest = _newest_day(settings, store, now)
    if newest is None:
        raise FileNotFoundError(
            f"{settings.landing}: no extract of an enabled source; run `clientele sample`, "
            "or deliver files named <source>/<table>-<YYYY-MM-DD>.<jsonl|csv>"
        )
    return local_midnight(settings, newest + timedelta(days=1))


def night_of(
    settings: Settings,
    store: ControlStore,
    asked: datetime | None,
    published: str | None,
    now: datetime,
) -> datetime:
    """The moment (UTC, naive) that a run stands for: the one asked for,
    else as the settings want it.

    A night that nobody dated never goes back behind the `published` one: that would be a rebuild,
    every night again. One that was dated must not lie ahead of clock and extracts: every later
    night would be a rebuild. Errors: `AsOfError`, `FileNotFoundError`.
    """
    if asked is None and not isinstance(settings.as_of, date):
        wanted = default_as_of(settings, store, now)
        return (
            max(wanted, datetime.strptime(published, "%Y-%m-%dT%H:%M:%SZ")) if published else wanted
        )
    moment = asked or default_as_of(settings, store, now)
    if moment.tzinfo:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    newest = _newest_day(settings, store, now)
    known = local_midnight(settings, newest + timedelta(days=1)) if newest else datetime.min
    if moment > max(known, now.astimezone(UTC).replace(tzinfo=None)):
        raise AsOfError(
            f"the night of {moment} UTC is still to come, and no extract speaks of it;"
            " name an earlier day"
        )
    return moment


def _newest_day(settings: Settings, store: ControlStore, now: datetime) -> date | None:
    return newest_business_date(
        settings.landing,
        store,
        settings.contracts,
        settings.enabled_sources,
        latest_day(settings, store, now),
    )


def local_midnight(settings: Settings, day: date) -> datetime:
    """The first moment of a local day, as naive UTC."""
    return datetime.combine(day, time(), settings.zone).astimezone(UTC).replace(tzinfo=None)


def last_complete_day(settings: Settings, as_of: datetime) -> date:
    """The last local day that was over at `as_of` (naive UTC)."""
    return as_of.replace(tzinfo=UTC).astimezone(settings.zone).date() - timedelta(days=1)

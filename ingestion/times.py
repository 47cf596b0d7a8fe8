"""Moments as the control store writes them: UTC, ISO 8601, in a form that sorts as text; and which
time zones there are."""

from datetime import UTC, datetime
from zoneinfo import available_timezones


def utc_now() -> str:
    """The wall clock, for the control store's own time stamps; no figure depends on it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def iso(moment: datetime) -> str:
    """A night's as_of, or another moment that is UTC already, to the second."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def known_time_zone(value: str | None) -> str | None:
    """Errors: `ValueError` when there is no such zone."""
    # `localtime` is Python's alone: the database does not know it.
    if value is not None and value not in available_timezones() - {"localtime"}:
        raise ValueError(f"{value!r} is no time zone; write one like Europe/Berlin")
    return value

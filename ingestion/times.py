"""Moments as the control store writes them: UTC, ISO 8601, in a form that sorts as text."""

from datetime import UTC, datetime


def utc_now() -> str:
    """The wall clock, for the control store's own time stamps; no figure depends on it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def iso(moment: datetime) -> str:
    """A night's as_of, or another moment that is UTC already, to the second."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

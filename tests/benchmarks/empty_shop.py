"""A night of a shop without a source: what a night costs before it has a row."""

from pathlib import Path

from commands import clientele

SETTINGS = """
shop: {name: Empty shop, time_zone: Europe/Berlin}
reporting_currency: EUR
gross_margin: 0.45
as_of: 2026-07-01
sources: {shopify: {enabled: false}}
destinations: {hubspot: {enabled: false}, postgres: {enabled: false}}
"""


def empty_night(home: Path) -> float:
    """CPU seconds of the first night of such a shop."""
    settings = home / "clientele.yml"
    (home / "extracts").mkdir(parents=True)
    settings.write_text(SETTINGS, encoding="utf-8")
    return clientele(home, "nightly", settings=settings)

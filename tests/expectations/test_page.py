"""The night's page: complete, readable without the net, and safe against what stands in it."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

from expectations.page import past_figures, render_page, write_page
from expectations.report import GateResult
from expectations.sparkline import sparkline


def _row(
    status: str,
    severity: str = "critical",
    expectation: str = "has rows",
    table: str = "orders",
    layer: str = "core",
) -> GateResult:
    return GateResult(layer, table, expectation, severity, status, "12", "≥ 20")


ROWS = [
    _row("passed"),
    _row("failed", expectation="revenue"),
    _row("failed", "warning", "rows grow as usual"),
    _row("errored", table="sessions"),
    _row("not_applicable", layer="raw", table="web_events"),
]
HEADING = {"Run": "2025-03-01-1", "As of": "2025-03-01", "Outcome": "refused"}


class _Tags(HTMLParser):
    """Holds open tags against closing ones."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        if tag not in ("meta", "polyline", "circle"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_page_needs_nothing_from_elsewhere(tmp_path: Path) -> None:
    page = write_page(tmp_path / "nights" / "gates.html", HEADING, ROWS).read_text(encoding="utf-8")
    assert not re.search(r"https?:|//[a-z]|url\(|@import|<script|<link|<img|src=", page)
    tags = _Tags()
    tags.feed(page)
    assert tags.open == [] and {"details", "table", "style"} <= tags.seen


def test_what_blocks_stands_first_and_is_open() -> None:
    page = render_page(HEADING, ROWS, {})
    assert "Stopped: 1 failed and 1 could not run" in page
    attention = page[page.index("Needs attention") :]
    assert (
        attention.index("could not run")
        < attention.index(">revenue<")
        < attention.index("rows grow as usual")
    )
    assert "<details open><summary><code>sessions</code>" in page
    assert "<details><summary><code>web_events</code>" in page
    assert "segments<small>not reached</small>" in page


def test_outcomes_are_told_apart() -> None:
    assert "<h1>Passed</h1>" in render_page(HEADING, [_row("passed")], {})
    assert "Passed, with 1 warning" in render_page(
        HEADING, [_row("passed"), _row("failed", "warning")], {}
    )
    assert "Nothing was checked" in render_page(HEADING, [], {})


def test_text_is_escaped() -> None:
    page = render_page(
        {"Run": "<b>"},
        [replace(_row("failed"), observed="<script>alert(1)</script>", threshold=None)],
        {},
    )
    assert "<script" not in page and "&lt;script&gt;" in page and "&lt;b&gt;" in page


def test_sparkline_draws_the_past_and_tonight() -> None:
    earlier = [
        {"layer": "core", "table_name": "orders", "expectation": "revenue", "observed": observed}
        for observed in ("10", "14", None, "has no number", "11")
    ]
    page = render_page(HEADING, ROWS, past_figures(earlier))
    assert page.count("<svg") == 2  # in the list of what needs attention, and in its table
    assert "4 nights, from 10 to 14" in page
    assert sparkline([], "12") == "" and sparkline([1.0, float("nan")], "x") == ""
    flat = sparkline([5.0, 5.0], "5")
    assert "11.0" in flat and "nan" not in flat


def test_large_numbers_are_grouped() -> None:
    rows = [
        replace(_row("passed"), observed=observed)
        for observed in ("244284.82", "1234567", "9999", "ConversionException")
    ]
    page = render_page(HEADING, rows, {})
    assert all(
        f">{text}<" in page for text in ("244,284.82", "1,234,567", "9999", "ConversionException")
    )

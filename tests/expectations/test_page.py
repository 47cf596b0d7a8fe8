"""The night's page: complete, readable without the net, and safe against what stands in it."""

import re
from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

from expectations.page import NightOfPage, past_figures, render_page, write_page
from expectations.report import DbtTest, FindingOfRule, GateResult
from expectations.sparkline import sparkline

TESTS = [
    DbtTest("core", "orders", "order_id: filled in every row", "passed", 0),
    DbtTest("core", "orders", "order_id: never twice", "failed", 3),
]
FINDINGS = [
    FindingOfRule(
        layer="core",
        rule="order_unlike_its_parts",
        severity="warning",
        table="orders",
        number=12,
        share=0.003,
        amount=Decimal("1234.5"),
        currency="EUR",
        first_keys=("shopify:1", "shopify:2"),
        since="2026-06-12",
        explanation="The total is not the sum of its parts.",
        remedy="Ask <the shop>.",
    )
]


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
NIGHT = NightOfPage(
    "refused", "refused: nothing was published", {"run": "2025-03-01-1"}, currency="EUR"
)


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
    page = write_page(tmp_path / "nights" / "gates.html", NIGHT, ROWS, TESTS, FINDINGS).read_text(
        encoding="utf-8"
    )
    assert not re.search(r"https?:|//[a-z]|url\(|@import|<script|<link|<img|src=", page)
    tags = _Tags()
    tags.feed(page)
    assert tags.open == [] and {"details", "table", "style"} <= tags.seen


def test_what_became_of_the_night_stands_on_top() -> None:
    why, waiting = ["gate core: orders <few>"], [{"what": "a hold", "command": "clientele holds"}]
    page = render_page(replace(NIGHT, why=why, waiting=waiting), ROWS)
    assert "<h1>refused: nothing was published</h1>" in page
    assert "<title>Night refused: nothing was published</title>" in page
    assert "gate core: orders &lt;few&gt;" in page and "<code>clientele holds</code>" in page
    assert page.count('<header class="bad">') == 1
    published = replace(NIGHT, status="published", waiting=waiting)
    assert '<header class="fair">' in render_page(published, ROWS)


def test_what_blocks_stands_first_and_is_open() -> None:
    page = render_page(NIGHT, ROWS)
    attention = page[page.index("Needs attention") :]
    assert (
        attention.index("could not run")
        < attention.index(">revenue<")
        < attention.index("rows grow as usual")
    )
    assert "<details open><summary><code>sessions</code>" in page
    assert "<details><summary><code>web_events</code>" in page
    assert "segments<small>not reached</small>" in page


def test_dbt_tests_and_findings_stand_beside_the_gates() -> None:
    page = render_page(NIGHT, ROWS, TESTS, FINDINGS)
    attention, core = page[page.index("Needs attention") :].split("<h2>core")
    assert "order_id: never twice <small>dbt test</small>" in attention
    assert "order_id: filled" not in attention and "order_id: filled in every row" in core
    assert "3 rows" in core and "0 rows" in core
    finding = core[core.index("order unlike its parts") : core.index("<details")]
    told = "12 rows, 0.30% of the table, 1,234.50 EUR, the oldest since 2026-06-12</p>"
    assert told in finding
    assert "Ask &lt;the shop&gt;." in finding
    assert "The first of them: <code>shopify:1</code> <code>shopify:2</code>" in finding


def test_figures_have_a_unit() -> None:
    rows = [
        GateResult("core", "orders", *row)
        for row in (
            ("decided", "critical", "passed", "0.973", "0.02 to 0.995", "share"),
            (
                "revenue",
                "critical",
                "passed",
                "12345.5",
                "≥ 1000 (last good nights: 12000)",
                "money",
            ),
            ("age", "critical", "passed", "3", "≤ 4", "days"),
            ("broken", "critical", "errored", "Binder Error: 3 names", "can run", "days"),
        )
    ]
    page = render_page(NIGHT, rows)
    wanted = "≥ 1,000 (last good nights: 12,000)"
    for text in ("97.3 %", "2 % to 99.5 %", "12,345.50 EUR", wanted):
        assert f">{text}<" in page, text
    assert ">3 days<" in page and ">≤ 4<" in page and ">Binder Error: 3 names<" in page


def test_text_is_escaped() -> None:
    page = render_page(
        replace(NIGHT, facts={"Run": "<b>"}),
        [replace(_row("failed"), observed="<script>alert(1)</script>", threshold=None)],
    )
    assert "<script" not in page and "&lt;script&gt;" in page and "&lt;b&gt;" in page


def test_sparkline_draws_the_past_and_tonight() -> None:
    earlier = [
        {"layer": "core", "table_name": "orders", "expectation": "revenue", "observed": observed}
        for observed in ("10", "14", None, "has no number", "11")
    ]
    page = render_page(NIGHT, ROWS, history=past_figures(earlier))
    assert page.count("<svg") == 2  # in the list of what needs attention, and in its table
    assert "4 runs, from 10 to 14" in page
    assert sparkline([], "12") is None and sparkline([1.0, float("nan")], "x") is None
    flat = sparkline([5.0, 5.0], "5")
    assert flat and flat.y == "11.0" and "nan" not in flat.points


def test_large_numbers_are_grouped() -> None:
    rows = [
        replace(_row("passed"), observed=observed)
        for observed in ("244284.82", "1234567", "9999", "ConversionException")
    ]
    page = render_page(NIGHT, rows)
    assert all(
        f">{text}<" in page for text in ("244,284.82", "1,234,567", "9,999", "ConversionException")
    )

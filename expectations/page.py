"""The night's gates as one static page: no server, no script, no font or image from elsewhere.

Great Expectations' own pages load fonts and scripts from the network, so this one is written by
hand. It shows what blocked first, then warnings, then every layer and table with what was seen,
what was wanted, and how the figure went over the last nights.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from expectations.page_style import STYLE
from expectations.report import GateResult
from expectations.sparkline import number, sparkline
from ingestion.layers import PATH

Row = Mapping[str, Any]
History = Mapping[tuple[str, str, str], Sequence[float]]

# As many earlier nights as a plot of a hundred pixels can tell apart.
NIGHTS = 30
# How a result shows: the class that colours it, the word for it, and its place in a list.
_KINDS = {
    "errored": ("errored", "could not run", 0),
    "failed": ("failed", "failed", 1),
    "warned": ("warned", "warning", 2),
    "passed": ("passed", "passed", 3),
    "not_applicable": ("idle", "not applicable", 4),
}


def write_page(
    path: Path,
    heading: Mapping[str, str],
    results: Sequence[GateResult],
    history: History | None = None,
) -> Path:
    """Write the page and answer its path.

    `heading`: what stands at the top, in order (run, as of, outcome, …).
    `history`: (layer, table, expectation) → earlier figures, oldest first.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render_page(heading, results, history or {}), encoding="utf-8")
    return path


def past_figures(rows: Iterable[Row]) -> History:
    """The `history` of the page, from rows of earlier nights' `gate_results` in order of time.

    What is no number is left out.
    """
    figures: dict[tuple[str, str, str], list[float]] = {}
    for row in rows:
        figure = number(row["observed"])
        if figure is not None:
            figures.setdefault((row["layer"], row["table_name"], row["expectation"]), []).append(
                figure
            )
    return {key: values[-NIGHTS:] for key, values in figures.items()}


def render_page(heading: Mapping[str, str], results: Sequence[GateResult], history: History) -> str:
    """The page's HTML."""
    counts = Counter(row.kind for row in results)
    verdict, tone = _verdict(counts)
    facts = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>"
        for name, value in heading.items()
    )
    body = "\n".join(
        [
            f'<header class="{tone}"><p class="eyebrow">Clientele · gates of the night</p>',
            f"<h1>{escape(verdict)}</h1><dl>{facts}</dl></header>",
            _tiles(counts),
            _attention(results, history),
            *(
                _layer(layer, [row for row in results if row.layer == layer], history)
                for layer in PATH
            ),
            (
                "<footer>Every figure is a count, a share or a sum:"
                " no value of a row is on this page.</footer>"
            ),
        ]
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>Gates: {escape(verdict)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _verdict(counts: Mapping[str, int]) -> tuple[str, str]:
    broken = [
        f"{counts[kind]} {word}"
        for kind, word in (("failed", "failed"), ("errored", "could not run"))
        if counts[kind]
    ]
    if broken:
        return f"Stopped: {' and '.join(broken)}", "bad"
    if counts["warned"]:
        return (
            f"Passed, with {counts['warned']} warning{'s' if counts['warned'] > 1 else ''}",
            "fair",
        )
    return ("Passed", "good") if counts["passed"] else ("Nothing was checked", "fair")


def _tiles(counts: Mapping[str, int]) -> str:
    tiles = "".join(
        f'<div class="tile {style if counts[kind] else "idle"}"><b>{counts[kind]}</b>'
        f"<span>{word}</span></div>"
        for kind, (style, word, _) in _KINDS.items()
    )
    return f'<section class="tiles" aria-label="Summary">{tiles}</section>'


def _attention(results: Sequence[GateResult], history: History) -> str:
    rows = [row for row in results if row.kind in ("failed", "errored", "warned")]
    if not rows:
        return ""
    return f"<section><h2>Needs attention</h2>{_table(rows, history, with_table=True)}</section>"


def _layer(layer: str, rows: Sequence[GateResult], history: History) -> str:
    if not rows:
        return f'<section class="layer"><h2>{layer}<small>not reached</small></h2></section>'
    tables: dict[str, list[GateResult]] = {}
    for row in rows:
        tables.setdefault(row.table, []).append(row)
    ordered = sorted(
        tables.items(), key=lambda item: (min(_place(row) for row in item[1]), item[0])
    )
    inner = "".join(_details(table, found, history) for table, found in ordered)
    worst = min(rows, key=_place)
    style = _KINDS[worst.kind][0]
    title = (
        f'<i class="dot {style}"></i>{layer}<small>{len(tables)} tables,'
        f" {len(rows)} expectations</small>"
    )
    return f'<section class="layer"><h2>{title}</h2>{inner}</section>'


def _details(table: str, rows: Sequence[GateResult], history: History) -> str:
    counts = Counter(row.kind for row in rows)
    chips = "".join(
        f'<span class="chip {style}">{counts[kind]} {word}</span>'
        for kind, (style, word, _) in _KINDS.items()
        if counts[kind]
    )
    is_open = " open" if any(_place(row) < 3 for row in rows) else ""
    return (
        f"<details{is_open}><summary>"
        f"<code>{escape(table)}</code>{chips}</summary>{_table(rows, history)}</details>"
    )


def _table(rows: Sequence[GateResult], history: History, *, with_table: bool = False) -> str:
    head = (
        "<th>Table</th>" if with_table else ""
    ) + "<th>Expectation</th><th>Seen</th><th>Wanted</th><th>Last nights</th><th></th>"
    lines = "".join(_line(row, history, with_table) for row in sorted(rows, key=_place))
    return (
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{lines}</tbody></table></div>"
    )


def _line(row: GateResult, history: History, with_table: bool) -> str:
    style, word, _ = _KINDS[row.kind]
    past = history.get((row.layer, row.table, row.expectation), ())
    table = f"<td><code>{escape(row.layer)}.{escape(row.table)}</code></td>" if with_table else ""
    return (
        f"<tr>{table}<td>{escape(row.expectation)}</td><td"
        f' class="figure">{escape(_grouped(row.observed))}</td>'
        f"<td>{escape(row.threshold or '–')}</td><td>{sparkline(past, row.observed)}</td>"
        f'<td><span class="chip {style}">{word}</span></td></tr>'
    )


def _grouped(observed: str | None) -> str:
    """A large number with its thousands apart; any other text as it is."""
    figure = number(observed)
    if observed is None or figure is None or abs(figure) < 10_000:
        return observed or "–"
    return f"{int(observed):,}" if observed.lstrip("-").isdigit() else f"{figure:,.2f}"


def _place(row: GateResult) -> int:
    return _KINDS[row.kind][2]

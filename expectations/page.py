"""The night's gates as one static page: no server, no script, no font or image from elsewhere.

Great Expectations' own pages load fonts and scripts from the network, so this one is a template of
our own, `page.html.jinja`. It says what became of the night, then what needs attention, then every
layer: its findings, and every table with its gates and dbt's tests.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expectations.figures import number
from expectations.page_lines import KINDS, Line, line_of_gate, line_of_test
from expectations.report import DbtTest, FindingOfRule, GateResult
from ingestion.layers import PATH

if TYPE_CHECKING:
    from jinja2 import Template

Row = Mapping[str, Any]
History = Mapping[tuple[str, str, str], Sequence[float]]

# As many earlier runs as a plot of a hundred pixels can tell apart.
RUNS = 30
_TONES = {"published": "good", "rebuilt": "good", "refused": "bad", "failed": "bad"}


@dataclass(frozen=True)
class NightOfPage:
    """What became of the night.

    `status` as its report has it, `verdict` in a person's words; `facts` stand below it in their
    order; `why` it did not go through; `waiting`: what needs a person, each with its command.
    `currency` is the one that money is reported in. `bridge`: on the first night of a definition
    of revenue, the steps to it from the figure that was published before, as (step, amount).
    """

    status: str
    verdict: str
    facts: Mapping[str, str] = field(default_factory=dict)
    why: Sequence[str] = ()
    waiting: Sequence[Mapping[str, str]] = ()
    currency: str = ""
    bridge: Sequence[tuple[str, str]] = ()

    @property
    def tone(self) -> str:
        """The class that colours it."""
        return "fair" if self.status == "published" and self.waiting else _TONES[self.status]


def write_page(
    path: Path,
    night: NightOfPage,
    results: Sequence[GateResult],
    tests: Sequence[DbtTest] = (),
    findings: Sequence[FindingOfRule] = (),
    history: History | None = None,
) -> Path:
    """Write the page and answer its path.

    `history`: (layer, table, expectation) → figures of earlier runs, oldest first.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render_page(night, results, tests, findings, history), encoding="utf-8")
    return path


def past_figures(rows: Iterable[Row]) -> History:
    """The `history` of the page, from rows of earlier runs' `gate_results` in order of time.

    What is no number is left out.
    """
    figures: dict[tuple[str, str, str], list[float]] = {}
    for row in rows:
        figure = number(row["observed"])
        if figure is not None:
            figures.setdefault((row["layer"], row["table_name"], row["expectation"]), []).append(
                figure
            )
    return {key: values[-RUNS:] for key, values in figures.items()}


def render_page(
    night: NightOfPage,
    results: Sequence[GateResult],
    tests: Sequence[DbtTest] = (),
    findings: Sequence[FindingOfRule] = (),
    history: History | None = None,
) -> str:
    """The page's HTML."""
    past = history or {}
    lines = [
        line_of_gate(row, past.get((row.layer, row.table, row.expectation), ()), night.currency)
        for row in results
    ]
    lines += [line_of_test(test) for test in tests]
    lines.sort(key=lambda line: line.place)
    layers = [
        {
            "name": layer,
            "tables": _by_table([line for line in lines if line.layer == layer]),
            "findings": [finding for finding in findings if finding.layer == layer],
        }
        for layer in PATH
    ]
    return _template().render(
        night=night,
        style=Path(__file__).with_name("page.css").read_text(encoding="utf-8"),
        kinds=[(kind, sum(line.kind is kind for line in lines)) for kind in KINDS.values()],
        checked={"gates": f"{len(results):,}", "tests": f"{len(tests):,}"},
        attention=[line for line in lines if line.needs_attention],
        layers=layers,
        findings=findings,
        runs=RUNS,
    )


def _by_table(lines: Sequence[Line]) -> list[tuple[str, list[Line]]]:
    """A layer's tables, those with the worst lines first."""
    tables: defaultdict[str, list[Line]] = defaultdict(list)
    for line in lines:
        tables[line.table].append(line)
    return sorted(tables.items(), key=lambda item: (item[1][0].place, item[0]))


@cache
def _template() -> "Template":
    # Imported where a page is written: whoever only reads a night's report does without.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.jinja")

"""What the terminal shows: one line per step while the night runs, then the summary."""

import threading
import time
from typing import Any

from rich.table import Table
from rich.text import Text

from ingestion.layers import PATH
from ingestion.load.report import FIELD_KINDS
from orchestration.cli.terminal import Terminal, visible
from orchestration.night.outcome import verdict
from orchestration.settings import Settings

SUMMARY_COLUMNS = 112
FIELDS_SHOWN = 8
STILL_S = 10.0


class Progress:
    """Prints a line with the seconds since the start. As a context manager it also says every
    `STILL_S` seconds what is still going on, so that nobody takes a long step for a dead one."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._console = Terminal(soft_wrap=True)
        self._line, self._said = "", self._began
        self._ended = threading.Event()
        self._watch = threading.Thread(target=self._say_still, daemon=True)

    def say(self, line: str) -> None:
        self._line, self._said = line, time.monotonic()
        self._print(line)

    def _print(self, line: str) -> None:
        self._console.labelled(f"{time.monotonic() - self._began:6.1f} s", line, "dim")

    def _say_still(self) -> None:
        due = STILL_S
        while not self._ended.wait(due):
            due = STILL_S - (time.monotonic() - self._said)
            if due <= 0:
                self._print(f"still: {self._line}")
                self._said, due = time.monotonic(), STILL_S

    def __enter__(self) -> "Progress":
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._watch.join()


def print_summary(report: dict[str, Any], settings: Settings, wall_s: float) -> None:
    """The night for a person: what was built, what was checked, what was pushed,
    what waits, where to look."""
    console = Terminal(soft_wrap=True, width=max(SUMMARY_COLUMNS, Terminal().width))
    console.print()
    console.rule(Text(f"{settings.shop.name}, night of {report['as_of']} UTC", "bold"))
    status = (verdict(report), "bold")
    console.print(Text.assemble(status, f" (exit code {report['exit_code']})"))
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    for name, text in _lines(report):
        table.add_row(name, text)
    console.print(table)
    for line in report["refusals"] + report["errors"]:
        console.labelled("why", line)
    for waiting in report["waiting"]:
        console.labelled("waits", f"{waiting['what']}\n       → {waiting['command']}")
    console.print(_next(report, settings, wall_s))


def _lines(report: dict[str, Any]) -> list[tuple[str, str]]:
    files, identity, money, gates = (
        report["files"],
        report["identity"],
        report["money"],
        report["gates"],
    )
    quarantined = sum(sum(reasons.values()) for reasons in report["in_quarantine"].values())
    rows = " · ".join(
        f"{layer} {sum(report['rows'][layer].values()):,}"
        for layer in PATH
        if report["rows"].get(layer)
    )
    lines = [
        (
            "files",
            ", ".join(f"{count:,} {name}" for name, count in files.items())
            + f"; {quarantined:,} rows in quarantine",
        ),
        ("rows", rows or "none"),
    ]
    lines += [(f"pull {pull['pull']}", _pulled(pull)) for pull in report["pulls"]]
    lines += [("drift", text) for text in drift_lines(report)]
    if left := report["leftovers"]:
        lines.append(
            ("left over", f"{len(left):,} files that the ledger did not name, now {left[0]}, …")
        )
    if identity:
        text = f"{identity['customers']:,} customers out of {identity['records']:,} records"
        if identity.get("precision") is not None:
            text += (
                f"; pairs right {identity['precision']:.2%}, found {identity['recall']:.2%} "
                f"(e-mail alone: {identity['email_only_precision']:.2%}, "
                f"{identity['email_only_recall']:.2%})"
            )
        lines.append(("customers", text))
    if money:
        currency = money["currency"]
        lines += [
            (
                "revenue",
                (
                    f"{_amount(money['revenue'])} {currency} net of refunds "
                    f"from {money['orders']:,} orders; "
                    f"{money['differences']:,} orders differ between shop and payment provider"
                ),
            ),
            (
                "lifetime value",
                (
                    f"{_amount(money['predicted_revenue_365_days'])} {currency} expected "
                    f"from {money['buyers']:,} buyers in the "
                    f"next 365 days; {money['fallback_customers']:,} by fallback"
                ),
            ),
        ]
    if bridge := money.get("bridge"):
        text = f"revenue was {_amount(bridge[0][1])} {money['currency']} by the earlier definition"
        lines.append(("definition", f"{text}; the steps to this one: marts.definition_bridge"))
    if text := _findings(report["findings"]):
        lines.append(("findings", text))
    if any(gates.values()):
        lines.append(
            (
                "gates",
                ", ".join(
                    f"{count:,} {name.replace('_', ' ')}" for name, count in gates.items() if count
                ),
            )
        )
    for sync in report["syncs"]:
        moved = (
            f"{sync['added']:,} added, {sync['changed']:,} changed, {sync['removed']:,} removed,"
            f" {sync['unchanged']:,} unchanged"
        )
        kept = ", ".join(
            f"{sync[name]:,} {name}"
            for name in ("withheld", "held", "rejected", "invalid", "unknown", "unsent")
        )
        if sync["status"] == "not_applicable":
            lines.append((f"push {sync['name']}", "not_applicable (switched off in clientele.yml)"))
            continue
        lines.append(
            (
                f"push {sync['name']}",
                (
                    f"{sync['status']}: {moved}; {kept};"
                    f" {sync['requests']:,} requests to {sync['destination']}"
                ),
            )
        )
    return lines


def drift_lines(report: dict[str, Any]) -> list[str]:
    """A line for each raw table and kind of drift, with the first few;
    all of them are in the night's report."""
    lines = []
    for table, kinds in report.get("drift", {}).items():
        for kind, found in kinds.items():
            shown = FIELDS_SHOWN if kind in FIELD_KINDS else 1
            more = f" and {len(found) - shown:,} more" if len(found) > shown else ""
            lines.append(f"{table}, {kind}: {', '.join(found[:shown])}{more}")
    return lines


def _findings(findings: dict[str, Any]) -> str:
    """The rules with most findings, and what is new or gone since the night before."""
    if not findings or not (findings["rules"] or findings["gone"]):
        return ""
    rules = list(findings["rules"].items())
    shown = ", ".join(f"{rule} {count:,}" for rule, count in rules[:FIELDS_SHOWN])
    more = ", …" if len(rules) > FIELDS_SHOWN else ""
    changes = (
        "" if findings["new"] is None else f"{findings['new']:,} new, {findings['gone']:,} gone, "
    )
    return f"{changes}{sum(findings['rules'].values()):,} open ({shown}{more}); see core.findings"


def _pulled(pull: dict[str, Any]) -> str:
    written = f"{pull['rows']:,} rows in {pull['path'] or 'no file'}"
    return (
        f"{pull['status']}: {written};"
        f" {pull['fetched']:,} rows read with {pull['requests']:,} requests"
    )


def _amount(text: str) -> str:
    return f"{float(text):,.2f}"


def _next(report: dict[str, Any], settings: Settings, wall_s: float) -> Text:
    cost = (
        f"job {report['wall_s']:.0f} s, whole command {wall_s:.0f} s, CPU {report['cpu_s']:.0f} s,"
        f" {report['peak_memory_gib']:.1f} GiB"
    )
    page = settings.home.nights / f"{report['run_id']}.html"
    return Text.assemble(
        (cost, "dim"),
        "\nlook next   ",
        ("make ui", "bold"),
        " (graph, tables, checks) · ",
        ("clientele sql", "bold"),
        " (published tables) · ",
        ("clientele status", "bold"),
        f" · gates of the night: {visible(str(page))}",
    )

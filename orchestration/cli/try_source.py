"""`clientele try`: what a night would make of one source, without a night."""

import signal
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.table import Table

from orchestration.cli.printing import Progress
from orchestration.cli.terminal import Terminal
from orchestration.night.gate_process import GateProcess
from orchestration.night.night import PUBLISHED, PUBLISHED_WITH_EXCEPTIONS, REFUSED
from orchestration.night.trial import LAYERS, Trial, prepare_dbt, settings_for_trial
from orchestration.settings import Settings, SettingsError, load_settings
from orchestration.warehouse.connection import connect
from orchestration.warehouse.dbt_runner import uncollected
from orchestration.warehouse.generations import Generations


def try_source(source: str) -> int:
    """Try a source and print what was found; exit codes as of a night: 2 when one would refuse it,
    3 when one would be published and files of the source wait."""
    settings = load_settings()
    _check(settings, source)
    # The folder has people in it: it goes also when somebody ends this process.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with (
        TemporaryDirectory(prefix="clientele-try-") as folder,
        GateProcess.start() as gates,
        Progress() as progress,
        uncollected(),  # the process ends with the trial
    ):
        own = settings_for_trial(settings, source, Path(folder))
        dbt = prepare_dbt(settings, Path(folder) / "dbt")
        trial = Trial(own, source, dbt, gates, _published(settings))
        try:
            trial.run(progress.say)
            return _print(trial)
        finally:
            trial.close()


def _published(settings: Settings) -> Generations | None:
    if not settings.home.generations.is_dir():
        return None
    generations = Generations(settings.home.generations)
    return generations if generations.pointed_to() else None


def _check(settings: Settings, source: str) -> None:
    if source not in settings.sources:
        known = ", ".join(sorted(settings.sources))
        raise SettingsError(
            f"{settings.file}: sources: {source} is not there; add `{source}: {{enabled: true}}`"
            f" (there are {known})"
        )
    if not settings.sources[source].enabled:
        raise SettingsError(
            f"{settings.file}: sources.{source}: is switched off; set enabled: true"
        )


def _print(trial: Trial) -> int:
    console = Terminal(soft_wrap=True)
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    aside = _aside(trial)
    for name, text in [*_files(trial), *aside, *_rows(trial), *_found(trial), *_gates(trial)]:
        table.add_row(name, text)
    console.print(table)
    wrong = trial.refusals + trial.errors
    for line in wrong:
        console.labelled("why", line)
    if wrong:
        verdict, code = "a night would refuse this", REFUSED
    elif aside:
        verdict, code = "a night would set files of it aside", PUBLISHED_WITH_EXCEPTIONS
    else:
        verdict, code = "a night would take this", PUBLISHED
    spent = trial.meter.totals()
    console.print(
        verdict,
        f"· {spent['wall_s']:.0f} s, CPU {spent['cpu_s']:.0f} s · nothing was written or sent",
    )
    return code


def _aside(trial: Trial) -> list[tuple[str, str]]:
    """The source's files that a night would not read now, each with why; and that there is none."""
    report = trial.load_report

    def own(paths: Iterable[str]) -> list[str]:
        return [path for path in paths if path.startswith(f"{trial.source}/")]

    outcomes = [o for o in report.outcomes if o.raw_table.startswith(f"{trial.source}_")]
    lines = [
        (f"file {o.path}", f"{o.status}: {o.reason}") for o in outcomes if o.status != "loaded"
    ]
    day = trial.inputs.as_of_date
    lines += [(f"file {path}", f"waits: its day is after {day}") for path in own(report.waiting)]
    lines += [
        (f"file {path}", "is still being written; try again") for path in own(report.unsettled)
    ]
    lines += [
        (f"unknown {file.path}", file.remedy)
        for file in report.unknown
        if file.path.startswith(f"{trial.source}/")
    ]
    if not outcomes and not lines:
        folder = f"{trial.settings.landing}/{trial.source}"
        lines = [("files", f"none: nothing in {folder} has a name that the contract knows")]
    return lines


def _files(trial: Trial) -> list[tuple[str, str]]:
    report = trial.load_report
    own = [o for o in report.outcomes if o.raw_table.startswith(f"{trial.source}_")]
    lines = [("files", f"{len(own):,} looked at")]
    lines += [
        (f"quarantine {table}", f"{rows:,} rows: {reason}")
        for table, reasons in report.reasons.items()
        for reason, rows in reasons.items()
        if table.startswith(f"{trial.source}_")
    ]
    lines += [
        (f"drift {table}", f"{kind}: {', '.join(found)}")
        for table, kinds in report.drift.items()
        for kind, found in kinds.items()
        if table.startswith(f"{trial.source}_")
    ]
    return lines


def _rows(trial: Trial) -> list[tuple[str, str]]:
    lines = []
    for layer in ("raw", *LAYERS):
        rows = {
            name.removeprefix(f"{layer}."): count
            for name, count in trial.rows.items()
            if name.startswith(f"{layer}.") and count
        }
        if rows:
            lines.append((layer, " · ".join(f"{name} {count:,}" for name, count in rows.items())))
    return lines


def _found(trial: Trial) -> list[tuple[str, str]]:
    """Who and how much: identifiers by type, customers, and what the orders are worth."""
    if "core.customers" not in trial.rows:
        return []
    connection = connect(trial.inputs.reading([]))
    try:
        lines = _identifiers(connection)
        lines.append(("customers", f"{trial.rows['core.customers']:,}"))
        return lines + _orders(connection, trial)
    finally:
        connection.close()


def _identifiers(connection: Any) -> list[tuple[str, str]]:
    kinds = connection.execute(
        "select identifier_type, count(identifier_value),"
        " count(*) filter (where rejection_reason is not null)"
        " from identity.identifiers group by 1 order by 1"
    ).fetchall()
    texts = [
        f"{name} {good:,}" + (f" ({bad:,} blocked or malformed)" if bad else "")
        for name, good, bad in kinds
    ]
    return [("identifiers", " · ".join(texts) or "none: nobody can be joined by these records")]


def _orders(connection: Any, trial: Trial) -> list[tuple[str, str]]:
    if not trial.rows.get("core.orders"):
        return []
    orders, counted, revenue, refunded = connection.execute(
        "select count(*), count(*) filter (where is_purchase), coalesce(sum(net_revenue), 0),"
        " coalesce(sum(refunded_revenue), 0) from core.orders"
    ).fetchone()
    currency = trial.settings.reporting_currency
    text = (
        f"{orders:,} orders, {counted:,} of them purchases; revenue {revenue:,} {currency}"
        f" after {refunded:,} of refunds"
    )
    return [("orders", text)]


def _gates(trial: Trial) -> list[tuple[str, str]]:
    counts: dict[str, int] = {}
    for result in trial.gate_results:
        counts[result.status] = counts.get(result.status, 0) + 1
    failed = [r for r in trial.gate_results if r.status == "failed"]
    warned = [r for r in failed if not (r.blocks and trial.decides(r))]
    told = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items())
    return [("gates", told or "none")] + [
        (f"warns {r.layer}.{r.table}", f"{r.expectation}: {r.observed}, wanted {r.threshold}")
        for r in warned
    ]

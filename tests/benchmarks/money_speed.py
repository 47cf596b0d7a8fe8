"""Figures of topic `money` about cost: fit and score of a large shop,
in a process of its own so that its peak is its own."""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
from money_shops import as_of, connect_to, simulate

from orchestration.settings import PROJECT
from orchestration.steps.ltv.step import run_ltv

DAYS = 730


def measure(size: str) -> list[dict[str, Any]]:
    """CPU and memory without hold-outs (nothing to hold out),
    and what the hold-outs come to on top."""
    customers = 1_000_000 if size == "full" else 2_000
    with TemporaryDirectory() as folder:
        database = Path(folder) / "shop.duckdb"
        connect_to(simulate(customers, DAYS, 5), DAYS - 1, str(database)).close()
        with_hold_outs = _run(database)
        with duckdb.connect(str(database)) as connection:
            connection.execute("delete from marts.purchase_days")
        alone = _run(database)
    note = (
        f"{customers:,} customers; three purchase models, NBD, Gamma-Gamma, ranges,"
        " 90 and 365 days, totals, written as Parquet"
    )
    hold_outs = (
        f"{with_hold_outs['hold_outs']} hold-outs of the chosen model's three rivals together,"
        " on top of fit and score"
    )
    return [
        _figure("fit_score_1m_cpu_s", round(alone["cpu_s"], 1), "s", "<= 15", note),
        _figure("fit_score_1m_peak_gib", round(alone["peak_gib"], 2), "GiB", "<= 2", note),
        _figure(
            "backtest_1m_cpu_s",
            round(with_hold_outs["cpu_s"] - alone["cpu_s"], 1),
            "s",
            "",
            hold_outs,
        ),
        _figure(
            "backtest_1m_peak_gib",
            round(with_hold_outs["peak_gib"], 2),
            "GiB",
            "",
            "fit, score and hold-outs",
        ),
    ]


def run_here(database: str) -> None:
    """In the process that is measured: one run of the step."""
    began = time.process_time()
    with TemporaryDirectory() as folder, duckdb.connect(database, read_only=True) as connection:
        report = run_ltv(connection, Path(folder), as_of_date=as_of(DAYS - 1))
        rows = duckdb.execute(
            "select count(*) from read_parquet(?)", [f"{folder}/ltv_backtests.parquet"]
        ).fetchall()[0][0]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(
        json.dumps(
            {
                "cpu_s": time.process_time() - began,
                "peak_gib": peak,
                "method": report.method,
                "hold_outs": rows,
            }
        )
    )


def _run(database: Path) -> dict[str, Any]:
    program = (
        "import sys; sys.path[:0] = [sys.argv[1]]; import money_speed;"
        " money_speed.run_here(sys.argv[2])"
    )
    command = [sys.executable, "-c", program, str(Path(__file__).parent), str(database)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"fit and score ended with {done.returncode}:\n{done.stderr[-3000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _figure(name: str, value: float, unit: str, bar: str, note: str) -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, "bar": bar, "note": note}

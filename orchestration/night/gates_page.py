"""The page of a night's gates."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from expectations.page import NightOfPage, past_figures, write_page
from ingestion.times import iso
from orchestration.night.dbt_tests import described
from orchestration.night.outcome import verdict
from orchestration.night.workbench import Workbench


def write_gates_page(bench: Workbench, as_of: datetime, report: Mapping[str, Any]) -> Path:
    """Write `<run>.html`: what became of the night, and what its gates and dbt's tests saw, beside
    the figures of earlier runs."""
    past = bench.store.query(
        "select layer, table_name, expectation, observed from gate_results where run_id <> ?"
        " and as_of <= ? order by as_of, rowid",
        [bench.run_id, iso(as_of)],
    )
    return write_page(
        bench.home.nights / f"{bench.run_id}.html",
        NightOfPage(
            status=report["status"],
            verdict=verdict(report),
            facts={"night": f"{report['as_of']} UTC", "run": bench.run_id},
            why=report["refusals"] + report["errors"],
            waiting=report["waiting"],
            currency=bench.settings.reporting_currency,
            bridge=report["money"].get("bridge", ()),
        ),
        bench.gate_results,
        described(bench.dbt_tests.values(), bench.dbt.manifest_path),
        bench.findings,
        history=past_figures(dict(row) for row in past),
    )

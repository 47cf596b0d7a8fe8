"""Figures of topic `money` about a ledger that is not all revenue:
Online Retail, part by part, through a whole night.

The whole set is nobody's to carry: the environment variable names a file of it (Parquet or CSV,
the published columns).
"""

import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
from published_night import after_a_night

from ingestion.samples.online_retail import __file__ as sample_file

VARIABLE = "CLIENTELE_ONLINE_RETAIL"
SETTINGS = Path(sample_file).with_name("clientele.yml")
PARTS = (
    "merchandise",
    "returns",
    "postage",
    "fees",
    "vouchers",
    "adjustments",
    "stock",
    "unclassified",
)
# What the published file holds.
LINES, TOTAL = 541_909, Decimal("9747747.934")


def measure(size: str) -> list[dict[str, Any]]:
    """The bridge of the whole set after a night on it; at a tiny size nothing,
    as tests/marts/test_revenue_bridge.py asks it of the cut.

    Errors: `FileNotFoundError` when the whole set is not given.
    """
    if size == "tiny":
        return []
    published = given()
    with after_a_night(
        "--set", "online_retail", "--published", str(published), settings=SETTINGS
    ) as (connection, _):
        return bridge(connection, LINES, TOTAL)


def bridge(
    connection: duckdb.DuckDBPyConnection, lines: int, total: Decimal
) -> list[dict[str, Any]]:
    """The figures of a built generation, whose ledger is to hold so many lines and pounds."""
    query = "select ledger_part, lines_count, amount, net_revenue_amount from marts.revenue_bridge"
    parts = {part: amounts for part, *amounts in connection.execute(query).fetchall()}
    revenue = connection.execute("select sum(net_revenue_amount) from core.orders").fetchall()[0][0]
    counted, summed, entered = (
        sum(column, Decimal(0)) for column in zip(*parts.values(), strict=True)
    )
    stated = f"sum of all parts, {summed} before rounding; Online Retail (UCI), {lines:,} lines"
    figures = [
        _figure("online_retail_total", round(summed, 2), "GBP", f"= {round(total, 2)}", stated),
        _figure("online_retail_lines", int(counted), "lines", f"= {lines}", "no line is dropped"),
        _figure(
            "online_retail_other_parts",
            len(set(parts) - set(PARTS)),
            "parts",
            "= 0",
            "parts beside those listed",
        ),
    ]
    for part in PARTS:
        count, amount, of_revenue = parts.get(part, (0, Decimal(0), Decimal(0)))
        figures.append(
            _figure(
                f"online_retail_{part}",
                amount,
                "GBP",
                "",
                f"{count:,} lines; {of_revenue} of it is revenue",
            )
        )
    note = (
        "merchandise and its postage, less what came back of orders that are known;"
        " it is the sum of the orders, and lifetime value's"
    )
    return [*figures, _figure("online_retail_revenue", entered, "GBP", f"= {revenue}", note)]


def given() -> Path:
    """The file of the whole set. Errors: `FileNotFoundError` that says how to give it."""
    named = os.environ.get(VARIABLE, "")
    if not named:
        raise FileNotFoundError(
            f"topic money: {VARIABLE} is not set; fetch Online Retail"
            " (https://doi.org/10.24432/C5BW33) and name the file, Parquet or CSV"
        )
    return Path(named)


def _figure(name: str, value: Any, unit: str, bar: str, note: str) -> dict[str, Any]:
    return {
        "name": name,
        "value": float(value) if isinstance(value, Decimal) else value,
        "unit": unit,
        "bar": bar,
        "note": note,
    }

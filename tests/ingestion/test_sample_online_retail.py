"""Online Retail as an extract: the cut as carried, and the same made of a published file."""

from __future__ import annotations

import csv
import hashlib
import json
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from ingestion.contracts.reading import load_contracts
from ingestion.samples.online_retail import CUT, OnlineRetailReport, make_online_retail


def lines_of(report: OnlineRetailReport) -> list[dict[str, str]]:
    manifest = json.loads(report.file.with_name(report.file.name + ".manifest.json").read_text())
    assert manifest["sha256"] == hashlib.sha256(report.file.read_bytes()).hexdigest()
    with report.file.open(newline="") as lines:
        reader = csv.DictReader(lines)
        columns = load_contracts()["online_retail"].tables["invoice_lines"].columns
        assert reader.fieldnames == [column.name for column in columns]
        delivered = list(reader)
    assert manifest["rows"] == report.rows == len(delivered)
    assert report.amount == sum(
        int(line["quantity"]) * Decimal(line["unit_price"]) for line in delivered
    )
    return delivered


def test_the_cut_is_what_its_rule_says(tmp_path: Path) -> None:
    report = make_online_retail(tmp_path)
    delivered = lines_of(report)
    assert (report.rows, report.amount) == (3350, Decimal("33750.490"))
    assert len({line["customer_id"] for line in delivered} - {""}) == 42
    with duckdb.connect() as connection:
        cut = (
            "select count(*) from (select * replace (customer_id::integer as customer_id)"
            f" from read_csv('{report.file}')) where {CUT}"
        )
        assert connection.execute(cut).fetchall() == [(3350,)]


def test_a_published_file_is_told_in_utc_with_its_prices_to_the_last_digit(tmp_path: Path) -> None:
    published = tmp_path / "published.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"""
            copy (
                from (values
                    (
                        '536365', '85123A', 'HOLDER, "WHITE"', 6.0,
                        timestamp '2010-12-01 08:26', 2.55, 17850.0, 'United Kingdom'
                    ),
                    (
                        'C550000', 'PADS', null, -2.0,
                        timestamp '2011-07-01 00:10', 0.001, null, 'EIRE'
                    )
                ) as line (
                    "InvoiceNo", "StockCode", "Description", "Quantity",
                    "InvoiceDate", "UnitPrice", "CustomerID", "Country"
                )
            ) to '{published}'
        """)
    report = make_online_retail(tmp_path, published)
    first, second = lines_of(report)
    assert (first["line_id"], first["invoiced_at"], first["customer_id"]) == (
        "1",
        "2010-12-01T08:26:00Z",
        "17850",
    )
    assert first["description"] == 'HOLDER, "WHITE"'
    assert (second["invoiced_at"], second["customer_id"], second["quantity"]) == (
        "2011-06-30T23:10:00Z",
        "",
        "-2",
    )
    assert report.amount == Decimal("15.298")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="give the published data set"):
        make_online_retail(tmp_path, tmp_path / "nowhere.parquet")

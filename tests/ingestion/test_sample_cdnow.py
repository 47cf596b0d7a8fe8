"""The CDNOW sample as an extract: the published figures, split at the published day,
in the contract's shape."""

from __future__ import annotations

import csv
import hashlib
import json
from datetime import date
from decimal import Decimal
from pathlib import Path

from ingestion.contracts.reading import load_contracts
from ingestion.samples.cdnow import make_cdnow, read_purchases


def test_the_published_figures() -> None:
    purchases = read_purchases()
    assert len(purchases) == 6919
    assert len({customer for _, customer, *_ in purchases}) == 2357
    assert sum((dollars for *_, dollars in purchases), Decimal(0)) == Decimal("244091.94")
    assert purchases[0] == (1, "0001", date(1997, 1, 1), 2, Decimal("29.33"))
    first: dict[str, Decimal] = {}
    for _, customer, _, _, dollars in purchases:
        first.setdefault(customer, dollars)
    assert sum(dollars == 0 for dollars in first.values()) == 8


def test_two_deliveries_split_at_the_end_of_the_calibration_period(tmp_path: Path) -> None:
    report = make_cdnow(tmp_path)
    assert [file.relative_to(tmp_path).as_posix() for file in report.files] == [
        "cdnow/purchases-1997-09-30.csv",
        "cdnow/purchases-1998-06-30.csv",
    ]
    assert report.rows == {"cdnow.purchases": 6919}
    columns = [column.name for column in load_contracts()["cdnow"].tables["purchases"].columns]
    rows = []
    for file in report.files:
        manifest = json.loads(file.with_name(file.name + ".manifest.json").read_text())
        with file.open(newline="") as lines:
            reader = csv.DictReader(lines)
            assert reader.fieldnames == columns
            delivered = list(reader)
        assert manifest["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
        assert manifest["rows"] == len(delivered)
        assert Decimal(manifest["control_totals"]["dollars"]) == sum(
            Decimal(row["dollars"]) for row in delivered
        )
        rows.append(delivered)
    assert (
        max(row["purchased_on"] for row in rows[0])
        <= "1997-09-30"
        < min(row["purchased_on"] for row in rows[1])
    )
    assert sorted(int(row["purchase_id"]) for part in rows for row in part) == list(range(1, 6920))


def test_the_same_bytes_every_time(tmp_path: Path) -> None:
    first, second = make_cdnow(tmp_path / "a"), make_cdnow(tmp_path / "b")
    assert [file.read_bytes() for file in first.files] == [
        file.read_bytes() for file in second.files
    ]

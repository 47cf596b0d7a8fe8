"""Quarantined rows mended and replayed between two nights, delivered again, or given up."""

import stat
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from extract_texts import HEADER, spend
from revisions import BAD, EVER, conserved, export, replay_as

from ingestion.errors import QuarantineError
from ingestion.ledger import Ledger
from ingestion.quarantine.bad_rows import (
    quarantine_files,
    waiting_counts,
    waiting_entries,
)
from ingestion.quarantine.replay import ReplayReport, replay, waiting_file


def test_an_export_is_the_bad_rows_in_the_extracts_own_format_for_their_owner_only(
    zone: Any,
) -> None:
    zone.put("shop/spend-2024-05-01.csv", BAD)
    zone.load()
    file = export(zone)
    assert file.read_text() == HEADER + "2024-05-01,spring,x,1.00\n2024-05-01,autumn,7,1.239\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_replay_removes_exactly_its_rows_and_every_night_sees_what_was_there(zone: Any) -> None:
    zone.put("shop/spend-2024-05-01.csv", BAD)
    zone.load(**zone.day(1))
    assert conserved(zone, zone.day(1)["as_of"]) == (2, 0, 2)
    assert replay_as(zone, (",x,", ",9,")) == ReplayReport(
        "shop/spend-2024-05-01.csv", replayed=1, left=1, read=4
    )
    assert conserved(zone, EVER) == (2, 0, 2), (
        "what is published does not change between two nights"
    )
    report = zone.load(**zone.day(2))
    assert report.taken_up == 1
    assert list(report.in_quarantine["shop_spend"].values()) == [1]
    assert conserved(zone, zone.day(2)["as_of"]) == (2, 1, 1)
    assert zone.rows("spend", "campaign, clicks, _line_number, _arrival") == [
        ("spring", 1, 2, 1),
        ("spring", 2, 3, 1),
        ("spring", 9, 4, 1),
    ]
    replay_as(zone, ("1.239", "1.23"))
    assert not waiting_entries(zone.store)
    zone.load(**zone.day(3))
    assert [conserved(zone, zone.day(day)["as_of"]) for day in (1, 2, 3)] == [
        (2, 0, 2),
        (2, 1, 1),
        (2, 2, 0),
    ]
    assert not zone.load(**zone.day(4)).outcomes


@pytest.mark.parametrize(
    ("corrected", "told"),
    [
        (HEADER + "2024-05-01,spring,9,1.00\n", "has 1 rows, 2 were exported"),
        (HEADER + "2024-05-01,spring,x,1.00\n" * 2, "nothing is mended yet"),
    ],
)
def test_a_replay_that_mends_nothing_or_lost_a_row_changes_nothing(
    zone: Any, corrected: str, told: str
) -> None:
    zone.put("shop/spend-2024-05-01.csv", BAD)
    zone.load()
    file = export(zone)
    file.write_text(corrected)
    with pytest.raises(QuarantineError, match=told):
        replay(zone.raw_folder, zone.store, zone.contracts, file, run_id="replay")
    assert (
        len(waiting_entries(zone.store))
        == len(zone.store.query("select * from extract_files"))
        == 1
    )


def test_an_old_export_and_a_foreign_file_are_refused(zone: Any) -> None:
    zone.put("shop/spend-2024-05-01.csv", BAD)
    zone.load()
    old = export(zone)
    old.write_text(half_mended := old.read_text().replace(",x,", ",8,"))
    with pytest.raises(QuarantineError, match="was exported already"):
        export(zone)
    assert old.read_text() == half_mended, "nobody's work is overwritten"
    old = old.rename(zone.home / old.name)
    replay_as(zone, (",x,", ",9,"))
    with pytest.raises(QuarantineError, match="mended or read again since"):
        replay(zone.raw_folder, zone.store, zone.contracts, old, run_id="replay")
    with pytest.raises(QuarantineError, match="not the name of an export"):
        replay(zone.raw_folder, zone.store, zone.contracts, zone.home / "rows.csv", run_id="replay")
    with pytest.raises(QuarantineError, match="0 files in quarantine begin like this"):
        waiting_file(zone.store, "ffff")


def test_json_rows_and_parquet_rows_are_mended_too(zone: Any) -> None:
    good = '{"id": 1, "amount": "1.00", "created_at": "2024-05-01T00:00:00Z"}\n'
    zone.put("shop/orders-2024-05-01.jsonl", good + good.replace(": 1,", ': "one",'))
    zone.load()
    replay_as(zone, ('"one"', "2"))
    pq.write_table(
        pa.table(
            {
                "id": ["3", "x"],
                "price": ["1.00", "2.00"],
                "tags": [None] * 2,
                "updated_at": [None] * 2,
            }
        ),
        zone.landing / "shop/products-2024-05-01.parquet",
    )
    zone.load(**zone.day(2))
    replay_as(zone, ('"x"', '"4"'))
    zone.load(**zone.day(3))
    assert [zone.rows(name, "id, _line_number") for name in ("orders", "products")] == [
        [(1, 1), (2, 2)],
        [(3, 1), (4, 2)],
    ]


def test_a_file_delivered_again_under_its_name_settles_its_rows(zone: Any) -> None:
    zone.put("shop/spend-2024-05-01.csv", BAD)
    zone.load(**zone.day(1))
    zone.put("shop/spend-2024-05-01.csv", spend(1))
    zone.load(**zone.day(2))
    assert len(waiting_entries(zone.store)) == 1, "a shorter file is none that was mended"
    zone.put("shop/spend-2024-05-01.csv", spend(1, 2, 9, 7))
    zone.load(**zone.day(3))
    assert not waiting_entries(zone.store)
    assert [len(quarantine_files(zone.store, zone.day(day)["as_of"])) for day in (1, 2, 3)] == [
        1,
        1,
        0,
    ]


def test_rows_given_up_wait_no_more_but_did_in_the_nights_before(zone: Any) -> None:
    zone.put("shop/spend-2024-05-01.csv", BAD)
    zone.load(**zone.day(1))
    Ledger(zone.store).settle(waiting_entries(zone.store)[0], "owner: test rows")
    assert not waiting_entries(zone.store)
    assert zone.load(**zone.day(2)).in_quarantine == {}
    assert [len(quarantine_files(zone.store, zone.day(day)["as_of"])) for day in (1, 2)] == [1, 0]


def test_counts_by_reason_hold_no_value(zone: Any) -> None:
    zone.put("shop/spend-2024-05-01.csv", BAD)
    zone.load()
    counts = waiting_counts(zone.raw_folder, quarantine_files(zone.store, EVER))
    assert counts["shop_spend"]["clicks: not a whole number"] == 1
    assert "autumn" not in str(counts)

"""The load: once for ever, in a stated order, nothing silently skipped,
and any earlier night can be read again."""

import hashlib
import os
import time
from datetime import date, datetime
from typing import Any

import pytest
from extract_texts import ids, refund, spend, stock

from ingestion.landing import scan as landing_module
from ingestion.landing.scan import newest_business_date

# ---- once, for ever ------------------------------------------------------------------------------


def test_a_second_run_loads_nothing_and_changes_nothing(zone: Any) -> None:
    zone.put("shop/refunds-2024-05-01.jsonl", refund(1, 2))
    zone.put("shop/spend-2024-05-01.csv", spend(1))
    first = zone.load()
    ledger = [
        tuple(row) for row in zone.store.query("select * from extract_files order by sequence")
    ]
    second = zone.load(run_id="run-2")
    assert (len(first.loaded), first.unchanged, len(second.outcomes), second.unchanged) == (
        2,
        0,
        0,
        2,
    )
    assert [
        tuple(row) for row in zone.store.query("select * from extract_files order by sequence")
    ] == ledger


def test_the_same_content_under_another_name_counts_once(zone: Any) -> None:
    zone.put("shop/refunds-2024-05-01.jsonl", refund(1, 2))
    zone.put("shop/refunds-2024-05-02.jsonl", refund(1, 2))
    report = zone.load()
    assert (len(report.loaded), report.unchanged) == (1, 1)
    zone.put("shop/refunds-2024-05-03-again.jsonl", refund(1, 2))
    assert zone.load().unchanged == 3
    assert ids(zone) == [1, 2]


def test_new_content_under_a_known_name_is_added(zone: Any) -> None:
    zone.put("shop/refunds-2024-05-01.jsonl", refund(1))
    zone.load()
    zone.put("shop/refunds-2024-05-01.jsonl", refund(2))
    assert [outcome.path for outcome in zone.load().loaded] == ["shop/refunds-2024-05-01.jsonl"]
    assert ids(zone) == [1, 2]


def test_a_file_gone_from_the_landing_zone_stays_loaded(zone: Any) -> None:
    zone.put("shop/refunds-2024-05-01.jsonl", refund(1)).unlink()
    zone.put("shop/refunds-2024-05-01.jsonl", refund(1))
    zone.load()
    (zone.landing / "shop/refunds-2024-05-01.jsonl").unlink()
    zone.load()
    assert ids(zone) == [1]


def test_known_files_are_not_read_again_unless_their_stat_changed(
    zone: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = zone.put("shop/refunds-2024-05-01.jsonl", refund(1))
    monkeypatch.setattr(landing_module, "_FRESH_NS", 0)
    zone.load()
    hashed: list[bytes] = []
    monkeypatch.setattr(
        "ingestion.load.load_run.sha256_of",
        lambda path: (
            hashed.append(path.read_bytes()) or hashlib.sha256(path.read_bytes()).hexdigest()
        ),
    )
    zone.load()
    assert hashed == []
    os.utime(file, ns=(1, 1))
    zone.load()
    assert hashed == [file.read_bytes()]


def test_a_file_that_is_two_seconds_young_is_read_again(zone: Any) -> None:
    file = zone.put("shop/refunds-2024-05-01.jsonl", refund(1))
    soon = time.time_ns() + 60_000_000_000  # younger than any load is long
    os.utime(file, ns=(soon, soon))
    zone.load()
    assert zone.store.query("select count(*) as files from landing_files")[0]["files"] == 0


# ---- order and nights ----------------------------------------------------------------------------


def test_files_arrive_by_business_date_then_path(zone: Any) -> None:
    for name, i in (
        ("refunds-2024-05-02", 1),
        ("refunds-2024-05-01-b", 2),
        ("refunds-2024-05-01-a", 3),
        ("refunds-2024-04-30", 4),
    ):
        zone.put(f"shop/{name}.jsonl", refund(i))
    report = zone.load()
    assert ids(zone) == [4, 3, 2, 1]
    assert [outcome.path for outcome in report.loaded] == sorted(o.path for o in report.loaded)
    assert [
        row["sequence"]
        for row in zone.store.query("select sequence from extract_files order by sequence")
    ] == [1, 2, 3, 4]


def test_a_file_of_a_later_day_waits(zone: Any) -> None:
    zone.put("shop/refunds-2024-06-01.jsonl", refund(1))
    zone.put("shop/refunds-2024-06-02.jsonl", refund(2))
    report = zone.load(**zone.day(1))
    assert (len(report.loaded), report.waiting) == (1, ("shop/refunds-2024-06-02.jsonl",))
    assert ids(zone) == [1]
    assert len(zone.load(**zone.day(2)).loaded) == 1


def test_a_generation_reads_what_was_there_at_its_time(zone: Any) -> None:
    for day in (1, 2, 3):
        zone.put(f"shop/refunds-2024-06-0{day}.jsonl", refund(day))
        zone.load(**zone.day(day))
    assert [ids(zone, zone.day(day)["as_of"]) for day in (1, 2, 3)] == [[1], [1, 2], [1, 2, 3]]
    assert ids(zone, datetime(2024, 6, 1)) == []


def test_an_earlier_as_of_is_a_rebuild_and_loads_nothing(zone: Any) -> None:
    zone.put("shop/refunds-2024-06-03.jsonl", refund(3))
    zone.load(**zone.day(3))
    zone.put("shop/refunds-2024-06-01.jsonl", refund(1))
    report = zone.load(**zone.day(1))
    assert report.is_rebuild and not report.outcomes
    assert ids(zone) == [3]


def test_a_late_file_loads(zone: Any) -> None:
    zone.put("shop/refunds-2024-06-03.jsonl", refund(3))
    zone.load(**zone.day(3))
    zone.put("shop/refunds-2024-06-01.jsonl", refund(1))
    assert len(zone.load(**zone.day(4)).loaded) == 1
    assert ids(zone) == [3, 1]


def test_the_newest_business_date_is_known_before_and_after_the_load(zone: Any) -> None:
    assert newest_business_date(zone.landing_storage, zone.store, zone.contracts, {"shop"}) is None
    zone.put("shop/refunds-2024-06-03.jsonl", refund(3))
    assert newest_business_date(zone.landing_storage, zone.store, zone.contracts, {"shop"}) == date(
        2024, 6, 3
    )
    zone.load(**zone.day(3))
    (zone.landing / "shop/refunds-2024-06-03.jsonl").unlink()
    assert newest_business_date(zone.landing_storage, zone.store, zone.contracts, {"shop"}) == date(
        2024, 6, 3
    )
    assert newest_business_date(zone.landing_storage, zone.store, zone.contracts, ()) is None


# ---- tables that replace -------------------------------------------------------------------------


def texts(zone: Any, as_of: datetime = datetime(2030, 1, 1)) -> list[str]:
    return [text for (text,) in zone.rows("lines", "text", as_of)]


def test_supersede_replaces_what_came_under_the_same_name(zone: Any) -> None:
    for day, text in ((1, "a"), (2, "b"), (3, "a")):
        zone.put("shop/lines-2024-05-01.csv", f"text\n{text}\n")
        zone.put(f"shop/lines-2024-05-0{day + 1}.csv", f"text\nother {day}\n")
        zone.load(**zone.day(day))
    assert sorted(texts(zone)) == ["a", "other 1", "other 2", "other 3"]
    assert sorted(texts(zone, zone.day(2)["as_of"])) == ["b", "other 1", "other 2"]
    assert texts(zone, zone.day(1)["as_of"]) == ["a", "other 1"]
    assert not zone.load(**zone.day(4)).outcomes


def products(zone: Any, as_of: datetime = datetime(2030, 1, 1)) -> dict[str, int]:
    return dict(zone.rows("stock", "product, pieces", as_of))


def test_only_the_newest_snapshot_counts(zone: Any) -> None:
    for day, pieces in ((1, {"a": 1, "b": 2}), (2, {"a": 1, "b": 3}), (3, {"a": 1, "b": 2})):
        zone.put(f"shop/stock-2024-06-0{day}.csv", stock(**pieces))
        assert len(zone.load(**zone.day(day)).loaded) == 1
    assert products(zone) == {"a": 1, "b": 2}
    assert products(zone, zone.day(2)["as_of"]) == {"a": 1, "b": 3}
    assert products(zone, zone.day(1)["as_of"]) == {"a": 1, "b": 2}
    assert not zone.load(**zone.day(4)).outcomes


def test_a_snapshot_in_parts_counts_whole_and_a_late_one_not(zone: Any) -> None:
    zone.put("shop/stock-2024-06-02-1.csv", stock(a=1))
    zone.put("shop/stock-2024-06-02-2.csv", stock(b=2))
    zone.load(**zone.day(2))
    zone.put("shop/stock-2024-06-01.csv", stock(a=7, b=7, c=7))
    report = zone.load(**zone.day(3))
    assert [outcome.status for outcome in report.outcomes] == ["superseded"]
    assert products(zone) == {"a": 1, "b": 2}


def test_a_snapshot_that_shrinks_is_held_and_the_last_one_stays(zone: Any) -> None:
    zone.put("shop/stock-2024-06-01.csv", stock(**{f"p{i}": i for i in range(10)}))
    zone.load(**zone.day(1))
    zone.put("shop/stock-2024-06-02.csv", stock(**{f"p{i}": i for i in range(7)}))
    report = zone.load(**zone.day(2))
    [held] = report.set_aside
    assert (held.status, held.reason) == ("held", report.held[0].reason)
    assert "shop/stock-2024-06-02.csv: the snapshot shrank from 10 to 7 rows" in (held.reason or "")
    assert len(products(zone)) == 10
    before = [
        tuple(row) for row in zone.store.query("select * from extract_files order by sequence")
    ]
    assert [outcome.status for outcome in zone.load(**zone.day(3)).set_aside] == ["held"]
    assert [
        tuple(row) for row in zone.store.query("select * from extract_files order by sequence")
    ] == before
    contract = zone.sources / "shop.yml"
    contract.write_text(
        contract.read_text().replace(
            "load_mode: snapshot", "load_mode: snapshot\n    shrink_limit: 0.5"
        )
    )
    zone.load(**zone.day(4))
    assert len(products(zone)) == 7
    assert len(products(zone, zone.day(3)["as_of"])) == 10


def test_a_snapshot_with_a_broken_part_is_held_until_the_part_comes(zone: Any) -> None:
    zone.put("shop/stock-2024-06-01.csv", stock(a=1, b=2))
    zone.load(**zone.day(1))
    zone.put("shop/stock-2024-06-02-1.csv", stock(a=5))
    zone.put("shop/stock-2024-06-02-2.csv", stock(b=6).rstrip("\n"))
    report = zone.load(**zone.day(2))
    assert [outcome.status for outcome in report.outcomes] == ["held", "refused"]
    assert products(zone) == {"a": 1, "b": 2}
    zone.put("shop/stock-2024-06-02-2.csv", stock(b=6))
    zone.load(**zone.day(3))
    assert products(zone) == {"a": 5, "b": 6}


def test_files_of_others_below_raw_stay(zone: Any) -> None:
    other = zone.raw / "finance" / "ledger.parquet"
    other.parent.mkdir(parents=True)
    other.write_bytes(b"theirs")
    zone.put("shop/refunds-2024-06-03.jsonl", '{"id": 1}\n')
    assert zone.load().leftovers == () and other.read_bytes() == b"theirs"

"""Exactly once, for ever: each situation by its name.

What happens in any order stands in test_once_machine.py.
"""

from datetime import datetime
from typing import Any

from extract_texts import ids, refund, stock

EVER = datetime(2030, 1, 1)


def pieces(zone: Any, as_of: datetime = EVER) -> dict[str, int]:
    return dict(zone.rows("stock", "product, pieces", as_of))


def texts(zone: Any, as_of: datetime = EVER) -> list[str]:
    return sorted(text for (text,) in zone.rows("lines", "text", as_of))


def test_a_delivery_of_a_year_ago_counts_once_for_ever(zone: Any) -> None:
    zone.put("shop/refunds-2024-06-01.jsonl", refund(1, 2)).rename(
        zone.landing / "shop/refunds-2024-06-01-a.jsonl"
    )
    zone.load(**zone.day(1))
    (zone.landing / "shop/refunds-2024-06-01-a.jsonl").unlink()
    zone.put("shop/refunds-2025-06-01.jsonl", refund(1, 2))
    report = zone.load(as_of=datetime(2025, 6, 2), as_of_date=datetime(2025, 6, 1).date())
    assert (report.outcomes, report.unchanged, ids(zone)) == ((), 1, [1, 2])


def test_a_snapshot_that_did_not_change_is_the_newer_days_all_the_same(zone: Any) -> None:
    zone.put("shop/stock-2024-06-01.csv", stock(a=1, b=2))
    zone.load(**zone.day(1))
    zone.put("shop/stock-2024-06-03.csv", stock(a=1, b=2))
    zone.load(**zone.day(3))
    zone.put("shop/stock-2024-06-02.csv", stock(a=7, b=7))
    assert [outcome.status for outcome in zone.load(**zone.day(4)).outcomes] == ["superseded"]
    assert pieces(zone) == pieces(zone, zone.day(1)["as_of"]) == {"a": 1, "b": 2}


def test_a_part_of_a_snapshot_that_did_not_change_stays_with_those_that_did(zone: Any) -> None:
    for day, rest in ((1, 2), (2, 3)):
        zone.put(f"shop/stock-2024-06-0{day}-1.csv", stock(a=1))
        zone.put(f"shop/stock-2024-06-0{day}-2.csv", stock(b=rest))
        zone.load(**zone.day(day))
    assert pieces(zone) == {"a": 1, "b": 3}
    assert not zone.load(**zone.day(3)).outcomes


def test_a_part_of_a_snapshot_that_changes_back_counts_again(zone: Any) -> None:
    for day, found in ((1, 1), (2, 2), (3, 1)):
        zone.put("shop/stock-2024-06-01.csv", stock(a=found))
        zone.load(**zone.day(day))
    assert [pieces(zone, zone.day(day)["as_of"]) for day in (1, 2, 3)] == [
        {"a": 1},
        {"a": 2},
        {"a": 1},
    ]


def test_a_snapshot_whose_other_part_is_still_broken_stays_held_night_after_night(
    zone: Any,
) -> None:
    zone.put("shop/stock-2024-06-01.csv", stock(a=1, b=2))
    zone.load(**zone.day(1))
    zone.put("shop/stock-2024-06-02-1.csv", stock(a=5, c=1))
    zone.put("shop/stock-2024-06-02-2.csv", stock(b=6).rstrip("\n"))
    for day in (2, 3, 4):
        assert sorted(outcome.status for outcome in zone.load(**zone.day(day)).set_aside) == [
            "held",
            "refused",
        ]
        assert pieces(zone) == {"a": 1, "b": 2}


def test_a_snapshot_delivered_again_the_same_day_may_not_shrink_either(zone: Any) -> None:
    zone.put("shop/stock-2024-06-01.csv", stock(**{f"p{i}": i for i in range(10)}))
    zone.load(**zone.day(1))
    zone.put("shop/stock-2024-06-01.csv", stock(p0=0))
    [held] = zone.load(**zone.day(2)).held
    assert "the snapshot shrank from 10 to 1 rows" in (held.reason or "")
    assert len(pieces(zone)) == 10


def test_a_held_snapshot_is_past_once_a_later_one_is_believed(zone: Any) -> None:
    zone.put("shop/stock-2024-06-01.csv", stock(a=1, b=2, c=3))
    zone.load(**zone.day(1))
    zone.put("shop/stock-2024-06-02.csv", stock(a=1))
    assert zone.load(**zone.day(2)).held
    zone.put("shop/stock-2024-06-03.csv", stock(a=2, b=2, c=3))
    zone.load(**zone.day(3))
    assert not zone.load(**zone.day(4)).set_aside
    assert pieces(zone) == {"a": 2, "b": 2, "c": 3}


def test_content_that_lies_there_under_two_names_survives_the_change_of_one(zone: Any) -> None:
    zone.put("shop/lines-2024-06-01.csv", "text\na\n")
    zone.put("shop/lines-2024-06-02.csv", "text\na\n")
    zone.load(**zone.day(2))
    assert texts(zone) == ["a"]
    zone.put("shop/lines-2024-06-02.csv", "text\nb\n")
    zone.load(**zone.day(3))
    zone.put("shop/lines-2024-06-03.csv", "text\na\n")
    zone.put("shop/lines-2024-06-01.csv", "text\nc\n")
    zone.load(**zone.day(4))
    assert texts(zone) == ["a", "b", "c"]
    assert texts(zone, zone.day(3)["as_of"]) == ["a", "b"]
    assert not zone.load(**zone.day(5)).outcomes


def test_a_later_file_whose_first_delivery_was_replaced_takes_its_own_place(zone: Any) -> None:
    """The name that changes comes after the other name of its content:
    what was looked at before is looked at again."""
    zone.put("shop/lines-2024-06-02.csv", "text\na\n")
    zone.load(**zone.day(2))
    zone.put("shop/lines-2024-06-01.csv", "text\na\n")
    zone.put("shop/lines-2024-06-02.csv", "text\nb\n")
    zone.load(**zone.day(3))
    assert texts(zone) == ["a", "b"]


def test_a_reopened_partition_replaces_its_own_rows_only(zone: Any) -> None:
    for day in (1, 2, 3):
        zone.put(f"shop/lines-2024-06-0{day}.csv", f"text\nday {day}\n")
        zone.load(**zone.day(day))
    zone.put("shop/lines-2024-06-01.csv", "text\nday 1 corrected\n")
    zone.load(**zone.day(4))
    assert texts(zone) == ["day 1 corrected", "day 2", "day 3"]
    assert texts(zone, zone.day(3)["as_of"]) == ["day 1", "day 2", "day 3"]


def test_a_content_counts_until_no_name_holds_it(zone: Any) -> None:
    """Two names hold the same lines; one gets others, the other comes damaged, is removed,
    and gets its own at last."""
    for name in ("a", "b"):
        zone.put(f"shop/lines-2024-05-01-{name}.csv", "text\none\n")
    zone.load(**zone.day(1))
    zone.put("shop/lines-2024-05-01-b.csv", "text\none")
    zone.put("shop/lines-2024-05-01-a.csv", "text\ntwo\n")
    zone.load(**zone.day(2))
    assert sorted(zone.rows("lines", "text")) == [("one",), ("two",)]
    (zone.landing / "shop/lines-2024-05-01-b.csv").unlink()
    zone.load(**zone.day(3))
    assert sorted(zone.rows("lines", "text")) == [("one",), ("two",)]
    zone.put("shop/lines-2024-05-01-b.csv", "text\nthree\n")
    zone.load(**zone.day(4))
    assert sorted(zone.rows("lines", "text")) == [("three",), ("two",)]

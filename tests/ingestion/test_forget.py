"""A loaded file taken back: the next night is as if it had never come."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from extract_texts import ids, refund, stock
from oracle import Crash

from ingestion.delivered_again import DeliveredAgain
from ingestion.ledger import Ledger
from ingestion.load.loader import raw_ranks
from ingestion.raw.forget import ForgetError, forget, plan_forget
from ingestion.raw.reconcile import check_files

EVER = datetime(2030, 1, 1)


def take_back(zone: Any, path: str) -> None:
    ledger = Ledger(zone.store)
    forget(ledger, zone.raw_folder, plan_forget(ledger, zone.contracts, path), "forget-1")


def texts(zone: Any, as_of: datetime = EVER) -> list[str]:
    return sorted(text for (text,) in zone.rows("lines", "text", as_of))


def test_a_file_counts_until_the_next_night_and_then_no_more(zone: Any) -> None:
    for day in (1, 2):
        zone.put(f"shop/refunds-2024-06-0{day}.jsonl", refund(day, 10 * day))
        zone.load(**zone.day(day))
    take_back(zone, "shop/refunds-2024-06-02.jsonl")
    assert sorted(ids(zone)) == [1, 2, 10, 20], "the generation that is published is made of it"
    report = zone.load(**zone.day(3))
    assert (report.unchanged, report.forgotten) == (1, ("shop/refunds-2024-06-02.jsonl",))
    assert ids(zone) == [1, 10]
    assert sorted(zone.rows("refunds", "id", zone.day(2)["as_of"])) == [(1,), (2,), (10,), (20,)]
    entries = Ledger(zone.store).entries()
    check_files(zone.raw_folder, Ledger(zone.store), zone.raw_folder.listed(), entries, [], EVER)


def test_the_same_content_under_its_right_name_is_loaded(zone: Any) -> None:
    wrong = zone.put("shop/refunds-2024-06-02.jsonl", refund(1))
    zone.load(**zone.day(2))
    take_back(zone, "shop/refunds-2024-06-02.jsonl")
    zone.put("shop/refunds-2024-06-01.jsonl", wrong.read_text())
    report = zone.load(**zone.day(3))
    assert [outcome.path for outcome in report.loaded] == ["shop/refunds-2024-06-01.jsonl"]
    assert ids(zone) == [1] and not raw_ranks(zone.store, EVER)
    [entry] = Ledger(zone.store).live_entries(EVER)
    assert entry.business_date == "2024-06-01"
    assert zone.load(**zone.day(4)).unchanged == 1


def test_what_a_name_held_before_counts_again(zone: Any) -> None:
    for day, text in ((1, "old"), (2, "new")):
        zone.put("shop/lines-2024-06-01.csv", f"text\n{text}\n")
        zone.load(**zone.day(day))
    take_back(zone, "shop/lines-2024-06-01.csv")
    zone.load(**zone.day(3))
    assert (texts(zone), texts(zone, zone.day(2)["as_of"])) == (["old"], ["new"])
    zone.put("shop/lines-2024-06-01.csv", "text\nright\n")
    zone.load(**zone.day(4))
    assert texts(zone) == ["right"]


def test_a_name_that_held_nothing_before_holds_nothing(zone: Any) -> None:
    zone.put("shop/lines-2024-06-01.csv", "text\nwrong\n")
    zone.load(**zone.day(1))
    take_back(zone, "shop/lines-2024-06-01.csv")
    zone.load(**zone.day(2))
    assert texts(zone) == []


def test_the_snapshot_before_counts_again(zone: Any) -> None:
    zone.put("shop/stock-2024-06-01.csv", stock(a=1, b=2))
    zone.load(**zone.day(1))
    zone.put("shop/stock-2024-06-02.csv", stock(a=5, b=6))
    zone.load(**zone.day(2))
    take_back(zone, "shop/stock-2024-06-02.csv")
    for day in (3, 4):
        zone.load(**zone.day(day))
        assert dict(zone.rows("stock", "product, pieces")) == {"a": 1, "b": 2}
    zone.put("shop/stock-2024-06-03.csv", stock(a=7, b=8))
    zone.load(**zone.day(5))
    assert dict(zone.rows("stock", "product, pieces")) == {"a": 7, "b": 8}


def test_a_delivery_of_a_known_content_is_taken_back_alone(zone: Any) -> None:
    for day, number in ((1, 1), (2, 2), (3, 1)):
        zone.put(f"shop/refunds-2024-06-0{day}.jsonl", refund(number))
        zone.load(**zone.day(day))
    assert raw_ranks(zone.store, EVER)
    take_back(zone, "shop/refunds-2024-06-03.jsonl")
    assert raw_ranks(zone.store, zone.day(3)["as_of"])
    assert zone.load(**zone.day(4)).forgotten == ("shop/refunds-2024-06-03.jsonl",)
    assert not raw_ranks(zone.store, EVER) and ids(zone) == [1, 2]


@pytest.mark.parametrize("step", ["forget.before_ledger", "forget.after_ledger"])
def test_killed_half_way_it_is_one_or_the_other(
    zone: Any, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    for day, text in ((1, "old"), (2, "new")):
        zone.put("shop/lines-2024-06-01.csv", f"text\n{text}\n")
        zone.load(**zone.day(day))
    with monkeypatch.context() as patch:
        patch.setattr("ingestion.raw.forget.killpoint", _kill_at(step))
        with pytest.raises(Crash):
            take_back(zone, "shop/lines-2024-06-01.csv")
    if step == "forget.before_ledger":
        zone.load(**zone.day(3))
        assert texts(zone) == ["new"]
        take_back(zone, "shop/lines-2024-06-01.csv")
    zone.load(**zone.day(4))
    assert texts(zone) == ["old"]


def _kill_at(step: str) -> Callable[[str], None]:
    def reached(name: str) -> None:
        if name == step:
            raise Crash(name)

    return reached


def test_what_cannot_be_taken_back_says_why(zone: Any, tmp_path: Path) -> None:
    for part in (1, 2):
        zone.put(f"shop/stock-2024-06-01-{part}.csv", stock(**{f"p{part}": part}))
    zone.load(**zone.day(1))
    with pytest.raises(ForgetError, match="one of 2 parts of a snapshot"):
        take_back(zone, "shop/stock-2024-06-01-1.csv")
    with pytest.raises(ForgetError, match="no file of this name was loaded"):
        take_back(zone, "shop/stock-2024-06-07.csv")


def test_a_day_that_was_taken_back_is_no_day_of_its_source_from_then_on(zone: Any) -> None:
    for day, number in ((1, 1), (3, 1)):
        zone.put(f"shop/refunds-2024-06-0{day}.jsonl", refund(number))
        zone.load(**zone.day(day))
    take_back(zone, "shop/refunds-2024-06-03.jsonl")
    zone.load(**zone.day(4))
    newest = [
        DeliveredAgain(zone.store).newest_day("shop", zone.day(day)["as_of"]) for day in (1, 3, 4)
    ]
    assert newest == ["2024-06-01", "2024-06-03", "2024-06-01"]

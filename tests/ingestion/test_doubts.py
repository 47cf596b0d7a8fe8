"""What is odd about a file though each of its rows is well formed:
it loads, and the report says so."""

import json
from datetime import datetime
from typing import Any

from extract_texts import refund

ORDER = {
    "id": 1,
    "email": "ann@example.com",
    "amount": "12.50",
    "created_at": "2024-05-01T12:00:00Z",
}


def orders(first: int, count: int, **changes: Any) -> str:
    return "".join(json.dumps(ORDER | {"id": first + i} | changes) + "\n" for i in range(count))


def history(zone: Any, table: str = "orders", files: int = 5) -> None:
    for i in range(files):
        content = orders(i * 1000, 40) if table == "orders" else refund(*range(i * 10, i * 10 + 4))
        zone.put(f"shop/{table}-2024-05-0{i + 1}.jsonl", content)
    assert not zone.load().drift


def doubts(zone: Any, path: str, content: str) -> dict[str, list[str]]:
    """Deliver one more file the night after; what is said of it."""
    zone.put(path, content)
    report = zone.load(datetime(2024, 6, 2, 22))
    [outcome] = report.outcomes
    assert outcome.status == "loaded"
    assert {kind for kinds in report.drift.values() for kind in kinds} == set(outcome.drift)
    return dict(outcome.drift)


def test_a_column_that_is_no_longer_filled_is_told_against_history(zone: Any) -> None:
    history(zone)
    found = doubts(zone, "shop/orders-2024-05-09.jsonl", orders(9000, 40, email=None))
    assert found == {"thinner": ["email filled in 0% of the rows, before in 100%"]}
    entry = zone.store.query(
        "select null_counts from extract_files where path = 'shop/orders-2024-05-09.jsonl'"
    )[0]
    assert json.loads(entry["null_counts"])["email"] == 40


def test_a_file_much_shorter_than_those_before_is_told(zone: Any) -> None:
    history(zone)
    assert doubts(zone, "shop/orders-2024-05-09.jsonl", orders(9000, 19)) == {
        "fewer": ["19 rows, where the smallest of the last 5 files had 40"]
    }


def test_an_empty_file_is_told_where_none_was_before(zone: Any) -> None:
    history(zone, "refunds")
    assert doubts(zone, "shop/refunds-2024-05-09.jsonl", "") == {
        "fewer": ["0 rows, where the smallest of the last 5 files had 4"]
    }


def test_what_a_manifest_vouches_for_is_not_too_short(zone: Any) -> None:
    history(zone)
    zone.put("shop/orders-2024-05-09.jsonl.manifest.json", '{"rows": 19}')
    assert doubts(zone, "shop/orders-2024-05-09.jsonl", orders(9000, 19)) == {}


def test_files_of_one_night_are_no_measure_for_each_other(zone: Any) -> None:
    for i in range(9):
        zone.put(f"shop/orders-2024-05-0{i + 1}.jsonl", orders(i * 1000, 3 if i == 8 else 40))
    assert zone.load().drift == {}


def test_a_key_that_stands_there_twice_is_told_with_its_lines(zone: Any) -> None:
    content = orders(1, 3) + orders(2, 1) + orders(5, 2) + orders(5, 1, amount="1.00")
    assert doubts(zone, "shop/orders-2024-05-01.jsonl", content) == {
        "repeated": [
            "lines 2 and 4 have the same id (2 such rows in the file)",
            "lines 5 and 7 have the same id (2 such rows in the file)",
        ]
    }


def test_a_time_after_the_load_is_told_with_its_line(zone: Any) -> None:
    content = (
        orders(1, 2)
        + orders(3, 1, created_at="2024-06-04T12:00:00Z")
        + orders(4, 1, paid_at=4_000_000_000)
    )
    assert doubts(zone, "shop/orders-2024-05-01.jsonl", content) == {
        "future": ["created_at is after the load in line 3"]
    }


def test_a_column_whose_values_changed_their_type_is_told_of_a_refused_file_too(zone: Any) -> None:
    zone.put("shop/orders-2024-05-01.jsonl", orders(1, 4, is_test="yes"))
    report = zone.load()
    assert (
        report.refused[0].reason is not None
        and "is_test: not true or false (4); the first in line 1" in report.refused[0].reason
    )
    assert report.drift == {"shop_orders": {"changed": ["is_test (not true or false)"]}}


def test_a_key_twice_inside_a_nested_object_costs_one_row(zone: Any) -> None:
    bad = orders(9, 1)[:-2] + ',"lines":[{"sku":{"a":1,"a":2}}]}\n'
    zone.put(
        "shop/orders-2024-05-01.jsonl",
        orders(1, 2, lines=[{"sku": "a:b", "n": 1}, {"sku": "b", "n": 2}]) + bad,
    )
    assert zone.load().reasons == {"shop_orders": {"lines: a key stands there twice": 1}}

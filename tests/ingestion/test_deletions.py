"""Rows that their source deleted: flagged, and back when they come back."""

from typing import Any

import pytest
from extract_texts import stock
from revisions import raise_version

from ingestion.contracts.reading import load_contracts
from ingestion.errors import ContractError


def test_what_a_snapshot_lacks_stays_flagged_until_it_comes_back(zone: Any) -> None:
    raise_version(
        zone,
        (
            "load_mode: snapshot",
            "load_mode: snapshot\n    absent_is_deleted: true\n    shrink_limit: 0.5",
        ),
    )
    deliveries = ({"a": 1, "b": 2}, {"a": 1}, {"a": 3, "c": 4}, {"a": 3, "b": 5, "c": 4})
    seen = []
    for day, pieces in enumerate(deliveries, 1):
        zone.put(f"shop/stock-2024-06-0{day}.csv", stock(**pieces))
        zone.load(**zone.day(day))
        seen.append(
            sorted(zone.rows("stock", "product, pieces, _is_deleted", zone.day(day)["as_of"]))
        )
    assert seen[1] == [("a", 1, False), ("b", 2, True)]
    assert seen[2] == [("a", 3, False), ("b", 2, True), ("c", 4, False)]
    assert seen[3] == [("a", 3, False), ("b", 5, False), ("c", 4, False)]


@pytest.mark.parametrize(("column", "kind"), [("gone", "boolean"), ("gone", "timestamp")])
def test_a_flag_or_a_time_of_deletion_flags_the_row(zone: Any, column: str, kind: str) -> None:
    refunds = (
        "key: [id]\n    may_be_empty: true",
        f"key: [id]\n    deleted_column: {column}\n    may_be_empty: true",
    )
    field = f"\n      - {{name: {column}, type: {kind}, description: Gone.}}\n  lines"
    raise_version(zone, refunds, ("description: Id.}\n  lines", f"description: Id.}}{field}"))
    value = "true" if kind == "boolean" else '"2024-05-01T10:00:00Z"'
    zone.put(
        "shop/refunds-2024-05-01.jsonl",
        f'{{"id": 1, "gone": {value}}}\n{{"id": 2, "gone": null}}\n{{"id": 3}}\n',
    )
    zone.load()
    assert zone.rows("refunds", "id, _is_deleted") == [(1, True), (2, False), (3, False)]


def test_a_deleted_record_passes_with_its_key_alone(zone: Any) -> None:
    stripe = load_contracts()["stripe"].path
    contract = stripe.read_text(encoding="utf-8")
    tables = contract[contract.index("\n  customers:\n") :].replace("stripe/", "shop/")
    tables = tables.replace("key: [id]", "key: [id]\n    quarantine_limit: 0.9")
    (zone.sources / "shop.yml").write_text(
        f"source: shop\nowner: o\nversion: 1\ndescription: D.\ntables:{tables}", encoding="utf-8"
    )
    zone.put(
        "shop/customers-2024-05-01.jsonl",
        '{"id":"cus_d1","object":"customer","email":"d1@example.net","created":1714557600}\n',
    )
    zone.put(
        "shop/customers-2024-05-02.jsonl",
        '{"id":"cus_d1","object":"customer","deleted":true}\n'
        '{"id":"cus_d2","object":"customer","deleted":false}\n'
        '{"object":"customer","deleted":true}\n',
    )
    report = zone.load()
    assert zone.rows("customers", "id, created is null, _is_deleted") == [
        ("cus_d1", False, False),
        ("cus_d1", True, True),
    ], report
    assert report.in_quarantine == {"shop_customers": {"created: missing": 1, "id: missing": 1}}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("load_mode: append\n    absent_is_deleted: true", "only a snapshot"),
        ("load_mode: append\n    deleted_column: id", "deleted_column: is of type integer"),
        ("load_mode: append\n    deleted_column: gone", "'gone' is not one of its columns"),
    ],
)
def test_a_deletion_that_cannot_be_seen_is_no_contract(zone: Any, change: str, told: str) -> None:
    contract = zone.sources / "shop.yml"
    contract.write_text(contract.read_text().replace("load_mode: append", change, 1))
    with pytest.raises(ContractError, match=told):
        _ = zone.contracts

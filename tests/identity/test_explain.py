"""What `clientele identity explain` says of the laboratory's people:
paths, refusals, values that join nobody; addresses masked."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from orchestration.cli.explain import Explainer, masked
from orchestration.warehouse.connection import connect

RECORDS = {
    "chain": (
        "r1 email=a, r2 email=a phone=1, r3 phone=1 card=7, r4 card=7,"
        " d1 device=1, l1 card=7 device=1"
    ),
    "unique": "r1 hub=1 email=a, r2 hub=2 email=a",
    "apart": "r1 email=a, r2 email=a",
    "office": ", ".join(f"r{i} name=n{i} email=info" for i in range(11)),
    "blocked": "r1 email==test@test.com, r2 email==test@test.com",
    "kiosk": "d device=1, l1 user=5 device=1, l2 user=6 device=1",
}


@pytest.fixture(scope="module")
def explainer(
    new_lab: Callable[[], Any], make_record: Callable[[str, str], Any]
) -> Iterator[Explainer]:
    lab = new_lab()
    records = [
        make_record(word, line) for word, lines in RECORDS.items() for line in lines.split(", ")
    ]
    lab.night([records[0], records[2]])  # two customers, until r2 comes
    lab.overrides = [("different", "apart:r1", "apart:r2")]
    lab.night(records)
    connection = connect(lab.inputs)
    yield Explainer(connection)
    connection.close()


def customer(explainer: Explainer, term: str) -> str:
    found = explainer.find(term)
    assert found
    return found[0]


def test_a_record_a_customer_an_alias_and_an_address_lead_to_the_customer(
    explainer: Explainer,
) -> None:
    found = customer(explainer, "chain:r1")
    assert explainer.find(found) is not None and customer(explainer, found) == found
    assert customer(explainer, " A@chain.Example.net ") == found
    assert explainer.find("nobody@chain.example.net") is None
    ((retired, change, _),) = explainer.aliases(found)
    assert change == "merged" and customer(explainer, retired) == found


def test_the_path_is_the_shortest_and_names_every_link(explainer: Explainer) -> None:
    found = customer(explainer, "chain:r1")
    path = explainer.path(found, "chain:r1", "chain:r4")
    assert [(step.record_id, step.rule) for step in path] == [
        ("chain:r1", "email"),
        ("chain:r2", "email"),
        ("chain:r2", "phone"),
        ("chain:r3", "phone"),
        ("chain:r3", "stripe_customer_id"),
        ("chain:r4", "stripe_customer_id"),
    ]
    assert [step.rule for step in explainer.path(found, "chain:d1", "chain:r4")][:2] == [
        "anonymous_id",
        "anonymous_id",
    ]
    assert explainer.path(found, "chain:r1", "unique:r1") == []
    assert {record for record, *_ in explainer.records(found)} == {
        f"chain:{name}" for name in ("r1", "r2", "r3", "r4", "d1", "l1")
    }


@pytest.mark.parametrize(
    ("word", "records", "refused_by"),
    [("unique", ("r1", "r2"), "hubspot_contact_id"), ("apart", ("r1", "r2"), "different")],
)
def test_a_refusal_names_both_customers_and_the_limit(
    explainer: Explainer, word: str, records: tuple[str, str], refused_by: str
) -> None:
    customers = {customer(explainer, f"{word}:{name}") for name in records}
    assert len(customers) == 2
    for one in customers:
        (refusal,) = explainer.refusals(one)
        assert refusal.refused_by == refused_by and set(refusal.customers) == customers


@pytest.mark.parametrize(
    ("left", "right", "common"),
    [
        ("office:r1", "office:r2", [("email", "info@office.example.net", "over_cap", 11)]),
        ("blocked:r1", "blocked:r2", [("email", None, "blocked", None)]),
        ("kiosk:l1", "kiosk:l2", [("anonymous_id", "1-kiosk", "ambiguous", None)]),
        ("office:r1", "kiosk:d", []),
    ],
)
def test_what_two_have_in_common_joins_nobody_for_a_reason(
    explainer: Explainer, left: str, right: str, common: list[Any]
) -> None:
    assert explainer.in_common(customer(explainer, left), customer(explainer, right)) == common


def test_addresses_and_numbers_are_masked() -> None:
    assert masked("email:ada.lovelace@example.co.uk") == "email:a…@e….uk"
    assert masked("phone:+4915112345617") == "phone:+49…17"
    assert masked("user_id:7000000033562") == "user_id:7000000033562"
    assert masked("shopify_orders:1") == "shopify_orders:1"

"""A night of the small shop in which contact points are written as they really are: with what
nobody sees, names around addresses, numbers without `+`, countries by name."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from plain_night import run_plain, settings_of
from small_shop import SETTINGS, deliver_small_shop

from orchestration.warehouse.connection import connect
from orchestration.warehouse.generations import Generations
from orchestration.warehouse.inputs import Inputs
from orchestration.warehouse.replay.runner import ReplayingDbt

MAILS = {
    711: "vera@example.net",
    712: "vera@example.net\u200b",
    713: "\u00a0vera@example.net",
    714: "vera@example.net.",
    715: "VERA@EXAMPLE.NET\u2060",
    716: "mailto:vera@example.net",
    717: "Vera <vera@example.net>",
    718: "vera@example.net, willi@example.net",
    719: "\uff56era@example.net",
    720: "vera@example.net\u202c",
}
PHONES = {
    701: ("4915123456789", "DE"),
    702: ("+49 151 23456789", "DE"),
    703: ("4917612345678", "DE"),
    704: ("+4917612345678", "DE"),
    705: ("0151 99887766", "Germany"),
    706: ("+49 151 99887766", "Germany"),
}
# Contact point → how its withdrawal is written.
WITHDRAWN = {
    "anna@example.com": "anna@example.com\u202c",
    "carl@example.com": "mailto:carl@example.com",
    "dora@example.com": "Dora <dora@example.com>",
    "+4915123456789": "0151 23456789",
    "+4917612345678": "4917612345678",
}
LOST = "nobody@example.com"


def contact(number: int, **properties: Any) -> dict[str, Any]:
    return {
        "id": str(number),
        "properties": {"lifecyclestage": "lead", **properties},
        "archived": False,
        "createdAt": "2026-06-25T09:00:00Z",
        "updatedAt": "2026-06-25T09:00:00Z",
    }


def decision(number: int, contact_point: str, is_phone: bool, state: str) -> dict[str, Any]:
    return {
        "record_id": f"w{number}",
        "contact_point_type": "phone" if is_phone else "email",
        "contact_point": contact_point,
        "channel": "sms" if is_phone else "email",
        "purpose": "marketing",
        "state": state,
        "recorded_at": f"2026-0{5 if state == 'granted' else 6}-15T08:00:00Z",
    }


def deliver(extracts: Path) -> None:
    contacts = [contact(number, email=email) for number, email in MAILS.items()]
    contacts += [
        contact(number, phone=phone, country=country) for number, (phone, country) in PHONES.items()
    ]
    decisions = [decision(0, LOST, False, "withdrawn")]
    for place, (point, written) in enumerate(WITHDRAWN.items(), 1):
        is_phone = point.startswith("+")
        decisions.append(decision(10 * place, point, is_phone, "granted"))
        decisions.append(decision(10 * place + 1, written, is_phone, "withdrawn"))
    files = {"hubspot/contacts": contacts, "consent/records": decisions}
    for table, rows in files.items():
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (extracts / f"{table}-2026-06-30-written.jsonl").write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory, replaying: ReplayingDbt) -> dict[str, Any]:
    home = tmp_path_factory.mktemp("written")
    (home / "clientele.yml").write_text(SETTINGS, encoding="utf-8")
    deliver_small_shop(home / "extracts")
    deliver(home / "extracts")
    settings = settings_of(home, home / "clientele.yml")
    report = run_plain(settings, replaying, "night")
    assert report["status"] == "published", report["errors"]
    return {**report, "home": home}


@pytest.fixture(scope="module")
def published(report: dict[str, Any]) -> duckdb.DuckDBPyConnection:
    generations = Generations(report["home"] / "generations")
    return connect(Inputs.load(generations.inputs(generations.current())).without_raw())


def people(connection: duckdb.DuckDBPyConnection) -> dict[int, tuple[str, str | None, str | None]]:
    rows = connection.execute(
        "select split_part(record_id, ':', 2)::integer, customer_id, email, phone"
        " from identity.identity_map join core.customers using (customer_id)"
        " where record_id like 'hubspot_contacts:7__'"
    ).fetchall()
    return {number: (customer, email, phone) for number, customer, email, phone in rows}


def test_an_address_is_one_however_it_is_written(published: duckdb.DuckDBPyConnection) -> None:
    found = {number: people(published)[number] for number in MAILS}
    two_addresses = found.pop(718)
    assert len({*found.values()}) == 1 and found[711][1] == "vera@example.net"
    assert two_addresses[0] != found[711][0] and two_addresses[1] is None
    assert published.execute(
        "select reason, records_count from identity.identifier_rejections"
        " where identifier_type = 'email'"
    ).fetchall() == [("malformed", 1)]


def test_a_number_with_its_countrys_code_is_read_as_international(
    published: duckdb.DuckDBPyConnection,
) -> None:
    found = people(published)
    assert found[701] == found[702] and found[701][2] == "+4915123456789"
    assert found[703] == found[704] and found[703][2] == "+4917612345678"
    assert found[705] == found[706] and found[705][2] == "+4915199887766"
    assert published.execute(
        "select distinct country_code from core.customers where phone like '+4915199%'"
    ).fetchall() == [("DE",)]


def test_withdrawals_hold(published: duckdb.DuckDBPyConnection) -> None:
    states = dict(
        published.execute(
            "select contact_point, state from core.consents where purpose = 'marketing'"
        ).fetchall()
    )
    assert {point: states[point] for point in WITHDRAWN} == dict.fromkeys(WITHDRAWN, "withdrawn")


def test_a_withdrawal_of_nobody_is_listed_and_counted(
    report: dict[str, Any], published: duckdb.DuckDBPyConnection
) -> None:
    assert published.execute(
        "select rule, table_name, key from core.withdrawal_findings"
    ).fetchall() == [("withdrawal_of_nobody", "consent_decisions", "w0")]
    assert report["findings"]["rules"]["withdrawal_of_nobody"] == 1

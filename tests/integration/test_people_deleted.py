"""Who was deleted at the source stays in orders and money and leaves segments and syncs; what is
restored comes back. In the same nights: what joins nobody, and ids in 15 and 18 characters."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from plain_night import run_plain, settings_of
from shop_records import charge, contact, customer, movement, order
from small_shop import SETTINGS, deliver_small_shop

from orchestration.warehouse.connection import connect
from orchestration.warehouse.generations import Generations
from orchestration.warehouse.inputs import Inputs
from orchestration.warehouse.replay.runner import ReplayingDbt

MORE = "".join(
    f"  {name}: {{enabled: true, freshness_days: 60}}\n"
    for name in ("salesforce", "zendesk", "klaviyo", "web")
)
CREATED, DELETED, RESTORED = (f"2026-0{at}:00:00Z" for at in ("5-02T08", "7-01T08", "7-02T08"))
WHO = ("hubspot", "salesforce", "stripe", "zendesk", "shopify", "klaviyo")
# Of each, as many people as the shop of today needs for a tenth that is worth most: one spends all.
PEOPLE = {name: 800 + number for number, name in enumerate(WHO)}
SALESFORCE_ID = "0035g00000AbCdEAAV"
NOBODY = [
    {"messageId": f"m{number}", "userId": user, "traits": {"email": f"{name}@example.net"}}
    for number, (user, name) in enumerate(
        [
            ("(not set)", "olga"),
            ("(not set)", "paul"),
            ("undefined", "quinn"),
            ("undefined", "rosa"),
            (77.0, "sina"),
            ("77", "sina2"),
            ("00000000-0000-0000-0000-000000000000", "tom"),
            ("00000000-0000-0000-0000-000000000000", "uwe"),
        ]
    )
]


def at(name: str) -> str:
    return f"{name}@deleted.example"


def person(name: str, state: str, changed: str) -> tuple[str, dict[str, Any] | str]:
    """The record of one who is known to that source alone: table and row."""
    is_gone, number = state == "deleted", PEOPLE[name]
    times = {"created_at": CREATED, "updated_at": changed}
    if name == "hubspot":
        made = contact(number, at(name), "customer")
        return "hubspot/contacts", {**made, "archived": is_gone, "updatedAt": changed}
    if name == "salesforce":
        return "salesforce/contacts", (
            f"{SALESFORCE_ID if is_gone else SALESFORCE_ID[:15]},,,Zimmer,{at(name)},,,DE,,,Web,"
            f"{str(is_gone).lower()},{CREATED},{changed}\n"
        )
    if name == "stripe":
        gone: dict[str, Any] = {"id": "cus_d1", "object": "customer", "deleted": True}
        alive = {"id": "cus_d1", "email": at(name), "livemode": True, "created": 1777708800}
        return "stripe/customers", gone if is_gone else alive
    if name == "zendesk":
        row = {"id": number, "role": "end-user", "email": at(name), "active": not is_gone}
        return "zendesk/users", {**row, **times}
    if name == "shopify":
        gone = {"id": number, "updated_at": changed, "deleted": True}
        return "shopify/customers", gone if is_gone else {
            **customer(number, at(name), name),
            **times,
        }
    attributes = {"email": at(name), "created": CREATED, "updated": changed}
    gone = {"type": "profile", "id": "p1", "deleted": True, "attributes": {"updated": changed}}
    alive = {"type": "profile", "id": "p1", "attributes": attributes}
    return "klaviyo/profiles", gone if is_gone else alive


def deliver_people(extracts: Path, day: str, state: str, changed: str) -> None:
    header = (
        "Id,MasterRecordId,FirstName,LastName,Email,Phone,MobilePhone,MailingCountryCode,"
        "MailingCity,MailingPostalCode,LeadSource,IsDeleted,CreatedDate,SystemModstamp\n"
    )
    for name in WHO:
        table, row = person(name, state, changed)
        kind = "csv" if isinstance(row, str) else "jsonl"
        text = header + row if isinstance(row, str) else json.dumps(row) + "\n"
        write(extracts, f"{table}-{day}-people.{kind}", text)


def write(extracts: Path, name: str, text: str) -> None:
    path = extracts / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def lines(rows: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def deliver_first_night(extracts: Path) -> None:
    """Each of them has bought for 900 EUR as a guest, by the address that the source knows; who is
    known to the shop and to the sales team is Anna."""
    deliver_people(extracts, "2026-06-30", "alive", CREATED)
    orders = [
        order(
            number,
            "2026-06-05",
            "EUR",
            [(1, "900.00")],
            email=at(name),
            **({"customer": {"id": number}} if name == "shopify" else {}),
        )
        for name, number in PEOPLE.items()
    ]
    paid = [
        movement(number + 1000, number, "sale", "900.00", "EUR", "2026-06-05", f"ch_{number}")
        for number in PEOPLE.values()
    ]
    charges = [
        charge(f"ch_{number}", number, 90000, "eur", 1780650060) for number in PEOPLE.values()
    ]
    grants = [
        {
            "record_id": f"d-{name}",
            "contact_point_type": "email",
            "contact_point": at(name),
            "channel": "email",
            "purpose": "marketing",
            "state": "granted",
            "recorded_at": "2026-06-06T08:00:00Z",
        }
        for name in WHO
    ]
    times = {"timestamp": "2026-06-25T09:00:00Z", "receivedAt": "2026-06-25T09:00:00Z"}
    events = [
        {**row, "type": "identify", "anonymousId": f"a-{row['messageId']}", **times}
        for row in NOBODY
    ]
    lead = (
        "Id,FirstName,LastName,Email,Phone,MobilePhone,CountryCode,City,PostalCode,Company,"
        "LeadSource,Status,IsConverted,ConvertedContactId,IsDeleted,CreatedDate,SystemModstamp\n"
        "00Q5g00000FgHiJEAV,Z.,Zimmer,z@example.org,,,DE,,,Acme,Web,Qualified,true,0035g00000AbCdE,"
        f"false,{CREATED},{CREATED}\n"
    )
    for name, rows in {
        "shopify/orders": orders,
        "shopify/transactions": paid,
        "stripe/charges": charges,
        "consent/records": grants,
        "web/events": events,
    }.items():
        write(extracts, f"{name}-2026-06-30-people.jsonl", lines(rows))
    write(extracts, "salesforce/leads-2026-06-30.csv", lead)


@pytest.fixture(scope="module")
def nights(
    tmp_path_factory: pytest.TempPathFactory, replaying: ReplayingDbt
) -> Iterator[dict[str, duckdb.DuckDBPyConnection]]:
    """Alive, deleted, restored: the three published nights."""
    home = tmp_path_factory.mktemp("deleted")
    (home / "clientele.yml").write_text(
        SETTINGS.replace("  ecb: {enabled: true}\n", f"  ecb: {{enabled: true}}\n{MORE}")
    )
    deliver_small_shop(home / "extracts")
    deliver_first_night(home / "extracts")
    settings = settings_of(home, home / "clientele.yml")
    found = {}
    for night, state, day, changed in (
        (1, "alive", None, CREATED),
        (2, "deleted", "2026-07-01", DELETED),
        (3, "restored", "2026-07-02", RESTORED),
    ):
        if day:
            deliver_people(home / "extracts", day, state, changed)
        if state == "deleted":  # a contact of the CRM who is a customer of the shop as well
            gone = {**contact(51, "anna@example.com", "customer"), "archived": True}
            write(
                home / "extracts",
                f"hubspot/contacts-{day}-anna.jsonl",
                lines([{**gone, "updatedAt": changed}]),
            )
        report = run_plain(settings, replaying, state, datetime(2026, 7, night, 22))
        assert report["status"] == "published", report["errors"]
        generations = Generations(home / "generations")
        found[state] = connect(Inputs.load(generations.inputs(state)).without_raw())
    yield found
    for connection in found.values():
        connection.close()


def ask(connection: duckdb.DuckDBPyConnection, query: str) -> list[Any]:
    return connection.execute(query).fetchall()


GONE = (
    "select distinct email from core.customers where customer_id in"
    " (select customer_id from {table}) and email like '%@deleted.example'"
)


def test_the_deleted_of_every_source_leave_segments_and_syncs(
    nights: dict[str, duckdb.DuckDBPyConnection],
) -> None:
    everybody = {(at(name),) for name in WHO}
    alive, deleted = nights["alive"], nights["deleted"]
    assert ask(alive, "select * from core.deleted_customers") == []
    gone = GONE.format(table="core.deleted_customers")
    assert {*ask(deleted, gone)} == everybody
    members = {*ask(alive, GONE.format(table="segments.memberships"))}
    listed = GONE.format(
        table="(from segments.seg_high_value select customer_id"
        " union all from segments.seg_lapsing select customer_id"
        " union all from segments.seg_abandoned_cart select customer_id)"
    )
    assert {*ask(alive, listed)} == members and ask(deleted, listed) == []
    assert members and ask(deleted, GONE.format(table="segments.memberships")) == []
    assert {*ask(alive, GONE.format(table="sync.sync_hubspot__contacts"))} == members
    assert ask(deleted, GONE.format(table="sync.sync_hubspot__contacts")) == []
    left = GONE.format(table="segments.membership_changes where change = 'left'")
    assert {*ask(deleted, left)} == members


def test_they_stay_in_orders_and_money(nights: dict[str, duckdb.DuckDBPyConnection]) -> None:
    money = "select count(*), sum(net_revenue), count(distinct customer_id) from core.orders"
    assert ask(nights["alive"], money) == ask(nights["deleted"], money)
    spent = (
        "select historic_revenue from marts.customer_360 where is_deleted"
        " group by customer_id, historic_revenue"
    )
    assert ask(nights["deleted"], spent) == [(900,)] * len(WHO)


def test_nothing_reaches_them(nights: dict[str, duckdb.DuckDBPyConnection]) -> None:
    excluded = (
        "select contact_point from core.exclusions"
        " where reason = 'deleted' and contact_point like '%@deleted.example'"
    )
    assert {*ask(nights["deleted"], excluded)} == {(at(name),) for name in WHO}
    assert ask(nights["restored"], excluded) == []


def test_who_stands_elsewhere_is_not_gone(nights: dict[str, duckdb.DuckDBPyConnection]) -> None:
    anna = "select is_deleted, email from core.customers where email = 'anna@example.com'"
    assert ask(nights["deleted"], anna) == [(False, "anna@example.com")]
    assert ask(
        nights["deleted"],
        "select record_id from core.deleted_records where record_id like 'hubspot%:51'",
    ) == [("hubspot_contacts:51",)]


def test_who_is_restored_comes_back(nights: dict[str, duckdb.DuckDBPyConnection]) -> None:
    restored, alive = nights["restored"], nights["alive"]
    assert ask(restored, "select * from core.deleted_customers") == []
    members = GONE.format(table="segments.memberships")
    assert {*ask(restored, members)} == {*ask(alive, members)}


def test_nobodys_login_joins_nobody(nights: dict[str, duckdb.DuckDBPyConnection]) -> None:
    found = ask(
        nights["alive"],
        "select list(identifier_value order by identifier_value) from core.customer_identifiers"
        " where identifier_value like '%@example.net' group by customer_id order by 1",
    )
    together = [addresses for (addresses,) in found if len(addresses) > 1]
    assert together == [["sina2@example.net", "sina@example.net"]] and len(found) == 7


def test_a_lead_finds_its_contact_by_an_id_of_15_characters(
    nights: dict[str, duckdb.DuckDBPyConnection],
) -> None:
    found = ask(
        nights["deleted"],
        "select count(distinct customer_id), count(*) from identity.identity_map"
        " where record_id like 'salesforce%'",
    )
    assert found == [(1, 2)]

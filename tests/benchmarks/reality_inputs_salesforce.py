"""Inputs of topic `reality` about Salesforce's ids, which are told in 15 or in 18 characters."""

from collections.abc import Iterator
from typing import Any

from reality_inputs_case import Check, Input, everyone_apart, files, fresh, record, says
from reality_records import Row, mail


def suffix(first_fifteen: str) -> str:
    """The last three characters of a Salesforce id: which of the others are capitals."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
    return "".join(
        letters[sum(c.isupper() << i for i, c in enumerate(first_fifteen[part : part + 5]))]
        for part in (0, 5, 10)
    )


def inputs() -> Iterator[Input]:
    kind = "Salesforce id of 15 characters"
    for name, n in (
        ("a lead's contact", fresh(2)),
        ("a lead's contact, in small letters", fresh(2)),
    ):
        short = f"0035g{n:06d}AbCd"
        whole = short + suffix(short)
        told = short if "small" not in name else whole.lower()
        rows = [
            _person("salesforce.contacts", n, id=whole),
            _person("salesforce.leads", n + 1, is_converted="true", converted_contact_id=told),
        ]
        yield Input(kind, name, files(rows, n), _one_person(n, 2))
    n = fresh(2)
    short = f"0035h{n:06d}xYzW"
    rows = [
        _person("salesforce.contacts", n, id=short + suffix(short)),
        _person("salesforce.contacts", n + 1, master_record_id=short, is_deleted="true"),
    ]
    yield Input(kind, "the contact into which one was merged", files(rows, n), _one_person(n, 2))
    n = fresh(2)
    short = f"0035i{n:06d}QrSt"
    first = files([_person("salesforce.contacts", n, id=short)], n)
    later = {"id": short + suffix(short), "system_modstamp": "2026-06-29T12:00:00Z"}
    second = files([_person("salesforce.contacts", n + 1, **later)], n, night=2)
    yield Input(
        kind,
        "one contact, first in 15 and then in 18",
        first + second,
        says(
            "select count(*), max(identifiers['email']) from staging.stg_salesforce__contacts"
            f" where salesforce_contact_id like '{short}%'",
            (1, mail(n + 1)),
        ),
    )
    n = fresh(2)
    rows = [
        _person("salesforce.leads", n + i, id=f"00Q5g{n:06d}{end}")
        for i, end in enumerate(("abCd", "aBcd"))
    ]
    yield Input(kind, "two leads that differ in case alone", files(rows, n), everyone_apart(n, 2))
    n = fresh(4)
    rows = [
        _person("salesforce.leads", n + i, is_converted="true", converted_contact_id=nobody)
        for i, nobody in enumerate(("null", "null", "N/A", "N/A"))
    ]
    yield Input(kind, "leads that became nobody", files(rows, n), everyone_apart(n, 4))


def _one_person(n: int, people: int) -> Check:
    mails = ", ".join(f"'{mail(n + i)}'" for i in range(people))
    return says(
        "select count(distinct customer_id), count(distinct identifier_value)"
        " from core.customer_identifiers"
        f" where identifier_type = 'email' and identifier_value in ({mails})",
        (1, people),
    )


def _person(table: str, n: int, **values: Any) -> tuple[str, Row]:
    return table, record(table, n, **values)

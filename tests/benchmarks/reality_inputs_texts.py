"""Inputs of topic `reality` whose texts hold something else than they should: nested lists and
objects as text, NUL, CSV files of a spreadsheet, lines that end with CR alone."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from reality_inputs_case import (
    Check,
    File,
    Input,
    either,
    files,
    fresh,
    key,
    path,
    record,
    records,
    refused,
    says,
    waits,
)
from reality_odd_files import TABLES, text_of
from reality_records import mail

# What stands where a list or an object belongs: table, field of the row (below another one), how
# the warehouse shows that it was read, with `{k}` and the address `{mail}`, and what it answers.
NESTED: Sequence[tuple[str, str, str, Any]] = (
    (
        "shopify.products",
        "variants",
        "select sku from core.product_variants where product_id = '{k}'",
        "ODD-{k}",
    ),
    (
        "shopify.orders",
        "line_items",
        "select sum(quantity) from core.order_lines where order_id like '%:{k}'",
        2,
    ),
    (
        "shopify.refunds",
        "transactions",
        "select refunded_amount from core.orders where order_id like '%:{k}'",
        20,
    ),
    (
        "hubspot.deals",
        "associations.contacts.results",
        "select contacts_count from core.deals where deal_id like '%:{k}'",
        1,
    ),
    (
        "stripe.disputes",
        "balance_transactions",
        "select fee_amount from core.disputes where dispute_id like '%dp_{k}'",
        15,
    ),
    (
        "klaviyo.events",
        "attributes.event_properties",
        "select subject from staging.stg_klaviyo__events where event_id like '%e{k}'",
        "News",
    ),
)
# Objects that hold columns of their own.
HOLDERS: Sequence[tuple[str, str, str, Any]] = (
    (
        "hubspot.contacts",
        "properties",
        "select identifiers['email'] from staging.stg_hubspot__contacts"
        " where hubspot_contact_id = '{k}'",
        "{mail}",
    ),
    (
        "hubspot.deals",
        "associations",
        "select contacts_count from core.deals where deal_id like '%:{k}'",
        1,
    ),
    (
        "shopify.orders",
        "total_shipping_price_set",
        "select shipping_amount from core.orders where order_id like '%:{k}'",
        "4.9",
    ),
    (
        "stripe.charges",
        "billing_details",
        "select identifiers['email'] from staging.stg_stripe__charges"
        " where charge_id like '%ch_{k}'",
        "{mail}",
    ),
    (
        "stripe.charges",
        "metadata",
        "select order_id from core.charges where charge_id like '%ch_{k}'",
        "shopify:{k}",
    ),
    (
        "web.events",
        "traits",
        "select identifiers['email'] from staging.stg_web__logins where anonymous_id = 'a{k}'",
        "{mail}",
    ),
    (
        "klaviyo.profiles",
        "attributes",
        "select email from staging.stg_klaviyo__profiles where klaviyo_profile_id = 'P{k}'",
        "{mail}",
    ),
)
SPELT: dict[str, Callable[[Any], str]] = {
    "as text": json.dumps,
    "as text, twice": lambda value: json.dumps(json.dumps(value)),
    "as text with spaces around": lambda value: f" {json.dumps(value, indent=1)}\n",
}
BROKEN: Sequence[tuple[str, str, str]] = (
    ("shopify.refunds", "transactions", '[{"id": 1, "kind": "refund", "amount": "20'),
    ("zendesk.tickets", "tags", '["vip", "angry"'),
    ("shopify.products", "variants", "[{'id': 1, 'sku': 'A', 'price': '9.00'}]"),
    ("hubspot.deals", "associations.contacts.results", "[object Object],[object Object]"),
)
# A column of a table, and what it holds beside the NUL.
NUL: Sequence[tuple[str, str, str]] = (
    ("shopify.products", "title", "Te\0a"),
    ("hubspot.contacts", "firstname", "Xe\0na"),
    ("hubspot.contacts", "email", "yara\0@example.net"),
    ("zendesk.tickets", "subject", "Where is\0 it"),
    ("klaviyo.profiles", "last_name", "\0"),
    ("consent.records", "contact_point", "dora@example.net\0"),
    ("stripe.customers", "name", "Eva\0Neu"),
    ("web.events", "page_url", "https://shop.example/\0"),
    ("shopify.orders", "checkout_token", "a\0b"),
)
CSV_TABLES = (
    "google_ads.campaign_days",
    "meta_ads.campaign_days",
    "salesforce.leads",
    "salesforce.contacts",
)


def inputs() -> Iterator[Input]:
    yield from _nested()
    for table, column, text in NUL:
        n = fresh()
        rows = [(table, record(table, n, **{column: text}))]
        yield Input(
            "NUL in a text", f"{table} {column}", files(rows, n), waits(path(table, n), "NUL")
        )
    yield from _spreadsheets()


def _nested() -> Iterator[Input]:
    kind = "nested list as text"
    for table, place, query, answer in NESTED:
        for how, spell in SPELT.items():
            # A text of a text may be set aside as well.
            n = fresh()
            rows = _with(table, n, place, spell, is_alone=how == "as text, twice")
            read = _read(query, answer, n)
            check = (
                read if how == "as text" else either(read, waits(path(table, n), "not valid JSON"))
            )
            yield Input(kind, f"{table} {place} {how}", files(rows, n), check)
    for table, place, query, answer in HOLDERS:
        n = fresh()
        rows = _with(table, n, place, json.dumps, is_alone=True)
        check = either(_read(query, answer, n), waits(path(table, n), ""))
        yield Input("nested object as text", f"{table} {place}", files(rows, n), check)
    for table, place, text in BROKEN:
        n = fresh()
        rows = _with(table, n, place, lambda value, text=text: text, is_alone=True)
        yield Input(kind, f"{table} {place}, broken", files(rows, n), waits(path(table, n), ""))
    n = fresh()
    rows = [("zendesk.tickets", record("zendesk.tickets", n, tags='["vip", "angry"]'))]
    query = (
        "select json_array_length(tags) from staging.stg_zendesk__tickets"
        f" where ticket_id like '%:{key(n)}'"
    )
    yield Input(kind, "zendesk.tickets tags", files(rows, n), says(query, 2))


def _read(query: str, answer: Any, n: int) -> Check:
    if isinstance(answer, str):
        answer = answer.format(k=key(n), mail=mail(n))
    return says(query.format(k=key(n)), answer)


def _with(
    table: str, n: int, place: str, spell: Callable[[Any], str], *, is_alone: bool
) -> list[tuple[str, Any]]:
    """The records with another word at one place of a row, where a list or an object was; the row
    alone where it will be set aside, so that shop and provider do not differ."""
    rows = [row for row in records(table, n) if row[0] == table or not is_alone]
    (row,) = (row for name, row in rows if name == table)
    if place == "total_shipping_price_set":
        row |= {place: {"shop_money": {"amount": "4.90"}}, "total_price": "44.90"}
    *above, last = place.split(".")
    for name in above:
        row = row[name]
    row[last] = spell(row[last])
    return rows


def _spreadsheets() -> Iterator[Input]:
    """CSV as spreadsheets and other machines write it: refused with what stands there."""
    for table in CSV_TABLES:
        n = fresh()
        text = _text(table, n)
        for name, written, words in (
            ("semicolons", "\ufeff" + text.replace(",", ";"), ("separated by ;",)),
            ("tabs", text.replace(",", "\t"), ("separated by a tab",)),
            ("lines end with CR", text.replace("\n", "\r"), ("CR alone",)),
        ):
            yield _refused(table, name, written, words)
    for table, name, written, words in (
        ("google_ads.campaign_days", "pipes", lambda t: t.replace(",", "|"), ("separated by |",)),
        ("google_ads.campaign_days", "sep=", lambda t: f"sep=,\n{t}", ("sep=",)),
        (
            "google_ads.campaign_days",
            "a title above",
            lambda t: f"Campaign report\n{t}",
            ("stand in line 2",),
        ),
        ("meta_ads.campaign_days", "names in capitals", _capitals, ("other letter case",)),
        (
            "salesforce.contacts",
            "CR behind a BOM",
            lambda t: "\ufeff" + t.replace("\n", "\r"),
            ("CR alone",),
        ),
    ):
        yield _refused(table, name, written(_text(table, fresh())), words)


def _refused(table: str, name: str, text: str, words: tuple[str, ...]) -> Input:
    where = path(table, fresh())
    kind = "lines that end with CR" if "CR" in name else "CSV of a spreadsheet"
    file = File(1, where, text.encode())
    return Input(kind, f"{table}: {name}", (file,), refused(where, *words))


def _text(table: str, n: int) -> str:
    return text_of(TABLES[table], [record(table, n)])


def _capitals(text: str) -> str:
    header, rows = text.split("\n", 1)
    return f"{header.upper()}\n{rows}"

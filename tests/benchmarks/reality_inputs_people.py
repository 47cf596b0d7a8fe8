"""Inputs of topic `reality` about who is who: logins that are nobody's, addresses and numbers in
all their spellings, Salesforce ids in 15 and 18 characters."""

from collections.abc import Iterator, Sequence
from typing import Any

from reality_inputs_case import (
    Input,
    both,
    everyone_apart,
    files,
    fresh,
    key,
    record,
    records,
    says,
    together,
)
from reality_records import Row, Rows, mail

ZERO = "00000000-0000-0000-0000-000000000000"
# What stands where a shop's login should, by who writes it.
PLACEHOLDERS: dict[str, Sequence[Any]] = {
    "programs": ("null", "None", "nil", "undefined", "NaN", "true", "(null)", "\\N"),
    "spreadsheets": ("N/A", "#N/A", "na", "-", "--", ".", "#REF!"),
    "zeros": (0, "0", "000", ZERO, "1111111111", -1, "99999999"),
    "people": ("guest", "Anonymous", "unknown", "unbekannt", "(not set)", "test", "visitor"),
    "templates": ("{{customer.id}}", "${userId}", "*|ID|*", "[object Object]", "%CUSTOMER_ID%"),
    "unseen characters": ("null\u200b", "\u00a0none", "\ufeffundefined", "GUEST\u2060", "\u200b"),
}
LOGINS = {
    "web.events": "user_id",
    "zendesk.users": "external_id",
    "klaviyo.profiles": "external_id",
}
MADE_UP_MAILS = (
    *("test@test.com", "noemail@shop.example", "na@na.com", "unknown@unknown.example"),
    *("asdf@asdf.com", "none@none.example", "no-reply@shop.example", "nomail\u200b@mail.example"),
)
MADE_UP_PHONES = ("0000000000", "+491111111111", "123456789", "n/a", "unbekannt", "-", "0")

_WIDE = {ord(c): ord(c) + 0xFEE0 for c in map(chr, range(0x21, 0x7F))}
SPELLINGS = (
    "{a}\u200b",
    "\u00a0{a}",
    "{a}.",
    "{A}\u2060",
    "mailto:{a}",
    "Vera <{a}>",
    "{wide}",
    "{a}\u202c",
    "\ufeff{a}",
    "{soft}",
    "{a}\u2028",
    "'{a}'",
    "{a};",
    "{spaced}",
)
AT_ONCE = 5  # an address of more names than ten is nobody's
# Whoever keeps addresses: table → column, and the record's id.
ADDRESSES = {
    "hubspot.contacts": ("email", "hubspot_contacts:{k}"),
    "zendesk.users": ("email", "zendesk_users:{k}"),
    "klaviyo.profiles": ("email", "klaviyo_profiles:P{k}"),
    "salesforce.leads": ("email", "salesforce_leads:00Q5f{k}%"),
    "stripe.customers": ("email", "stripe_customers:cus_{k}"),
    "shopify.orders": ("email", "shopify_orders:{k}"),
    "web.events": ("email", "web_logins:a{k}:%"),
    "shopify.checkouts": ("email", "shopify_checkouts:{k}"),
}
PHONES = {
    "hubspot.contacts": ("phone", "country"),
    "salesforce.contacts": ("phone", "mailing_country_code"),
    "klaviyo.profiles": ("phone_number", "country"),
    "shopify.customers": ("phone", "country_code"),
}
RECORDS = {
    "hubspot.contacts": "hubspot_contacts:{k}",
    "salesforce.contacts": "salesforce_contacts:0035f{k}%",
    "klaviyo.profiles": "klaviyo_profiles:P{k}",
    "shopify.customers": "shopify_customers:{k}",
    "zendesk.users": "zendesk_users:{k}",
}
# Country as it is written, how one number stands in two records, and the number.
NUMBERS = (
    ("hubspot.contacts", "DE", ("4915783456701", "+49 1578 3456701"), "+4915783456701"),
    ("hubspot.contacts", "DE", ("4917683456702", "+4917683456702"), "+4917683456702"),
    ("hubspot.contacts", "Germany", ("01578 3456703", "+49 1578 3456703"), "+4915783456703"),
    ("hubspot.contacts", "Deutschland", ("0049 1578 3456704", "01578/3456704"), "+4915783456704"),
    ("klaviyo.profiles", "DE", ("+49 (0)1578 3456705", "4915783456705"), "+4915783456705"),
    ("hubspot.contacts", "AT", ("436643456706", "0664 3456706"), "+436643456706"),
    ("salesforce.contacts", "CH", ("41793456707", "079 345 67 07"), "+41793456707"),
    ("klaviyo.profiles", "France", ("33612345708", "06 12 34 57 08"), "+33612345708"),
    ("shopify.customers", "IT", ("393331234709", "333 123 4709"), "+393331234709"),
    ("hubspot.contacts", "United Kingdom", ("447911123710", "07911 123710"), "+447911123710"),
    ("klaviyo.profiles", "Spain", ("34612345711", "+34 612 345 711"), "+34612345711"),
    ("salesforce.contacts", "US", ("12125551712", "(212) 555-1712"), "+12125551712"),
    ("klaviyo.profiles", "Netherlands", ("31612345713", "06-12345713"), "+31612345713"),
    ("shopify.customers", "PL", ("48512345714", "512 345 714"), "+48512345714"),
)


def inputs() -> Iterator[Input]:
    yield from _logins()
    yield from _contact_points_of_nobody()
    yield from _addresses()
    yield from _numbers()


def _person(table: str, n: int, **values: Any) -> tuple[str, Row]:
    return table, record(table, n, **values)


def _paid(table: str, n: int, people: int) -> Rows:
    """What was paid for orders, so that their money is as usual; of others, nothing."""
    if table != "shopify.orders":
        return []
    return [row for i in range(people) for row in records(table, n + i) if row[0] != table]


def _logins() -> Iterator[Input]:
    for table, column in LOGINS.items():
        for written_by, values in PLACEHOLDERS.items():
            twice = [value for value in values for _ in range(2)]
            n = fresh(len(twice))
            rows = [_person(table, n + i, **{column: value}) for i, value in enumerate(twice)]
            yield Input(
                "login of nobody",
                f"{table}, as {written_by} write it",
                files(rows, n),
                everyone_apart(n, len(twice)),
            )
    n = fresh(2)
    rows = [_person("web.events", n + i, user_id=user) for i, user in enumerate((77.0, "77"))]
    mails = f"'{mail(n)}', '{mail(n + 1)}'"
    yield Input(
        "login of nobody",
        "77.0 as a number is the login 77",
        files(rows, n),
        says(
            "select count(distinct customer_id), count(distinct identifier_value)"
            " from core.customer_identifiers"
            f" where identifier_type = 'email' and identifier_value in ({mails})",
            (1, 2),
        ),
    )
    n = fresh(2)
    strangers = [_person("shopify.orders", n + i, customer_id=0) for i in range(2)]
    strangers += _paid("shopify.orders", n, 2)
    yield Input(
        "login of nobody", "orders of customer 0", files(strangers, n), everyone_apart(n, 2)
    )


def _contact_points_of_nobody() -> Iterator[Input]:
    for table in ("hubspot.contacts", "zendesk.users"):
        n = fresh(2 * len(MADE_UP_MAILS))
        rows = [
            _person(table, n + i, email=MADE_UP_MAILS[i // 2])
            for i in range(2 * len(MADE_UP_MAILS))
        ]
        alone = [[RECORDS[table].format(k=key(n + i))] for i in range(len(rows))]
        yield Input("address of nobody", table, files(rows, n), together(*alone))
    for table in ("klaviyo.profiles", "shopify.customers"):
        column, country = PHONES[table]
        n = fresh(2 * len(MADE_UP_PHONES))
        rows = [
            _person(table, n + i, **{column: MADE_UP_PHONES[i // 2], country: "DE"})
            for i in range(2 * len(MADE_UP_PHONES))
        ]
        yield Input("number of nobody", table, files(rows, n), everyone_apart(n, len(rows)))


def _addresses() -> Iterator[Input]:
    for table, (column, named) in ADDRESSES.items():
        for start in range(0, len(SPELLINGS), AT_ONCE):
            n = fresh(1 + AT_ONCE)
            written = ["{a}", *SPELLINGS[start : start + AT_ONCE]]
            rows = [
                _person(table, n + i, **{column: _spelt(mail(n), spelling)})
                for i, spelling in enumerate(written)
            ]
            rows += _paid(table, n, len(written))
            whose = [named.format(k=key(n + i)) for i in range(len(written))]
            held = says(
                "select distinct email from core.customers join identity.identity_map"
                f" using (customer_id) where record_id like '{whose[0]}'",
                mail(n),
            )
            yield Input(
                "address with what nobody sees",
                f"{table} {', '.join(map(ascii, written[1:]))}",
                files(rows, n),
                both(together(whose), held),
            )
    n = fresh(2)
    rows = [
        _person("hubspot.contacts", n),
        _person("hubspot.contacts", n + 1, email=f"{mail(n)}, willi.{n}@example.net"),
    ]
    alone = [[f"hubspot_contacts:{key(n + i)}"] for i in range(2)]
    yield Input("address with what nobody sees", "two in one", files(rows, n), together(*alone))


def _spelt(address: str, spelling: str) -> str:
    return spelling.format(
        a=address,
        A=address.upper(),
        wide=address.translate(_WIDE),
        soft=address[:4] + "\u00ad" + address[4:],
        spaced=address.replace("@", " @ "),
    )


def _numbers() -> Iterator[Input]:
    for table, country, written, number in NUMBERS:
        phone, where = PHONES[table]
        n = fresh(2)
        rows = [
            _person(table, n + i, email=None, **{phone: text, where: country})
            for i, text in enumerate(written)
        ]
        whose = [RECORDS[table].format(k=key(n + i)) for i in range(2)]
        held = says(
            "select distinct phone from core.customers join identity.identity_map"
            f" using (customer_id) where record_id like '{whose[0]}'",
            number,
        )
        yield Input(
            "number with its country's code",
            f"{table} {country} {written[0]}",
            files(rows, n),
            both(together(whose), held),
        )

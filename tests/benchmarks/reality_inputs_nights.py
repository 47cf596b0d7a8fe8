"""Inputs of topic `reality` that take several nights: files that come late, states that return,
records that are deleted and restored."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from reality_inputs_case import (
    DAYS,
    Check,
    File,
    Input,
    both,
    files,
    fresh,
    key,
    record,
    records,
    says,
)
from reality_records import mail

EARLIER = "2026-06-27"


@dataclass(frozen=True)
class Told:
    """A table that tells of one thing again: `column` holds what changes; `query` asks what the
    warehouse says of record `{k}`; it answers `answers[value]`."""

    table: str
    column: str
    query: str
    answers: dict[Any, Any]

    def file(self, n: int, value: Any, night: int, day: str, part: str) -> tuple[File, ...]:
        if self.table == "ecb.rates":
            return files([(self.table, {"Date": _rate_day(n), "USD": value})], part, night, day)
        return files(
            [(self.table, record(self.table, n, **{self.column: value}))], part, night, day
        )

    def beside(self, n: int) -> tuple[File, ...]:
        """What it is about."""
        if self.table == "ecb.rates":
            return ()
        return files([r for r in records(self.table, n) if r[0] != self.table], n)

    def ask(self, n: int, value: Any) -> Check:
        return says(self.query.format(k=key(n), day=_rate_day(n)), self.answers[value])


def _rate_day(n: int) -> str:
    """A day of its own, long before any order."""
    return f"200{n % 9 + 1}-{n // 9 % 12 + 1:02d}-{n // 108 % 28 + 1:02d}"


CHARGE = Told(
    "stripe.charges",
    "amount_refunded",
    "select refunded_amount from staging.stg_stripe__charges where charge_id like '%ch_{k}'",
    {0: 0, 4000: 40},
)
CARD = Told(
    "stripe.charges",
    "billing_name",
    "select last_name from staging.stg_stripe__charges where charge_id like '%ch_{k}'",
    {"Eva Alt": "Alt", "Eva Neu": "Neu"},
)
REFUND = Told(
    "stripe.refunds",
    "status",
    "select status from core.charge_refunds where charge_refund_id like '%re_{k}'",
    {"pending": "pending", "succeeded": "succeeded", "failed": "failed"},
)
DISPUTE = Told(
    "stripe.disputes",
    "status",
    "select status from core.disputes where dispute_id like '%dp_{k}'",
    {"needs_response": "needs_response", "lost": "lost", "won": "won"},
)
PAYER = Told(
    "stripe.customers",
    "name",
    "select last_name from staging.stg_stripe__customers where record_id like '%cus_{k}'",
    {"Eva Alt": "Alt", "Eva Neu": "Neu"},
)
MOVEMENT = Told(
    "shopify.transactions",
    "status",
    "select status from core.payments where payment_id like '%:{k}'",
    {"pending": "pending", "success": "success", "failure": "failure"},
)
GOOGLE = Told(
    "google_ads.campaign_days",
    "cost_micros",
    "select cost_amount from core.ad_spend where campaign_id like '%{k}'",
    {1_000_000: 1, 1_200_000: "1.2", 0: 0},
)
META = Told(
    "meta_ads.campaign_days",
    "spend",
    "select cost_amount from core.ad_spend where campaign_id like '%{k}'",
    {"3.00": 3, "3.50": "3.5"},
)
RATE = Told(
    "ecb.rates",
    "usd",
    "select units_per_euro from staging.stg_ecb__rates where rate_date = '{day}'",
    {"1.1": "1.1", "1.2": "1.2"},
)
DECISION = Told(
    "consent.records",
    "state",
    "select state from core.consents where contact_point like 'odd.{k}@%'",
    {"granted": "granted", "withdrawn": "withdrawn"},
)
# What was said first, and later in a file of an older day.
LATE: Sequence[tuple[Told, Any, Any]] = (
    (CHARGE, 4000, 0),
    (REFUND, "succeeded", "pending"),
    (DISPUTE, "lost", "needs_response"),
    (PAYER, "Eva Neu", "Eva Alt"),
    (MOVEMENT, "success", "pending"),
    (GOOGLE, 1_200_000, 0),
    (META, "3.50", "3.00"),
    (RATE, "1.2", "1.1"),
    (DECISION, "withdrawn", "granted"),
)
# What was said, restated, and said again.
RETURNING: Sequence[tuple[Told, Any, Any]] = (
    (GOOGLE, 1_000_000, 1_200_000),
    (META, "3.00", "3.50"),
    (RATE, "1.1", "1.2"),
    (CARD, "Eva Alt", "Eva Neu"),
    (REFUND, "pending", "failed"),
    (DISPUTE, "needs_response", "won"),
    (MOVEMENT, "success", "failure"),
    (PAYER, "Eva Alt", "Eva Neu"),
    (DECISION, "withdrawn", "granted"),
)
# In parts of one day: what stands in part 9, and in part 10.
PARTS: Sequence[tuple[Told, Any, Any]] = (
    (CARD, "Eva Alt", "Eva Neu"),
    (DISPUTE, "needs_response", "won"),
    (GOOGLE, 0, 1_000_000),
    (META, "3.00", "3.50"),
)
# A table whose rows say that they are gone: by what, and the record's id.
DELETED: Sequence[tuple[str, dict[str, Any], str]] = (
    ("hubspot.contacts", {"archived": True}, "hubspot_contacts:{k}"),
    ("salesforce.leads", {"is_deleted": "true"}, "salesforce_leads:00Q5f{k}EAA"),
    ("salesforce.contacts", {"is_deleted": "true"}, "salesforce_contacts:0035f{k}QAA"),
    ("zendesk.users", {"active": False}, "zendesk_users:{k}"),
)
# What is left of a deleted record where the source keeps nothing but its id: `{k}`, `{at}`.
BARE: Sequence[tuple[str, dict[str, Any], str]] = (
    (
        "stripe.customers",
        {"id": "cus_{k}", "object": "customer", "deleted": True},
        "stripe_customers:cus_{k}",
    ),
    (
        "shopify.customers",
        {"id": "{k}", "updated_at": "{at}", "deleted": True},
        "shopify_customers:{k}",
    ),
    (
        "klaviyo.profiles",
        {"type": "profile", "id": "P{k}", "deleted": True, "attributes": {"updated": "{at}"}},
        "klaviyo_profiles:P{k}",
    ),
)
GONE_AT, BACK_AT = "2026-07-01T08:00:00Z", "2026-07-02T08:00:00Z"
VERSIONS = {
    "hubspot.contacts": "updated_at",
    "salesforce.leads": "system_modstamp",
    "salesforce.contacts": "system_modstamp",
    "zendesk.users": "updated_at",
}


def inputs() -> Iterator[Input]:
    yield from _words()
    yield from _deletions()


def _words() -> Iterator[Input]:
    for told, newer, older in LATE:
        n = fresh()
        newest = told.file(n, newer, 1, DAYS[1], f"{n}")
        late = told.file(n, older, 2, EARLIER, f"{n}")
        name = f"{told.table} {told.column}"
        yield Input(
            "late file of an older state", name, told.beside(n) + newest + late, told.ask(n, newer)
        )
    for told, first, second in RETURNING:
        n = fresh()
        said = told.beside(n)
        for night, value in enumerate((first, second, first), 1):
            said += told.file(n, value, night, DAYS[night], f"{n}")
        name = f"{told.table} {told.column}"
        yield Input("state that returns", name, said, told.ask(n, first))
    for told, ninth, tenth in PARTS:
        n = fresh()
        parts = told.beside(n) + told.file(n, tenth, 1, DAYS[1], f"p{n}-10")
        parts += told.file(n, ninth, 2, DAYS[1], f"p{n}-9")
        name = f"{told.table}: part 9 after part 10"
        yield Input("late file of an older state", name, parts, told.ask(n, tenth))
    n = fresh()
    closed = {"status": "solved", "updated_at": "2026-06-29T12:00:00Z"}
    newest = files([("zendesk.tickets", record("zendesk.tickets", n, **closed))], n)
    late = files([("zendesk.tickets", record("zendesk.tickets", n))], n, night=2)
    yield Input(
        "late file of an older state",
        "zendesk.tickets: an older version in a newer file",
        newest + late,
        says(f"select status from core.tickets where ticket_id like '%:{key(n)}'", "solved"),
    )


def _deletions() -> Iterator[Input]:
    for table, values, named in DELETED:
        n = fresh()
        gone = record(table, n, **values, **{VERSIONS[table]: GONE_AT})
        yield Input(
            "deleted at the source",
            table,
            _alive(table, n) + files([(table, gone)], n, night=2),
            _is_gone(n, named.format(k=key(n))),
        )
    for table, bare, named in BARE:
        n = fresh()
        gone = files([(table, _filled(bare, key(n)))], n, night=2)
        yield Input(
            "deleted at the source",
            f"{table}: nothing but its id",
            _alive(table, n) + gone,
            _is_gone(n, named.format(k=key(n))),
        )
    for table in ("hubspot.contacts", "zendesk.users"):
        (values, named) = next((v, named) for name, v, named in DELETED if name == table)
        n = fresh()
        gone = record(table, n, **values, **{VERSIONS[table]: GONE_AT})
        back = record(table, n, **{VERSIONS[table]: BACK_AT})
        yield Input(
            "deleted at the source",
            f"{table}, and restored",
            _alive(table, n)
            + files([(table, gone)], n, night=2)
            + files([(table, back)], n, night=3),
            _is_there(n, named.format(k=key(n))),
        )
    n = fresh()
    table, bare, named = BARE[0]
    late = files([(table, _filled(bare, key(n)))], n, night=2, day=EARLIER)
    yield Input(
        "deleted at the source",
        f"{table}: in a late file, older than the record",
        _alive(table, n) + late,
        _is_there(n, named.format(k=key(n))),
    )


def _alive(table: str, n: int) -> tuple[File, ...]:
    return files([(name, row) for name, row in records(table, n) if name == table], n)


def _filled(bare: dict[str, Any], number: int) -> dict[str, Any]:
    """The words of a template; a number alone is one."""
    return {
        name: _filled(value, number)
        if isinstance(value, dict)
        else number
        if value == "{k}"
        else value.format(k=number, at=GONE_AT)
        if isinstance(value, str)
        else value
        for name, value in bare.items()
    }


_DELETED = "select record_id from core.deleted_records where record_id = '{}'"


def _is_gone(n: int, named: str) -> Check:
    return both(says(_DELETED.format(named), named), _customer_is_deleted(n, "True"))


def _is_there(n: int, named: str) -> Check:
    return both(says(_DELETED.format(named)), _customer_is_deleted(n, "False"))


def _customer_is_deleted(n: int, is_deleted: str) -> Check:
    return says(
        "select distinct customers.is_deleted from core.customers"
        " join core.customer_identifiers using (customer_id)"
        f" where identifier_value = '{mail(n)}'",
        is_deleted,
    )

"""Inputs of topic `reality` in which somebody says no in other words than those by which the shop
knows them, by every way in which one can."""

from collections.abc import Iterator
from typing import Any

from reality_inputs_case import Check, Input, both, files, fresh, key, record, says
from reality_records import Rows, mail

KIND = "withdrawal in other words"
LATER = "2026-06-30T08:00:00Z"
UNSUBSCRIBED = "B4FC7B"  # this kind of event in the sample shop
ADDRESSES = (
    "{a}\u202c",
    "mailto:{a}",
    "Dora <{a}>",
    "{A}\u200b",
    "'{a}'",
    "{a}.",
    "{a}; ",
    "{a}, other.{k}@example.org",
    "MAILTO:{a}?subject=Stop",
)
# A number of its own (nine digits behind these), and how it is written in the withdrawal.
NUMBERS = (
    ("+491577{d}", "01577 {d}"),
    ("+491577{d}", "491577{d}"),
    ("+491577{d}", "+49 (0)1577/{d}"),
    ("+491577{d}", "0049-1577-{d}"),
    ("+33612{d}", "tel:+33-612{d}"),
)
# What a decision may be called that is none; whoever said so once is not written to.
STATES = ("WITHDRAWN", " withdrawn ", "Withdrawn\u200b", "revoked", "opt_out", "unsubscribed")


def inputs() -> Iterator[Input]:
    ways = {
        "consent.records": _decision,
        "salesforce.leads": _opt_out,
        "privacy.requests": _objection,
        "klaviyo.events": _unsubscribed,
    }
    for table, way in ways.items():
        for spelling in ADDRESSES:
            n = fresh()
            written = spelling.format(a=mail(n), A=mail(n).upper(), k=key(n))
            rows = [*_granted(n, "email", mail(n)), *way(n, "email", written)]
            yield Input(KIND, f"{table}: {spelling!a}", files(rows, n), _says_no(mail(n)))
    for number, spelling in NUMBERS:
        for table in ("consent.records", "privacy.requests"):
            n = fresh()
            digits = f"{n % 10_000_000:07d}" if number.startswith("+49") else f"{n % 1_000_000:06d}"
            point = number.format(d=digits)
            rows = [
                *_granted(n, "phone", point),
                *ways[table](n, "phone", spelling.format(d=digits)),
            ]
            yield Input(KIND, f"{table}: {spelling}", files(rows, n), _says_no(point))
    for state in STATES:
        n = fresh()
        no = record("consent.records", n, record_id=f"no_{key(n)}", state=state, recorded_at=LATER)
        rows = [*_granted(n, "email", mail(n)), ("consent.records", no)]
        yield Input(KIND, f"consent.records: state {state!a}", files(rows, n), _says_no(mail(n)))
    n = fresh(2)
    rows = [*_granted(n, "email", mail(n)), *_granted(n + 1, "email", mail(n + 1))]
    rows += _decision(n, "email", "Dora [mailto:" + mail(n) + "]")
    check = both(_says_no(mail(n)), _still_granted(mail(n + 1)))
    yield Input(KIND, "nobody else's grant is gone", files(rows, n), check)


def _granted(n: int, kind: str, point: str) -> Rows:
    contact = {"email": point} if kind == "email" else {"email": None, "phone": point}
    yes = record("consent.records", n, **_point(kind, point))
    return [
        ("hubspot.contacts", record("hubspot.contacts", n, **contact)),
        ("consent.records", yes),
    ]


def _point(kind: str, point: str) -> dict[str, Any]:
    channel = "email" if kind == "email" else "sms"
    return {"contact_point_type": kind, "contact_point": point, "channel": channel}


def _decision(n: int, kind: str, written: str) -> Rows:
    no = {"record_id": f"no_{key(n)}", "state": "withdrawn", "recorded_at": LATER}
    return [("consent.records", record("consent.records", n, **_point(kind, written), **no))]


def _opt_out(n: int, kind: str, written: str) -> Rows:
    values = {"email": written, "has_opted_out_of_email": "true", "system_modstamp": LATER}
    return [("salesforce.leads", record("salesforce.leads", n, **values))]


def _objection(n: int, kind: str, written: str) -> Rows:
    values = {"kind": "objection", "status": "verified", "received_at": LATER, "updated_at": LATER}
    point = {"contact_point_type": kind, "contact_point": written}
    return [("privacy.requests", record("privacy.requests", n, **values, **point))]


def _unsubscribed(n: int, kind: str, written: str) -> Rows:
    return [
        ("klaviyo.profiles", record("klaviyo.profiles", n, email=written)),
        ("klaviyo.events", record("klaviyo.events", n, happened_at=LATER, metric_id=UNSUBSCRIBED)),
    ]


_GRANTS = (
    "select count(*) from core.consents where is_granted and purpose = 'marketing'"
    " and contact_point = '{point}' and contact_point not in"
    " (select contact_point from core.exclusions)"
)


def _says_no(point: str) -> Check:
    """A grant stood there, and counts no more."""
    told = f"select count(*) > 0 from core.consent_decisions where contact_point = '{point}'"
    return both(says(told, True), says(_GRANTS.format(point=point), 0))


def _still_granted(point: str) -> Check:
    return says(_GRANTS.format(point=point), 1)

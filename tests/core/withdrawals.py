"""A shop in which everybody granted something and many withdrew it, in other words than theirs:
rows of raw by table, and who said what."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

GRANTED_AT, WITHDRAWN_AT = datetime(2024, 1, 1), datetime(2024, 5, 1)
Rows = dict[str, list[Mapping[str, Any]]]

_WIDE = {ord(c): ord(c) + 0xFEE0 for c in map(chr, range(0x21, 0x7F))}
ADDRESSES: tuple[Callable[[str], str], ...] = (
    str.upper,
    lambda a: f"{a}\u200b",
    lambda a: f"\u00a0{a}\u2028",
    lambda a: f"\ufeff{a[:3]}\u00ad{a[3:]}",
    lambda a: f"\u202a{a}\u202c",
    lambda a: f"{a}\t\r\n",
    lambda a: f"{a[:2]}\u2060{a[2:]}",
    lambda a: a.replace("@", " @ "),
    lambda a: f"{a}.",
    lambda a: f"mailto:{a}",
    lambda a: f"MAILTO:{a.replace('@', '%40')}?subject=Stop",
    lambda a: f"Dora <{a}>",
    lambda a: f'"Example, Dora" <{a}>',
    lambda a: f"Dora [mailto:{a}]",
    lambda a: f"'{a}'",
    lambda a: f"{a};",
    lambda a: a.translate(_WIDE),
    lambda a: f"{a}, stranger@example.org",
    lambda a: f"Dora {a}",
)
# By country: how the digits behind the country's code are written.
GERMAN: tuple[Callable[[str], str], ...] = (
    lambda n: f"+49 {n[:3]} {n[3:]}",
    lambda n: f"0{n[:3]} {n[3:]}",
    lambda n: f"0{n[:3]}/{n[3:6]}-{n[6:]}",
    lambda n: f"49{n}",
    lambda n: f"0049 {n}",
    lambda n: f"+49 (0){n}",
    lambda n: f"49 (0){n[:3]} {n[3:]}",
    lambda n: f"tel:+49-{n}",
    lambda n: f"\u202a+49\u00a0{n}\u202c",
    lambda n: f"0{n}\u200b".translate(_WIDE),
    str,
)
FRENCH: tuple[Callable[[str], str], ...] = (lambda n: f"0{n}", lambda n: f"33 {n}")
AMERICAN: tuple[Callable[[str], str], ...] = (
    lambda n: f"({n[:3]}) {n[3:6]}-{n[6:]}",
    lambda n: f"1-{n}",
)


@dataclass(frozen=True)
class Withdrawal:
    """One way to say no: by what, of which contact point, and in which words."""

    kind: str
    contact_point_type: str
    contact_point: str
    written: str


def withdrawals() -> Iterator[Withdrawal]:
    """Every spelling in every kind of withdrawal, each about a contact point of its own."""
    numbers = count(10_000)
    for kind in ("consent", "crm", "unsubscribed", "erasure", "objection"):
        for spell in ADDRESSES:
            address = f"dora{next(numbers)}@example.com"
            yield Withdrawal(kind, "email", address, spell(address))
        for code, start, spellings in (
            ("49", "151234", GERMAN),
            ("33", "6123", FRENCH),
            ("1", "21255", AMERICAN),
        ):
            for spell in spellings if kind != "crm" else ():
                national = f"{start}{next(numbers)}"
                yield Withdrawal(kind, "phone", f"+{code}{national}", spell(national))


def decision(
    record_id: str, contact_point_type: str, contact_point: str, state: str, at: datetime
) -> dict[str, Any]:
    return {
        "record_id": record_id,
        "contact_point_type": contact_point_type,
        "contact_point": contact_point,
        "channel": "email" if contact_point_type == "email" else "sms",
        "purpose": "marketing",
        "state": state,
        "recorded_at": at,
    }


def contact(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": str(number),
        "archived": False,
        "created_at": GRANTED_AT,
        "updated_at": GRANTED_AT,
        **more,
    }


def said(number: int, withdrawal: Withdrawal) -> Rows:
    """The rows with which somebody withdraws."""
    kind, written = withdrawal.kind, withdrawal.written
    is_email = withdrawal.contact_point_type == "email"
    if kind == "consent":
        row = decision(
            f"w{number}", withdrawal.contact_point_type, written, "withdrawn", WITHDRAWN_AT
        )
        return {"consent_records": [row]}
    if kind == "crm":
        lead = {
            "id": str(number),
            "email": written,
            "has_opted_out_of_email": True,
            "created_date": GRANTED_AT,
            "system_modstamp": WITHDRAWN_AT,
        }
        return {"salesforce_leads": [lead]}
    if kind == "unsubscribed":
        profile = {
            "id": str(number),
            "email" if is_email else "phone_number": written,
            "created": GRANTED_AT,
            "updated": GRANTED_AT,
        }
        event = {
            "id": str(number),
            "profile_id": str(number),
            "metric_id": "email" if is_email else "sms",
            "happened_at": WITHDRAWN_AT,
        }
        return {"klaviyo_profiles": [profile], "klaviyo_events": [event]}
    request = {
        "request_id": str(number),
        "kind": kind,
        "contact_point_type": withdrawal.contact_point_type,
        "contact_point": written,
        "status": "verified",
        "received_at": WITHDRAWN_AT,
        "updated_at": WITHDRAWN_AT,
    }
    return {"privacy_requests": [request]}


METRICS = [
    {"id": "email", "name": "Unsubscribed from Email Marketing"},
    {"id": "sms", "name": "Unsubscribed from SMS Marketing"},
]

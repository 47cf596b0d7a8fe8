"""What the corner shop of the recipe for a source of orders delivers, and what comes of it.

Its times are New York's, without an offset. Anna of the small shop has a login there; Hugo has one,
too; Gina and Ida are guests with an address, one guest paid at the counter and left none.
"""

import csv
import json
from collections import defaultdict
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

DAY = "2026-06-30"
# Hugo, Gina, Ida and whoever paid at the counter; Anna is a customer already.
CORNER_CUSTOMERS = 4
# Units of the currency for one euro, on every day (small_shop.py), and what a euro is then worth.
RATES = {"EUR": Decimal(1), "USD": Decimal("1.1000")}

ACCOUNTS = """Login,E-mail,First name,Last name,Opened,Changed
anna-77,Anna@Example.com,Anna,Muster,2026-05-20T09:00:00,2026-05-20T09:00:00
hugo-3,hugo@example.com,Hugo,Brandt,2026-05-21 18:30:00,2026-05-21 18:30:00
"""
# Order 502 is of the evening of 14 June in New York: of the 15th in UTC, and by the shop's own
# clock in Berlin.
PAYMENTS = """Payment,Order,Method,Result,Amount,Currency,Paid
1,501,card,declined,44.00,USD,2026-06-03T12:00:00
2,501,card,ok,44.00,USD,2026-06-03T12:01:00
3,502,card,ok,33.00,USD,2026-06-14T23:41:00
4,503,card,ok,19.99,EUR,2026-06-16T10:01:00
5,504,card,ok,55.00,USD,2026-06-17T10:01:00
6,506,card,declined,20.00,USD,2026-06-19T10:01:00
7,507,cash,ok,99.00,USD,2026-06-19T11:00:00
8,508,card,ok,12.34,USD,2026-06-20T15:01:00
9,509,cash,ok,3.30,USD,2026-06-20T16:00:00
"""
REFUNDS: list[dict[str, Any]] = [
    {
        "id": 1,
        "order": 502,
        "amount": "11.00",
        "currency": "USD",
        "refunded_at": "2026-06-18T08:00:00",
    },
    {
        "id": 2,
        "order": 503,
        "amount": "4.99",
        "currency": "EUR",
        "refunded_at": "2026-06-18T09:00:00",
    },
    {
        "id": 3,
        "order": 504,
        "amount": "55.00",
        "currency": "USD",
        "refunded_at": "2026-06-18T10:00:00",
    },
]
_ANNA = {"login": "anna-77", "email": "anna@example.com", "first_name": "Anna"}
# A nickname, on orders that are newer than the account.
_HUGO = {"login": "hugo-3", "email": "hugo@example.com", "first_name": "Hugi"}
_GINA = {"email": "gina@example.com", "first_name": "Gina"}
_IDA = {"email": "ida@example.com", "first_name": "Ida"}


def _order(
    number: int,
    placed_at: str,
    buyer: dict[str, str] | None,
    status: str,
    lines: list[tuple[int, str]],
    **given: Any,
) -> dict[str, Any]:
    return {
        "id": number,
        "buyer": buyer,
        "status": status,
        "practice": False,
        "currency": "USD",
        "lines": [
            {"line": place, "article": f"t-{price}", "name": "Tea", "units": units, "price": price}
            for place, (units, price) in enumerate(lines, 1)
        ],
        "placed_at": placed_at,
        "changed_at": placed_at,
        **given,
    }


ORDERS = [
    _order(
        501,
        "2026-06-03T12:00:00",
        _ANNA,
        "paid",
        [(2, "11.00"), (1, "22.00")],
        shipping="5.50",
        discount="5.50",
    ),
    _order(502, "2026-06-14T23:40:00", _GINA, "paid", [(3, "11.00")]),
    _order(503, "2026-06-16T10:00:00", _HUGO, "paid", [(1, "19.99")], currency="EUR"),
    # Paid, then cancelled and given back: it brought nothing and is no purchase.
    _order(
        504,
        "2026-06-17T10:00:00",
        _HUGO,
        "cancelled",
        [(5, "11.00")],
        changed_at="2026-06-18T10:00:00",
    ),
    # Cancelled before anybody paid.
    _order(
        505,
        "2026-06-18T10:00:00",
        _IDA,
        "cancelled",
        [(1, "8.00")],
        changed_at="2026-06-18T12:00:00",
    ),
    _order(506, "2026-06-19T10:00:00", _IDA, "open", [(1, "20.00")]),
    _order(507, "2026-06-19T11:00:00", _HUGO, "paid", [(9, "11.00")], practice=True),
    _order(508, "2026-06-20T15:00:00", _IDA, "paid", [(1, "12.34")]),
    _order(509, "2026-06-20T16:00:00", None, "paid", [(1, "3.30")]),
]


def deliver_corner_shop(extracts: Path) -> None:
    """Write its extracts: CSV and JSON lines."""
    folder = extracts / "corner"
    folder.mkdir(parents=True)
    (folder / f"accounts-{DAY}.csv").write_text(ACCOUNTS, encoding="utf-8")
    (folder / f"payments-{DAY}.csv").write_text(PAYMENTS, encoding="utf-8")
    for name, rows in (("orders", ORDERS), ("refunds", REFUNDS)):
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{name}-{DAY}.jsonl").write_text(text, encoding="utf-8")


def orders_in_euro(extracts: Path, time_zone: str) -> dict[str, tuple[date, Decimal]]:
    """Order → its day by that clock and its revenue, of orders that count: reckoned from the
    extracts alone, in the steps and roundings that core says it takes."""
    folder = extracts / "corner"
    captured: dict[int, Decimal] = defaultdict(Decimal)
    with (folder / f"payments-{DAY}.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["Result"] == "ok":
                captured[int(row["Order"])] += Decimal(row["Amount"])
    refunded: dict[int, Decimal] = defaultdict(Decimal)
    for row in _rows(folder / f"refunds-{DAY}.jsonl"):
        refunded[row["order"]] += Decimal(row["amount"])
    counted = {}
    for order in _rows(folder / f"orders-{DAY}.jsonl"):
        number = order["id"]
        if order["practice"] or captured[number] <= refunded[number]:
            continue
        placed = datetime.fromisoformat(order["placed_at"]).replace(
            tzinfo=ZoneInfo("America/New_York")
        )
        rate = _rounded(1 / RATES[order["currency"]], "0.0000000001")
        counted[f"corner:{number}"] = (
            placed.astimezone(ZoneInfo(time_zone)).date(),
            _rounded((captured[number] - refunded[number]) * rate, "0.01"),
        )
    return counted


def _rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def _rounded(value: Decimal, digits: str) -> Decimal:
    return value.quantize(Decimal(digits), ROUND_HALF_UP)

"""Figures of topic `money` about single orders: what each kind of order is worth.

All kinds and as many mixed ones, made by chance and worked out in plain Python, are orders of one
shop in one night.
"""

import json
import random
from collections import defaultdict
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
from commands import clientele
from money_order_case import Case, Line, Paid, Refund, Worth, records
from money_order_kinds import INCLUDED, KINDS

from orchestration.warehouse.connection import connect
from orchestration.warehouse.generations import Generations

MIXED = 120
SETTINGS = """
shop: {name: Hard orders, time_zone: Europe/Berlin, currency: EUR}
reporting_currency: EUR
gross_margin: 0.45
as_of: latest_extract
minimum_free_disk_gib: 0
fx_rates: {KWD: {EUR: 3.2}}
sources:
  shopify: {enabled: true, required: true, freshness_days: 90}
  stripe: {enabled: true, freshness_days: 90}
  ecb: {enabled: true}
findings: {default: {share: 1, money_share: 1}}
"""
RATES = "Date,USD,JPY,GBP\n" + "".join(
    f"2026-05-{day:02d},1.25,197.97,0.8\n" for day in range(1, 31)
)


def measure(size: str) -> list[dict[str, Any]]:
    """How many orders were tried, and which are worth something else; tiny sizes try none."""
    if size == "tiny":
        return []
    cases = [*KINDS, *mixed(MIXED)]
    with TemporaryDirectory(prefix="clientele-figures-") as folder:
        home = Path(folder) / "home"
        deliver(home / "extracts", cases)
        settings = Path(folder) / "clientele.yml"
        settings.write_text(SETTINGS, encoding="utf-8")
        clientele(home, "nightly", settings=settings)
        with connect(Generations(home / "generations").current_inputs()) as connection:
            wrong = differing(connection, cases)
    note = f"{len(KINDS)} kinds worked out by hand, {MIXED} mixed ones in plain Python"
    return [
        {
            "name": "orders_tried",
            "value": len(cases),
            "unit": "orders",
            "bar": ">= 131",
            "note": note,
        },
        {
            "name": "orders_wrong",
            "value": len(wrong),
            "unit": "orders",
            "bar": "= 0",
            "note": "; ".join(wrong)[:600],
        },
    ]


def deliver(extracts: Path, cases: Sequence[Case]) -> None:
    """Write the extracts of a shop with these orders, in their order."""
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for number, case in enumerate(cases):
        for table, row in records(case, number):
            rows[table].append(row)
    for table, found in rows.items():
        file = extracts / f"{table}-2026-06-29.jsonl"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(json.dumps(row) + "\n" for row in found), encoding="utf-8")
    (extracts / "ecb").mkdir(exist_ok=True)
    (extracts / "ecb" / "rates-2026-06-29.csv").write_text(RATES, encoding="utf-8")


def differing(connection: duckdb.DuckDBPyConnection, cases: Sequence[Case]) -> list[str]:
    """The orders that a generation holds for something else than they are worth."""
    rows = connection.execute(
        "select order_number, gross_amount, tax_amount, tax_kept, outstanding_amount, net_revenue,"
        " is_placed, is_purchase from core.orders"
    ).fetchall()
    found = {number: tuple(values) for number, *values in rows}
    wrong = []
    for case in cases:
        tax_kept, outstanding, revenue, *flags = case.worth
        amounts = (case.total, case.tax, tax_kept, outstanding)
        wanted = (*map(Decimal, amounts), None if revenue is None else Decimal(revenue), *flags)
        held = found.get(f"#{case.name}")
        if held != wanted:
            told = [str(value) for value in held] if held else "nothing"
            wrong.append(f"{case.name}: {told}, not {[str(value) for value in wanted]}")
    return wrong


def mixed(count: int, seed: int = 20260701) -> list[Case]:
    """Orders with tax, shipping, tip, several payments and refunds that state what they are for,
    or do not; what each is worth is worked out here, in the simplest way."""
    chance = random.Random(seed)
    return [_mixed(chance, number) for number in range(count)]


def _mixed(chance: random.Random, number: int) -> Case:
    def money(low: int, high: int) -> Decimal:
        return Decimal(chance.randint(low, high)) / 100

    goods, shipping, tip = money(500, 30_000), money(0, 2_000), chance.choice([0, money(1, 900)])
    tax_goods, tax_shipping = _round(goods * Decimal("0.19")), _round(shipping * Decimal("0.19"))
    tax, is_inside = tax_goods + tax_shipping, chance.random() < 0.5
    parts = {"goods": goods, "shipping": shipping, "tax": tax, "tip": Decimal(tip)}
    if is_inside:  # the shop's share of the tax in shipping is not told: it is that of the whole
        whole = goods + shipping + tax
        parts["shipping"] = _round((shipping + tax_shipping) * (1 - tax / whole))
        parts["goods"] = goods + shipping - parts["shipping"]
    total = sum(parts.values())
    captured = (
        total if chance.random() < 0.6 else _round(total * Decimal(chance.randint(1, 99)) / 100)
    )
    stated: dict[str, Decimal] = {}
    refund = None
    if chance.random() < 0.6:
        share = Decimal(chance.randint(1, 9)) / 10
        back, back_tax = _round(goods * share), _round(tax_goods * share)
        pays = _round((back + back_tax) * Decimal(chance.choice(["0.5", "1", "1", "1.1"])))
        pays = min(pays, captured)
        scale = min(pays / (back + back_tax), Decimal(1))
        stated = {"goods": _milli(back * scale), "tax": _milli(back_tax * scale)}
        subtotal = back + back_tax if is_inside else back
        refund = Refund(str(pays), str(subtotal), str(back_tax))
    collected = captured - (Decimal(refund.amount or 0) if refund else 0)
    shared = collected + sum(stated.values())
    exact = {part: amount * shared / total - stated.get(part, 0) for part, amount in parts.items()}
    kept = {part: _round(amount) for part, amount in exact.items()}
    largest = min(parts, key=lambda part: (-abs(parts[part]), part))
    kept[largest] += collected - sum(kept.values())
    revenue = kept["goods"] + kept["shipping"]
    unpaid = max(total - captured - (_unpaid(refund, is_inside) if refund else 0), Decimal(0))
    return Case(
        name=f"mixed {number}",
        worth=Worth(str(kept["tax"]), str(unpaid), str(revenue), True, revenue > 0),
        total=str(total),
        lines=(Line(str(goods + tax_goods if is_inside else goods)),),
        paid=(Paid(str(captured)),),
        refunds=(refund,) if refund else (),
        shipping=str(shipping + tax_shipping if is_inside else shipping),
        tax=str(tax),
        given=(INCLUDED if is_inside else {}) | {"total_tip_received": str(tip)},
    )


def _unpaid(refund: Refund, is_inside: bool) -> Decimal:
    stated = Decimal(refund.goods or 0) + (0 if is_inside else Decimal(refund.tax or 0))
    return max(stated - Decimal(refund.amount or 0), Decimal(0))


def _round(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _milli(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.001"), ROUND_HALF_UP)

"""An order as a shop tells it, and what it is worth: a case of `money_orders.py`.

A case is written in the shop's own terms; `records` makes Shopify's and Stripe's objects of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

FIRST_ID = 5_000_000_000_000
DAY = "2026-05-11T10:00:00+02:00"
CREATED = 1_778_500_000
CENTS = {"JPY": 0, "KWD": 3}
CARD = "card"  # at Stripe where the order is disputed there


class Worth(NamedTuple):
    """What is expected: amounts in the order's currency, `net_revenue` in EUR."""

    tax_kept: str
    outstanding: str
    net_revenue: str | None
    is_placed: bool = True
    is_purchase: bool = True


class Line(NamedTuple):
    price: str
    quantity: int = 1
    discount: str = "0"
    is_gift_card: bool = False


class Paid(NamedTuple):
    """A movement of money; without a currency it is in the order's."""

    amount: str
    kind: str = "sale"
    gateway: str = CARD
    status: str = "success"
    currency: str | None = None
    is_test: bool = False


class Refund(NamedTuple):
    """Money given back, and what the shop states it is for."""

    amount: str | None
    goods: str | None = None
    tax: str | None = None
    shipping: str | None = None
    status: str = "success"
    currency: str | None = None


class Dispute(NamedTuple):
    """What a cardholder took back of the order's charge; `names_order`: whether the charge does."""

    amount: str
    status: str
    names_order: bool = True
    currency: str | None = None


@dataclass(frozen=True)
class Case:
    """One order. `given` are further fields of Shopify's object, as they stand there."""

    name: str
    worth: Worth
    total: str
    lines: tuple[Line, ...]
    paid: tuple[Paid, ...] = ()
    refunds: tuple[Refund, ...] = ()
    dispute: Dispute | None = None
    shipping: str = "0"
    tax: str = "0"
    discount: str = "0"
    currency: str = "EUR"
    given: dict[str, Any] = field(default_factory=dict)


def records(case: Case, number: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """(table, object) of everything that the vendors say of the order."""
    order_id = FIRST_ID + number
    yield "shopify/orders", _order(case, order_id)
    charge = f"ch_{order_id}"
    for place, paid in enumerate(case.paid):
        yield "shopify/transactions", _transaction(case, order_id, place, paid, charge)
    for place, refund in enumerate(case.refunds, 50):
        yield "shopify/refunds", _refund(case, order_id, place, refund)
        if refund.amount and refund.status == "success":
            back = Paid(refund.amount, "refund", currency=refund.currency)
            yield "shopify/transactions", _transaction(case, order_id, place, back, None)
    if case.dispute:
        yield "stripe/charges", _charge(case, order_id, charge)
        yield "stripe/disputes", _dispute(case, order_id, charge, case.dispute)


def _order(case: Case, order_id: int) -> dict[str, Any]:
    lines = sum(Decimal(line.price) * line.quantity for line in case.lines)
    money = {"amount": case.shipping, "currency_code": case.currency}
    return {
        "id": order_id,
        "name": f"#{case.name}",
        "email": f"buyer{order_id}@example.com",
        "billing_address": {"country_code": "DE"},
        "currency": case.currency,
        "financial_status": "pending",
        "test": False,
        "source_name": "web",
        "total_line_items_price": str(lines),
        "total_discounts": case.discount,
        "total_shipping_price_set": {"shop_money": money},
        "total_tax": case.tax,
        "total_price": case.total,
        "line_items": [
            {
                "id": order_id * 10 + place,
                "name": "Article",
                "quantity": line.quantity,
                "price": line.price,
                "total_discount": line.discount,
                "gift_card": line.is_gift_card,
            }
            for place, line in enumerate(case.lines)
        ],
        "processed_at": DAY,
        "created_at": DAY,
        "updated_at": DAY,
        **case.given,
    }


def _transaction(
    case: Case, order_id: int, place: int, paid: Paid, charge: str | None
) -> dict[str, Any]:
    gateway = "stripe" if case.dispute and paid.gateway == CARD else paid.gateway
    return {
        "id": order_id * 100 + place,
        "order_id": order_id,
        "kind": paid.kind,
        "status": paid.status,
        "gateway": gateway,
        "amount": paid.amount,
        "currency": paid.currency or case.currency,
        "authorization": charge if gateway == "stripe" else None,
        "test": paid.is_test,
        "created_at": DAY,
    }


def _refund(case: Case, order_id: int, place: int, refund: Refund) -> dict[str, Any]:
    line = {"subtotal": refund.goods, "total_tax": refund.tax or "0"}
    shipping = {
        "kind": "shipping_refund",
        "amount": f"-{refund.shipping}",
        "tax_amount": "0.00",
    }
    movement = {
        "kind": "refund",
        "status": refund.status,
        "amount": refund.amount,
        "currency": refund.currency or case.currency,
    }
    return {
        "id": order_id * 100 + place,
        "order_id": order_id,
        "refund_line_items": [line] if refund.goods else [],
        "order_adjustments": [shipping] if refund.shipping else [],
        "transactions": [movement] if refund.amount else [],
        "created_at": DAY,
    }


def _charge(case: Case, order_id: int, charge: str) -> dict[str, Any]:
    assert case.dispute
    paid = sum(Decimal(paid.amount) for paid in case.paid)
    currency = case.paid[0].currency or case.currency
    units = int(paid * 10 ** CENTS.get(currency, 2))
    return {
        "id": charge,
        "amount": units,
        "amount_captured": units,
        "amount_refunded": 0,
        "currency": currency.lower(),
        "status": "succeeded",
        "captured": True,
        "disputed": True,
        "livemode": True,
        "metadata": {"order_id": str(order_id)} if case.dispute.names_order else {},
        "created": CREATED,
    }


def _dispute(case: Case, order_id: int, charge: str, dispute: Dispute) -> dict[str, Any]:
    currency = dispute.currency or case.currency
    return {
        "id": f"dp_{order_id}",
        "charge": charge,
        "amount": int(Decimal(dispute.amount) * 10 ** CENTS.get(currency, 2)),
        "currency": currency.lower(),
        "status": dispute.status,
        "reason": "fraudulent",
        "livemode": True,
        "balance_transactions": [],
        "evidence_details": {"has_evidence": False},
        "created": CREATED,
    }

"""What twenty people buy: a shop's tables and its payment provider's, a row of each a person."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

from ingestion.samples.tiny.people import PEOPLE, Person

Row = dict[str, Any]
_REFUNDED = 5  # every fifth order
_PRODUCT = {"product_id": 7, "variant_id": 70, "sku": "A-7", "title": "Tea", "gift_card": False}


def buying(people: list[Person] | None, seed: int, leaves_carts: bool) -> dict[str, list[Row]]:
    """The tables of buying, in the order of the people; without people the till's sales, which
    nobody left an address for."""
    draw = random.Random(f"{seed} orders")
    numbers = range(1, PEOPLE + 1)
    prices = {number: draw.randrange(10, 90) for number in numbers}
    buyers = dict(enumerate(people or [], 1))
    refunds = [_refund(number, bool(people)) for number in numbers if number % _REFUNDED == 0]
    tables = {
        "shopify.products": [_product()],
        "shopify.inventory_items": [_item()],
        "shopify.orders": [_order(n, prices[n], buyers.get(n)) for n in numbers],
        "shopify.transactions": [_sale(n, prices[n], bool(people)) for n in numbers]
        + [movement for refund in refunds for movement in refund["transactions"]],
        "shopify.refunds": refunds,
    }
    if people is None:
        return tables
    return tables | {
        "shopify.customers": [_customer(person) for person in people],
        "shopify.checkouts": [_checkout(person, leaves_carts) for person in people],
        "stripe.customers": [_payer(person) for person in people],
        "stripe.charges": [_charge(n, prices[n]) for n in numbers],
        "stripe.refunds": [_given_back(n) for n in numbers if n % _REFUNDED == 0],
        "web.events": [_event(person) for person in people],
    }


def _at(number: int, minute: int = 0) -> str:
    """June from the 10th on."""
    return f"2026-06-{10 + number:02d}T09:{minute:02d}:00Z"


def _seconds(number: int, minute: int) -> int:
    return int(datetime(2026, 6, 10 + number, 9, minute, tzinfo=UTC).timestamp())


def _customer(person: Person) -> Row:
    return {
        "id": person.number,
        "email": person.email,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "state": "enabled",
        "created_at": person.joined,
        "updated_at": person.joined,
    }


def _order(number: int, price: int, buyer: Person | None) -> Row:
    who: Row = {"customer": {"id": buyer.number}, "email": buyer.email} if buyer else {}
    at = _at(number)
    refunded = number % _REFUNDED == 0
    return {
        "id": 1000 + number,
        "name": f"#{1000 + number}",
        "currency": "EUR",
        "financial_status": "partially_refunded" if refunded else "paid",
        "test": False,
        "source_name": "web" if buyer else "pos",
        "total_line_items_price": f"{price}.00",
        "total_discounts": "0.00",
        "total_shipping_price_set": {"shop_money": {"amount": "0.00", "currency_code": "EUR"}},
        "total_tax": "0.00",
        "total_price": f"{price}.00",
        "line_items": [{"id": 100_000 + number, "quantity": 1, "price": f"{price}.00", **_PRODUCT}],
        "processed_at": at,
        "created_at": at,
        "updated_at": at,
        **who,
    }


def _sale(number: int, price: int, is_online: bool) -> Row:
    return {
        "id": 2000 + number,
        "order_id": 1000 + number,
        "kind": "sale",
        "status": "success",
        "gateway": "stripe" if is_online else "cash",
        "amount": f"{price}.00",
        "currency": "EUR",
        "authorization": f"ch_{number}" if is_online else None,
        "test": False,
        "created_at": _at(number, 1),
    }


def _refund(number: int, is_online: bool) -> Row:
    movement = _sale(number, 5, is_online) | {
        "id": 3000 + number,
        "parent_id": 2000 + number,
        "kind": "refund",
        "created_at": _at(number, 30),
    }
    return {
        "id": 4000 + number,
        "order_id": 1000 + number,
        "refund_line_items": [],
        "transactions": [movement],
        "created_at": _at(number, 30),
    }


def _checkout(person: Person, is_left: bool) -> Row:
    at = "2026-06-29T18:00:00Z" if is_left else _at(person.number)
    return {
        "id": 5000 + person.number,
        "token": f"cart-{person.number}",
        "customer": {"id": person.number},
        "email": person.email,
        "currency": "EUR",
        "total_price": "20.00",
        "line_items": [{"id": 1, "quantity": 1, "price": "20.00", **_PRODUCT}],
        "abandoned_checkout_url": f"https://shop.example/checkouts/{person.number}",
        "completed_at": None if is_left else at,
        "created_at": at,
        "updated_at": at,
    }


def _payer(person: Person) -> Row:
    return {
        "id": f"cus_{person.number}",
        "email": person.email,
        "name": f"{person.first_name} {person.last_name}",
        "livemode": True,
        "created": _seconds(person.number, 0),
    }


def _charge(number: int, price: int) -> Row:
    return {
        "id": f"ch_{number}",
        "customer": f"cus_{number}",
        "amount": price * 100,
        "amount_captured": price * 100,
        "amount_refunded": 500 if number % _REFUNDED == 0 else 0,
        "currency": "eur",
        "status": "succeeded",
        "captured": True,
        "disputed": False,
        "livemode": True,
        "metadata": {"order_id": str(1000 + number)},
        "created": _seconds(number, 1),
    }


def _given_back(number: int) -> Row:
    return {
        "id": f"re_{number}",
        "charge": f"ch_{number}",
        "amount": 500,
        "currency": "eur",
        "status": "succeeded",
        "created": _seconds(number, 30),
    }


def _event(person: Person) -> Row:
    at = _at(person.number)
    page = {"url": "https://shop.example/", "referrer": "https://search.example/"}
    return {
        "messageId": f"m{person.number}",
        "type": "page",
        "anonymousId": f"device-{person.number}",
        "userId": str(person.number),
        "properties": {"path": "/"},
        "context": {"page": page},
        "timestamp": at,
        "receivedAt": at,
    }


def _product() -> Row:
    variant = {
        "id": 70,
        "title": "Default Title",
        "sku": "A-7",
        "price": "40.00",
        "inventory_item_id": 71,
        "position": 1,
    }
    return {
        "id": 7,
        "title": "Tea",
        "product_type": "Drinks",
        "vendor": "Hauswerk",
        "status": "active",
        "variants": [variant],
        "created_at": "2026-01-01T08:00:00Z",
        "updated_at": "2026-01-01T08:00:00Z",
    }


def _item() -> Row:
    return {
        "id": 71,
        "sku": "A-7",
        "cost": "4.00",
        "created_at": "2026-01-01T08:00:00Z",
        "updated_at": "2026-01-01T08:00:00Z",
    }

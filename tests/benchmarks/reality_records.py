"""Records of every table that staging reads, each of somebody of its own: what odd rows are made
of. Shapes are those of the vendors, as the sample shop delivers them."""

from collections.abc import Callable
from typing import Any

Row = dict[str, Any]
Rows = list[tuple[str, Row]]  # (source.table, row)

AT = "2026-06-29T10:00:00Z"
EPOCH = 1782727200  # the same moment
DAY = "2026-06-29"
# Every key and id of record n holds the number 7770000nnn, so that it is found again wherever
# it goes.
FIRST = 7_770_000_000


def paid_order(n: int) -> Rows:
    """A guest's order of 40.00 EUR, as shop and payment provider saw it."""
    return [
        ("shopify.orders", _order(n)),
        ("shopify.transactions", _movement(n, "sale", "40.00", n)),
        ("stripe.charges", _charge(n)),
    ]


def refunded_order(n: int) -> Rows:
    """The same with half of it given back."""
    (orders, order), sale, (charges, charge) = paid_order(n)
    back = _movement(n, "refund", "20.00", 500_000 + n)
    refund = {
        "id": FIRST + n,
        "order_id": FIRST + n,
        "refund_line_items": [{"line_item_id": FIRST + n, "quantity": 1}],
        "transactions": [back],
        "created_at": AT,
    }
    of_provider = {
        "id": f"re_{FIRST + n}",
        "charge": f"ch_{FIRST + n}",
        "payment_intent": f"pi_{FIRST + n}",
        "amount": 2000,
        "currency": "eur",
        "status": "succeeded",
        "reason": "requested_by_customer",
        "balance_transaction": f"txn_{FIRST + n}",
        "created": EPOCH,
    }
    return [
        (orders, {**order, "financial_status": "partially_refunded"}),
        sale,
        ("shopify.transactions", back),
        (charges, {**charge, "amount_refunded": 2000}),
        ("shopify.refunds", refund),
        ("stripe.refunds", of_provider),
    ]


def disputed_order(n: int) -> Rows:
    """The same with half of it disputed."""
    order, sale, (charges, charge) = paid_order(n)
    return [
        order,
        sale,
        (charges, {**charge, "disputed": True}),
        ("stripe.disputes", _dispute(n)),
    ]


def order_disputed_at_the_shop(n: int) -> Rows:
    """The same, told by the shop that took the payment."""
    dispute = {
        "id": FIRST + n,
        "order_id": FIRST + n,
        "type": "chargeback",
        "amount": "20.00",
        "currency": "EUR",
        "reason": "fraudulent",
        "status": "needs_response",
        "evidence_due_by": "2026-07-09T10:00:00Z",
        "evidence_sent_on": None,
        "finalized_on": None,
        "initiated_at": AT,
    }
    return [*paid_order(n), ("shopify.disputes", dispute)]


def _order(n: int) -> Row:
    line = {
        "id": FIRST + n,
        "product_id": 8000000000002,
        "variant_id": 44000000000002,
        "sku": "SKU-0002",
        "title": "Pencil set",
        "quantity": 2,
        "price": "20.00",
        "total_discount": "0.00",
        "gift_card": False,
    }
    return {
        "id": FIRST + n,
        "name": f"#{FIRST + n}",
        "customer": None,
        "email": mail(n),
        "phone": None,
        "billing_address": {"first_name": "Odd", "last_name": f"Guest{n}", "country_code": "DE"},
        "currency": "EUR",
        "financial_status": "paid",
        "test": False,
        "source_name": "web",
        "total_line_items_price": "40.00",
        "total_discounts": "0.00",
        "total_shipping_price_set": {"shop_money": {"amount": "0.00"}},
        "total_tax": "0.00",
        "total_price": "40.00",
        "checkout_token": None,
        "landing_site": "/",
        "referring_site": None,
        "line_items": [line],
        "cancelled_at": None,
        "processed_at": AT,
        "created_at": AT,
        "updated_at": AT,
    }


def _movement(n: int, kind: str, amount: str, own: int) -> Row:
    return {
        "id": FIRST + own,
        "order_id": FIRST + n,
        "parent_id": FIRST + n if kind == "refund" else None,
        "kind": kind,
        "status": "success",
        "gateway": "stripe",
        "amount": amount,
        "currency": "EUR",
        "authorization": f"ch_{FIRST + n}",
        "test": False,
        "created_at": AT,
    }


def _charge(n: int) -> Row:
    address = {"country": "DE"}
    return {
        "id": f"ch_{FIRST + n}",
        "amount": 4000,
        "amount_captured": 4000,
        "amount_refunded": 0,
        "currency": "eur",
        "status": "succeeded",
        "captured": True,
        "disputed": False,
        "livemode": True,
        "customer": None,
        "payment_intent": f"pi_{FIRST + n}",
        "receipt_email": None,
        "billing_details": {
            "email": mail(n),
            "name": f"Odd Guest{n}",
            "phone": None,
            "address": address,
        },
        "metadata": {"order_id": str(FIRST + n)},
        "created": EPOCH,
    }


def _dispute(n: int) -> Row:
    taken = {"id": f"txn_d{FIRST + n}", "amount": -2000, "fee": 1500, "net": -3500}
    return {
        "id": f"dp_{FIRST + n}",
        "charge": f"ch_{FIRST + n}",
        "payment_intent": f"pi_{FIRST + n}",
        "amount": 2000,
        "currency": "eur",
        "status": "needs_response",
        "reason": "fraudulent",
        "is_charge_refundable": False,
        "livemode": True,
        "balance_transactions": [
            {**taken, "currency": "eur", "reporting_category": "dispute", "created": EPOCH}
        ],
        "evidence_details": {
            "due_by": EPOCH + 864_000,
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "created": EPOCH,
    }


def account(n: int) -> Rows:
    row = {
        "id": FIRST + n,
        "email": mail(n),
        "phone": None,
        "first_name": "Odd",
        "last_name": f"Person{n}",
        "state": "enabled",
        "verified_email": True,
        "currency": "EUR",
        "tags": "",
        "default_address": {"country_code": "DE", "city": "Ulm", "zip": "1", "address1": f"{n}"},
        "created_at": AT,
        "updated_at": AT,
    }
    return [("shopify.customers", row)]


def checkout(n: int) -> Rows:
    line = {"id": FIRST + n, "product_id": 1, "sku": "X", "title": "X", "quantity": 1}
    row = {
        "id": FIRST + n,
        "token": f"token{FIRST + n}",
        "customer": None,
        "email": mail(n),
        "phone": None,
        "currency": "EUR",
        "total_price": "9.00",
        "line_items": [{**line, "variant_id": 1, "price": "9.00"}],
        "abandoned_checkout_url": f"https://shop.example/{FIRST + n}",
        "completed_at": None,
        "created_at": AT,
        "updated_at": AT,
    }
    return [("shopify.checkouts", row)]


def product(n: int) -> Rows:
    times = {"created_at": AT, "updated_at": AT}
    variant = {
        "id": FIRST + n,
        "product_id": FIRST + n,
        "title": "Default Title",
        "price": "9.00",
        "sku": f"ODD-{FIRST + n}",
        "position": 1,
        "inventory_item_id": FIRST + n,
        **times,
    }
    row = {
        "id": FIRST + n,
        "title": "Odd thing",
        "body_html": "",
        "vendor": "Odd",
        "product_type": "Odd",
        "handle": f"odd{n}",
        "status": "active",
        "tags": "",
        "variants": [variant],
        "published_at": AT,
        **times,
    }
    item = {"id": FIRST + n, "sku": f"ODD-{FIRST + n}", "cost": "3.00", "tracked": True}
    return [
        ("shopify.products", row),
        ("shopify.inventory_items", {**item, "requires_shipping": True, **times}),
    ]


def mail(n: int) -> str:
    """An address that nobody else has."""
    return f"odd.{FIRST + n}@odd{n}.example"


MAKERS: dict[str, Callable[[int], Rows]] = {
    "shopify.customers": account,
    "shopify.checkouts": checkout,
    **dict.fromkeys(("shopify.products", "shopify.inventory_items"), product),
    **dict.fromkeys(("shopify.orders", "shopify.transactions", "stripe.charges"), paid_order),
    **dict.fromkeys(("shopify.refunds", "stripe.refunds"), refunded_order),
    "stripe.disputes": disputed_order,
    "shopify.disputes": order_disputed_at_the_shop,
}

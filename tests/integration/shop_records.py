"""Records as Shopify, Stripe and HubSpot deliver them, for the small shop."""

from typing import Any


def customer(number: int, email: str, name: str) -> dict[str, Any]:
    times = {"created_at": "2026-05-01T08:00:00Z", "updated_at": "2026-05-01T08:00:00Z"}
    return {
        "id": number,
        "email": email,
        "first_name": name,
        "last_name": "Muster",
        "state": "enabled",
        **times,
    }


def order(
    number: int, day: str, currency: str, lines: list[tuple[int, str]], **given: Any
) -> dict[str, Any]:
    lines_total = sum(quantity * float(price) for quantity, price in lines)
    discount, shipping = given.pop("discount", 0.0), given.pop("shipping", 0.0)
    digits = 0 if currency == "JPY" else 2
    at = f"{day}T09:00:00Z"
    return {
        "id": number,
        "name": f"#{number}",
        "currency": currency,
        "financial_status": "paid",
        "test": False,
        "source_name": "web",
        "total_line_items_price": f"{lines_total:.{digits}f}",
        "total_discounts": f"{discount:.{digits}f}",
        "total_shipping_price_set": {
            "shop_money": {"amount": f"{shipping:.{digits}f}", "currency_code": currency}
        },
        "total_tax": f"{0:.{digits}f}",
        "total_price": f"{lines_total + shipping - discount:.{digits}f}",
        "line_items": [
            {
                "id": number * 100 + n,
                "product_id": 7,
                "variant_id": 70,
                "sku": "A-7",
                "title": "Tea",
                "quantity": q,
                "price": p,
                "gift_card": False,
            }
            for n, (q, p) in enumerate(lines)
        ],
        "processed_at": at,
        "created_at": at,
        "updated_at": at,
        **given,
    }


def movement(
    number: int,
    order: int,
    kind: str,
    amount: str,
    currency: str,
    day: str,
    charge: str | None,
    **given: Any,
) -> dict[str, Any]:
    return {
        "id": number,
        "order_id": order,
        "kind": kind,
        "status": "success",
        "gateway": "stripe",
        "amount": amount,
        "currency": currency,
        "authorization": charge,
        "test": False,
        "created_at": f"{day}T09:01:00Z",
        **given,
    }


def charge(
    name: str, order: int, amount: int, currency: str, created: int, refunded: int = 0, **given: Any
) -> dict[str, Any]:
    return {
        "id": name,
        "amount": amount,
        "amount_captured": amount,
        "amount_refunded": refunded,
        "currency": currency,
        "status": "succeeded",
        "captured": True,
        "disputed": False,
        "livemode": True,
        "metadata": {"order_id": str(order)},
        "created": created,
        **given,
    }


def product() -> dict[str, Any]:
    variant = {
        "id": 70,
        "title": "Default Title",
        "sku": "A-7",
        "price": "40.00",
        "inventory_item_id": 71,
        "position": 1,
    }
    times = {"created_at": "2026-01-01T08:00:00Z", "updated_at": "2026-01-01T08:00:00Z"}
    return {
        "id": 7,
        "title": "Tea",
        "product_type": "Drinks",
        "vendor": "Hauswerk",
        "status": "active",
        "variants": [variant],
        **times,
    }


def deal(number: int, contact: int) -> dict[str, Any]:
    properties = {
        "dealname": "Office tea",
        "amount": "500.00",
        "pipeline": "default",
        "dealstage": "qualifiedtobuy",
    }
    times = {"createdAt": "2026-06-02T08:00:00Z", "updatedAt": "2026-06-20T08:00:00Z"}
    associations = {"contacts": {"results": [{"id": str(contact), "type": "deal_to_contact"}]}}
    return {
        "id": str(number),
        "properties": properties,
        "associations": associations,
        "archived": False,
        **times,
    }


def contact(number: int, email: str, stage: str) -> dict[str, Any]:
    times = {"createdAt": "2026-05-02T08:00:00Z", "updatedAt": "2026-06-29T08:00:00Z"}
    return {
        "id": str(number),
        "properties": {"email": email, "lifecyclestage": stage},
        "archived": False,
        **times,
    }

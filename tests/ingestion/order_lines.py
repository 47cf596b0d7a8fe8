"""Orders as JSON lines, for the tests of the reader."""

import json
from typing import Any

ORDER: dict[str, Any] = {
    "id": 1,
    "email": "ann@example.com",
    "customer": {"id": 7, "address": {"country": "DE"}},
    "amount": "12.50",
    "is_test": False,
    "lines": [{"sku": "A", "price": "12.50"}],
    "placed_on": "2024-05-01",
    "paid_at": 1714557600,
    "created_at": "2024-05-01T12:00:00+02:00",
}
PATH = "shop/orders-2024-05-01.jsonl"


def lines(*orders: Any) -> str:
    return "".join(
        (order if isinstance(order, str) else json.dumps(order)) + "\n" for order in orders
    )


def changed(**changes: Any) -> dict[str, Any]:
    return ORDER | {"id": 2} | changes

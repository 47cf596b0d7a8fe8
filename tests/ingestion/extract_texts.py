"""Contents of small extracts, for the tests of the loader."""

from datetime import datetime
from typing import Any

HEADER = "Day,campaign,clicks,cost\n"
ORDER = '{"id": %d, "amount": %s, "created_at": "2024-05-01T00:00:00Z"}\n'
HOSTILE = "shop/orders-2024-05-01.jsonl"


def refund(*ids: int) -> str:
    return "".join(f'{{"id": {i}}}\n' for i in ids)


def spend(*clicks: int) -> str:
    return HEADER + "".join(f"2024-05-01,spring,{n},1.00\n" for n in clicks)


def stock(**pieces: int) -> str:
    return "product,pieces\n" + "".join(f"{product},{count}\n" for product, count in pieces.items())


def ids(zone: Any, as_of: datetime = datetime(2030, 1, 1)) -> list[int]:
    return [i for (i,) in zone.rows("refunds", "id", as_of)]

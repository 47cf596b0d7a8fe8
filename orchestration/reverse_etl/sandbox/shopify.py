"""A Shopify shop as the sandbox keeps it: the REST Admin API's list of orders,
with its refusals and its leaky bucket.

Like Shopify it needs an access token, pages by a `page_info` cursor in the Link header (which takes
no filter beside it), shows only open orders unless it is asked for `status=any`, and answers 429
with `Retry-After: 2.0` style seconds when the bucket is full.
"""

import secrets
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from orchestration.reverse_etl.sandbox.faults import Fault

_LARGEST_PAGE, _PAGE = 250, 50
_FILTERS = {"status", "updated_at_min", "order", "limit"}
_ORDERS = ("updated_at asc", "updated_at desc")


@dataclass
class _Page:
    """Where a cursor stands: after a row, in a filtered and ordered list."""

    filters: dict[str, str]
    after: tuple[datetime, int]


class ShopifyOrders:
    """The orders of one shop.

    `bucket` requests may be made at once, `leak` a second are forgotten.
    """

    bucket: float = 40
    leak: float = 2.0

    def __init__(self) -> None:
        self.requests = self.limited = self.rows = 0
        self._orders: dict[int, dict[str, Any]] = {}
        self._pages: dict[str, _Page] = {}
        self._level, self._asked = 0.0, time.monotonic()

    def put(self, orders: list[dict[str, Any]]) -> int:
        """Add orders, or change those that are there.

        Errors: `ValueError`, `KeyError` when one has no id or no moment.
        """
        for order in orders:
            _moment(order["updated_at"])
            self._orders[int(order["id"])] = order
        return len(self._orders)

    def report(self) -> dict[str, Any]:
        """requests, how many of them met a full bucket, and rows answered."""
        return {
            "requests": self.requests,
            "limited": self.limited,
            "rows": self.rows,
            "orders": len(self._orders),
        }

    def handle(
        self, method: str, path: str, headers: Any, body: bytes, faults: list[Fault]
    ) -> tuple[int, Any, dict[str, str]]:
        self.requests += 1
        if not (headers.get("X-Shopify-Access-Token") or "").strip():
            return (
                401,
                {
                    "errors": (
                        "[API] Invalid API key or access token"
                        " (unrecognized login or wrong password)"
                    )
                },
                {},
            )
        address = urlsplit(path)
        parts = address.path.strip("/").split("/")
        if (
            method != "GET"
            or len(parts) != 4
            or parts[:2] != ["admin", "api"]
            or parts[3] != "orders.json"
        ):
            return 404, {"errors": "Not Found"}, {}
        if wait := self._wait():
            self.limited += 1
            calls = {
                "Retry-After": f"{wait:.1f}",
                "X-Shopify-Shop-Api-Call-Limit": f"{self.bucket:.0f}/{self.bucket:.0f}",
            }
            return (
                429,
                {"errors": "Exceeded 2 calls per second for api client."},
                calls,
            )
        given = {
            name: values[0]
            for name, values in parse_qs(address.query, keep_blank_values=True).items()
        }
        try:
            limit, filters, after = self._asked_for(given)
        except ValueError as error:
            return 400, {"errors": str(error)}, {}
        return self._answer(
            f"http://{headers['Host']}/shopify{address.path}", limit, filters, after
        )

    def _wait(self) -> float:
        """Seconds until the bucket takes this request; 0 when it has."""
        now = time.monotonic()
        self._level = max(0.0, self._level - (now - self._asked) * self.leak)
        self._asked = now
        if self._level + 1 > self.bucket:
            return max(0.1, (self._level + 1 - self.bucket) / self.leak)
        self._level += 1
        return 0.0

    def _asked_for(
        self, given: dict[str, str]
    ) -> tuple[int, dict[str, str], tuple[datetime, int] | None]:
        limit = given.get("limit", str(_PAGE))
        if not limit.isdigit() or not 1 <= int(limit) <= _LARGEST_PAGE:
            raise ValueError(f"limit must be between 1 and {_LARGEST_PAGE}")
        if "page_info" in given:
            if set(given) - {"page_info", "limit"}:
                raise ValueError(
                    f"{sorted(set(given) - {'page_info', 'limit'})[0]} cannot be passed"
                    " when page_info is present"
                )
            page = self._pages.get(given["page_info"])
            if page is None:
                raise ValueError("page_info: Invalid value.")
            return int(limit), page.filters, page.after
        if set(given) - _FILTERS:
            raise ValueError(f"{sorted(set(given) - _FILTERS)[0]}: unknown parameter")
        if given.get("order", _ORDERS[1]) not in _ORDERS or given.get("status", "open") not in (
            "open",
            "closed",
            "any",
        ):
            raise ValueError("order or status: Invalid value.")
        if "updated_at_min" in given:
            _moment(given["updated_at_min"])
        return int(limit), {name: value for name, value in given.items() if name != "limit"}, None

    def _answer(
        self, address: str, limit: int, filters: dict[str, str], after: tuple[datetime, int] | None
    ) -> tuple[int, Any, dict[str, str]]:
        ascending = filters.get("order") == _ORDERS[0]
        lowest = _moment(filters["updated_at_min"]) if "updated_at_min" in filters else None
        status = filters.get("status", "open")
        found = []
        for number, order in self._orders.items():
            place = (_moment(order["updated_at"]), number)
            is_open = not order.get("cancelled_at") and not order.get("closed_at")
            is_after = after is None or (place > after if ascending else place < after)
            if (
                is_after
                and (lowest is None or place[0] >= lowest)
                and (status == "any" or is_open == (status == "open"))
            ):
                found.append(place)
        found.sort(reverse=not ascending)
        page = found[:limit]
        self.rows += len(page)
        headers = {}
        if len(found) > limit:
            name = secrets.token_urlsafe(12)
            self._pages[name] = _Page(filters, page[-1])
            headers["Link"] = f'<{address}?limit={limit}&page_info={name}>; rel="next"'
        return 200, {"orders": [self._orders[number] for _, number in page]}, headers


def _moment(text: str) -> datetime:
    """Errors: `ValueError` unless it is a time with a time zone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("updated_at_min: a time with an offset is wanted")
    return moment

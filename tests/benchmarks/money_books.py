"""Figures of topic `money` about the books: do all tellings of the same money agree,
order by order, and is what differs explained?"""

from typing import Any

import duckdb
import money_channels
from published_night import after_a_night

CUSTOMERS = 20_000


def measure(size: str) -> list[dict[str, Any]]:
    """The sample shop's books and channels after a night; at a tiny size nothing,
    as topic `nightly` has the same night then."""
    if size == "tiny":
        return []
    with after_a_night("--customers", str(CUSTOMERS)) as (connection, home):
        books = differences(connection, f"sample shop, {CUSTOMERS:,} customers")
        return [*books, *money_channels.order(connection, home / "truth")]


def differences(connection: duckdb.DuckDBPyConnection, shop: str) -> list[dict[str, Any]]:
    """What is listed in `marts.tie_out_differences`, and how much of it nothing explains."""
    query = (
        "select count(*), count(*) filter (where explanation = 'none')"
        " from marts.tie_out_differences"
    )
    listed, unexplained = connection.execute(query).fetchall()[0]
    orders, movements, charges = connection.execute(
        "select (select count(*) from core.orders), (select count(*) from core.payments),"
        " (select count(*) from core.charges)"
    ).fetchall()[0]
    note = (
        f"{orders:,} orders, {movements:,} movements of the shop,"
        f" {charges:,} charges of the provider; {shop}"
    )
    return [
        _figure(
            "tie_out_differences",
            unexplained,
            "= 0",
            f"orders that differ with nothing to explain it; {note}",
        ),
        _figure(
            "tie_out_differences_explained",
            listed - unexplained,
            "",
            "listed with their explanation: still arriving, other currency, …",
        ),
    ]


def _figure(name: str, value: int, bar: str, note: str) -> dict[str, Any]:
    return {"name": name, "value": value, "unit": "orders", "bar": bar, "note": note}

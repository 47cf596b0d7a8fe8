"""Small honest shops publish, however one-sided they are: what twenty rows show is no reason to
stop a night."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from command_line import clientele, latest

from ingestion.samples.tiny import TinyShop, make_tiny
from orchestration.warehouse.connection import connect
from orchestration.warehouse.generations import Generations

SETTINGS = """
shop: {{name: Tiny shop, time_zone: Europe/Berlin}}
reporting_currency: EUR
gross_margin: 0.45
as_of: latest_extract
minimum_free_disk_gib: 0
sources:
{sources}
destinations:
  hubspot: {{enabled: false}}
"""
OF_PEOPLE = ("hubspot", "klaviyo", "zendesk", "consent", "ecb")
OF_ORDERS = ("shopify", "stripe", "web", "ecb")

# One night each; between them every kind of shop that a fixed bound has stopped.
SHOPS = {
    "people, names alone, no orders": (
        TinyShop(has_orders=False, only_names=True),
        ("hubspot", "ecb"),
        "hubspot",
    ),
    "orders without people": (TinyShop(has_people=False), OF_ORDERS, "shopify"),
    "people without orders": (TinyShop(has_orders=False), OF_PEOPLE, "hubspot"),
    "every consent granted, everybody in one segment, all merged": (
        TinyShop(grants_all=True, leaves_carts=True),
        OF_ORDERS + OF_PEOPLE,
        "shopify",
    ),
}


def _prepare(home: Path, shop: TinyShop, sources: tuple[str, ...], required: str) -> Path:
    make_tiny(home / "extracts", home / "truth", shop=shop)
    lines = [
        f"  {source}: {{enabled: true, required: {str(source == required).lower()}}}"
        for source in dict.fromkeys(sources)
    ]
    settings = home / "clientele.yml"
    settings.write_text(SETTINGS.format(sources="\n".join(lines)), encoding="utf-8")
    return settings


def _ask(home: Path, query: str) -> list[tuple[Any, ...]]:
    connection = connect(Generations(home / "generations").current_inputs())
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


@pytest.mark.parametrize("name", SHOPS)
def test_an_honest_shop_publishes(
    name: str, tmp_path: Path, give_dbt: Callable[[Path], None]
) -> None:
    settings = _prepare(tmp_path, *SHOPS[name])
    give_dbt(tmp_path)
    done = clientele(tmp_path, "nightly", settings=settings)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_tiny_shop_publishes_what_is_true_and_the_same_again(
    tmp_path: Path, give_dbt: Callable[[Path], None]
) -> None:
    settings = _prepare(tmp_path, TinyShop(), OF_ORDERS + OF_PEOPLE, "shopify")
    give_dbt(tmp_path)
    done = clientele(tmp_path, "nightly", settings=settings)
    assert done.returncode == 0, done.stdout + done.stderr
    first = latest(tmp_path)
    identity, money = first["identity"], first["money"]
    assert (identity["customers"], identity["precision"], identity["recall"]) == (20, 1.0, 1.0)
    sold, given_back = duckdb.sql(
        "select sum(amount) filter (where kind = 'sale'),"
        " sum(amount) filter (where kind = 'refund')"
        f" from read_json('{tmp_path}/extracts/shopify/transactions-*.jsonl',"
        " columns={kind: 'varchar', amount: 'decimal(18,2)'})"
    ).fetchall()[0]
    assert (money["revenue"], money["refunds"]) == (str(sold - given_back), str(given_back))
    assert (money["orders"], money["differences"]) == (20, 0)
    assert _ask(tmp_path, "select count(*) filter (where is_granted) from core.consents") == [(14,)]
    again = clientele(tmp_path, "nightly", settings=settings)
    assert again.returncode == 0, again.stdout + again.stderr
    assert latest(tmp_path)["content_hash"] == first["content_hash"]
    assert latest(tmp_path)["files"]["loaded"] == 0

"""Which order a credit note gives back, against units counted one by one:
strange ledgers, and what must hold of every one."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.warehouse.dbt_runner import DbtRunner
from tests.core.empty_generation import built_on_nothing

NOON = datetime(2011, 1, 1, 12)
MODEL = "stg_online_retail__refunds"
COLUMNS = {
    **{
        "source_name": "varchar",
        "ledger_line_id": "varchar",
        "line_number": "integer",
        "document_id": "varchar",
        "is_credit_note": "boolean",
    },
    **{
        "account_number": "varchar",
        "stock_code": "varchar",
        "quantity": "integer",
        "unit_amount": "decimal(18, 3)",
    },
    **{"currency_code": "varchar", "booked_at": "timestamp", "ledger_part": "varchar"},
}
# Customer, article, units (negative: on a credit note), price in pence, hour.
LINES = st.lists(
    st.tuples(
        st.sampled_from("ab"),
        st.sampled_from("xy"),
        st.integers(-5, 5),
        st.integers(0, 4),
        st.integers(0, 3),
    ),
    max_size=12,
)
Ledger = list[tuple[str, str, int, int, int]]


@pytest.fixture(scope="module")
def database(runner: DbtRunner) -> duckdb.DuckDBPyConnection:
    """A ledger to fill, and `refunds`, the model's own query over it."""
    built_on_nothing(runner)
    query = next((runner.folder / "target-nothing" / "compiled").rglob(f"{MODEL}.sql")).read_text(
        encoding="utf-8"
    )
    connection = duckdb.connect()
    connection.execute("attach ':memory:' as clientele; create schema clientele.staging")
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    connection.execute(
        f"create table clientele.staging.stg_online_retail__ledger_lines ({columns})"
    )
    connection.execute(f"create view refunds as {query}")
    return connection


@settings(max_examples=100, deadline=None, derandomize=True)
@given(ledger=LINES)
def test_refunds_are_the_units_counted_one_by_one(
    database: duckdb.DuckDBPyConnection, ledger: Ledger
) -> None:
    database.execute("delete from clientele.staging.stg_online_retail__ledger_lines")
    for number, (customer, article, units, pence, hour) in enumerate(ledger):
        row: dict[str, Any] = {
            **{
                "source_name": "online_retail",
                "ledger_line_id": str(number),
                "line_number": number,
                "document_id": f"invoice {number}",
            },
            **{
                "is_credit_note": units < 0,
                "account_number": customer,
                "stock_code": article,
                "quantity": units,
            },
            **{
                "unit_amount": Decimal(pence) / 100,
                "currency_code": "GBP",
                "booked_at": NOON + timedelta(hours=hour),
            },
            **{"ledger_part": "returns" if units < 0 else "merchandise"},
        }
        marks = ", ".join("?" for _ in row)
        database.execute(
            f"insert into clientele.staging.stg_online_retail__ledger_lines values ({marks})",
            [row[name] for name in COLUMNS],
        )
    found = database.execute(
        "select ledger_line_id, order_id, amount from refunds order by all"
    ).fetchall()
    assert found == one_by_one(ledger)
    given_back: dict[str, Decimal] = {}
    for _, order, amount in found:
        given_back[order] = given_back.get(order, Decimal(0)) + amount
    for order, amount in given_back.items():
        _, _, units, pence, _ = ledger[int(order.removeprefix("invoice "))]
        assert amount <= units * Decimal(pence) / 100


def one_by_one(ledger: Ledger) -> list[tuple[str, str, Decimal]]:
    """The same by lists of single units: the k-th that comes back is the k-th that was bought."""
    bought: dict[tuple[str, str], list[int]] = {}
    returned: dict[tuple[str, str], list[int]] = {}
    for number in sorted(range(len(ledger)), key=lambda line: (ledger[line][4], line)):
        customer, article, units, _, _ = ledger[number]
        (bought if units > 0 else returned).setdefault((customer, article), []).extend(
            [number] * abs(units)
        )
    refunds: dict[tuple[str, str], Decimal] = {}
    for key, credits in returned.items():
        for credit, sale in zip(credits, bought.get(key, []), strict=False):
            if ledger[sale][4] <= ledger[credit][4]:
                place = (str(credit), f"invoice {sale}")
                refunds[place] = (
                    refunds.get(place, Decimal(0))
                    + Decimal(min(ledger[credit][3], ledger[sale][3])) / 100
                )
    return sorted((credit, order, amount) for (credit, order), amount in refunds.items())

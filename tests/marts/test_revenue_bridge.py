"""The bridge from a ledger to revenue, on the cut of Online Retail that travels with the code:
built by dbt, tie-outs and all."""

from datetime import date, datetime
from decimal import Decimal

import duckdb
import pytest

from ingestion.contracts.contract import raw_columns
from ingestion.contracts.reading import load_contracts
from ingestion.samples.online_retail import make_online_retail
from orchestration.cli.figures import holds
from orchestration.warehouse.connection import connect
from orchestration.warehouse.dbt_runner import DbtRunner
from orchestration.warehouse.inputs import Relation
from tests.benchmarks.money_books import differences
from tests.benchmarks.money_bridge import VARIABLE, bridge, measure
from tests.core.empty_generation import built_on_nothing, copy_of

RAW = "raw.online_retail_invoice_lines"
LONDON = {
    "shop_time_zone": "Europe/London",
    "reporting_currency": "GBP",
    "shop_currency": "GBP",
    "gross_margin": "0.45",
    "shipping_margin": "0",
}


@pytest.fixture(scope="module")
def ledger(
    runner: DbtRunner, tmp_path_factory: pytest.TempPathFactory
) -> duckdb.DuckDBPyConnection:
    """A generation of the cut alone, as far as the bridge and the books that it must meet."""
    folder = tmp_path_factory.mktemp("ledger")
    report = make_online_retail(folder)
    columns = raw_columns(load_contracts()["online_retail"].tables["invoice_lines"])
    with duckdb.connect() as connection:
        load = (
            "null as _extra, 'f' as _file_id, 1 as _line_number, 1 as _arrival,"
            " '2011-12-10' as _loaded_at, false as _is_deleted"
        )
        typed = ", ".join(f"{name}::{kind} as {name}" for name, kind in columns.items())
        lines = (
            f"select {typed} from (select *, {load} from read_csv('{report.file}',"
            " all_varchar = true))"
        )
        connection.execute(f"copy ({lines}) to '{folder}/lines.parquet'")
    nothing, _ = built_on_nothing(runner)
    relations = nothing.relations | {RAW: Relation(columns, (f"{folder}/lines.parquet",))}
    dated = {"as_of": datetime(2011, 12, 10), "as_of_date": date(2011, 12, 9)}
    inputs = copy_of(nothing, folder, variables=LONDON, relations=relations, **dated)
    select = [
        "path:seeds",
        "+revenue_bridge",
        "+tie_out_differences",
        "+customers",
        "+refunds",
        "+orders",
    ]
    result = runner.build(folder / "inputs.json", select, target="ledger")
    assert result.succeeded, (result.errored, result.failed_tests, result.messages)
    return connect(inputs)


def test_the_parts_are_the_ledger_and_revenue_is_the_orders(
    ledger: duckdb.DuckDBPyConnection,
) -> None:
    figures = bridge(ledger, 3350, Decimal("33750.490"))
    assert [figure["name"] for figure in figures if not holds(figure["value"], figure["bar"])] == []
    amounts = {figure["name"].removeprefix("online_retail_"): figure["value"] for figure in figures}
    assert amounts["revenue"] == 45349.76
    assert {
        part: amounts[part]
        for part in (
            "merchandise",
            "returns",
            "postage",
            "fees",
            "vouchers",
            "adjustments",
            "unclassified",
        )
    } == {
        **{"merchandise": 44407.23, "returns": -1117.27, "postage": 1522.75, "fees": -490.06},
        **{"vouchers": 25.0, "adjustments": -11062.06, "unclassified": 464.9},
    }


def test_what_is_not_revenue_is_told(ledger: duckdb.DuckDBPyConnection) -> None:
    query = (
        "select ledger_part, other_amount from marts.revenue_bridge"
        " where other_amount <> 0 order by 1"
    )
    assert ledger.execute(query).fetchall() == [
        ("adjustments", Decimal("-11062.060")),
        ("fees", Decimal("-490.060")),
        ("postage", Decimal("-1.000")),
        ("returns", Decimal("-536.050")),
        ("unclassified", Decimal("464.900")),
        ("vouchers", Decimal("25.000")),
    ]
    owed = ledger.execute(
        "select sum(gift_card_sold_amount), sum(refunded_amount) from core.orders"
    ).fetchall()
    assert owed == [(Decimal("25.000"), Decimal("581.220"))]


def test_the_books_of_a_ledger_agree(ledger: duckdb.DuckDBPyConnection) -> None:
    assert [figure["value"] for figure in differences(ledger, "the cut")] == [0, 0]


def test_the_whole_set_is_asked_for_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(FileNotFoundError, match=f"{VARIABLE} is not set"):
        measure("full")

"""The step as the night calls it: one row per customer, never a silent or impossible number,
the same every time."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.layers import STEP_TABLES
from orchestration.steps.ltv.report import score_columns
from orchestration.steps.ltv.step import run_ltv
from orchestration.steps.run import STEP_COLUMNS
from tests.steps.ltv_reports import AS_OF_DATE, Histories, assert_sound, rows_of, shop_of


def test_files_have_the_declared_columns_even_without_customers(
    histories: Histories, tmp_path: Path
) -> None:
    empty = histories(
        repeats=[], recency_days=[], age_days=[], first_amount=[], repeat_amount=[], customer_id=[]
    )
    report = run_ltv(empty, tmp_path, as_of_date=AS_OF_DATE)
    assert (report.method, report.customers_count, report.customers_by_method) == (
        "no_customers",
        0,
        {},
    )
    for file in tmp_path.iterdir():
        assert duckdb.execute("select count(*) from read_parquet(?)", [str(file)]).fetchall() == [
            (0,)
        ]
    assert sorted(path.stem for path in tmp_path.iterdir()) == sorted(STEP_TABLES["ltv"])
    for table in STEP_TABLES["ltv"]:
        described = duckdb.execute(
            "describe select * from read_parquet(?)", [str(tmp_path / f"{table}.parquet")]
        ).fetchall()
        assert {row[0]: row[1].lower().replace(",", ", ") for row in described} == STEP_COLUMNS[
            table
        ]


def test_a_normal_shop_is_forecast(
    simulate: Callable[..., Any], histories: Histories, tmp_path: Path
) -> None:
    connection = shop_of(simulate, histories, 1_500)
    report = run_ltv(connection, tmp_path, as_of_date=AS_OF_DATE)
    rows = assert_sound(report, 1_500)
    assert report.customers_by_method == {"bg_nbd": 1_500} and report.reason is None
    assert {found.model for found in report.fits} == {
        "bg_nbd",
        "mbg_nbd",
        "pareto_nbd",
        "nbd",
        "gamma_gamma",
    }
    assert (
        sum(Decimal(row["predicted_revenue_365_days"]) for row in rows)
        == report.totals[1].predicted_revenue
    )
    assert any(row["next_order_expected_on"] for row in rows)
    tables = "select table_name from duckdb_tables() where temporary"
    left = connection.execute(
        f"{tables} union all select view_name from duckdb_views() where temporary and not internal"
    )
    assert left.fetchall() == [], "the step keeps nothing in the connection"
    as_json = report.as_dict()
    assert as_json["as_of_date"] == "2025-06-30" and as_json["totals"][0]["days"] == 90


def test_the_order_of_the_rows_and_a_second_run_change_nothing(
    simulate: Callable[..., Any], histories: Histories, tmp_path: Path
) -> None:
    connection = shop_of(simulate, histories, 1_500)
    first = run_ltv(connection, tmp_path / "first", as_of_date=AS_OF_DATE)
    connection.execute(
        "create table shuffled as select * from marts.purchase_histories order by md5(customer_id)"
    )
    second = run_ltv(connection, tmp_path / "second", as_of_date=AS_OF_DATE, histories="shuffled")
    assert rows_of(first) == rows_of(second)
    assert first.fits == second.fits
    assert first.scores_file.read_bytes() == second.scores_file.read_bytes()


def test_reads_through_a_read_only_database(
    simulate: Callable[..., Any], histories: Histories, tmp_path: Path
) -> None:
    """As in the night: the generation attached read-only, its catalog first in the search path."""
    shop_of(simulate, histories, 600).execute(
        f"attach '{tmp_path / 'gen.duckdb'}' as gen; copy from database memory to gen; detach gen"
    )
    connection = duckdb.connect()
    connection.execute("set preserve_insertion_order = false")
    connection.execute(f"attach '{tmp_path / 'gen.duckdb'}' as clientele (read_only)")
    connection.execute(
        "create schema memory.steps; create view memory.steps.step_scores as select 1 as wrong"
    )
    connection.execute("set search_path = 'clientele.main,memory.steps'")
    assert_sound(run_ltv(connection, tmp_path / "out", as_of_date=AS_OF_DATE), 600)


def test_two_histories_of_one_customer_are_refused(
    simulate: Callable[..., Any], histories: Histories, tmp_path: Path
) -> None:
    connection = shop_of(simulate, histories, 50)
    connection.execute("insert into marts.purchase_histories from marts.purchase_histories limit 2")
    with pytest.raises(ValueError, match=r"marts\.purchase_histories: 2 rows repeat a customer_id"):
        run_ltv(connection, tmp_path, as_of_date=AS_OF_DATE)
    assert list(tmp_path.iterdir()) == []


def test_other_horizons_name_their_columns(
    simulate: Callable[..., Any], histories: Histories, tmp_path: Path
) -> None:
    report = run_ltv(
        shop_of(simulate, histories, 800), tmp_path, as_of_date=AS_OF_DATE, horizons=(180, 30)
    )
    columns = duckdb.execute(
        "describe select * from read_parquet(?)", [str(report.scores_file)]
    ).fetchall()
    assert [column[0] for column in columns] == list(score_columns((30, 180)))
    assert [total.days for total in report.totals] == [30, 180]
    with pytest.raises(ValueError, match="horizons"):
        run_ltv(shop_of(simulate, histories, 10), tmp_path, as_of_date=AS_OF_DATE, horizons=(0,))

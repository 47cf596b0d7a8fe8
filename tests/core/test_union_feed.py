"""The union of a feed, alone in a dbt project of its own: typed when nobody feeds it, and an error
that names the model's file where a column is missing or of another type."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from graphs import PROJECT_FILE, make_project, rows_of, run_dbt

FEEDS = {
    "one": ["stg_till__orders"],
    "two": ["stg_till__orders", "stg_desk__orders"],
    "nobody": [],
    "another_type": ["stg_till__orders", "stg_late__orders"],
    "missing": ["stg_till__orders", "stg_free__orders"],
}
COLUMNS = {"order_id": "varchar", "placed_at": "timestamp", "amount": "decimal(18,3)"}
ORDER = "select '{0}:1' as order_id, {1} as placed_at"
WHEN = "timestamp '2024-05-01 10:00:00'"
AMOUNT = ", cast(1.5 as decimal(18, 3)) as amount"
STAGED = {
    "stg_till__orders": ORDER.format("till", WHEN) + AMOUNT,
    # What more a model has, and in which order, is its own affair.
    "stg_desk__orders": f"select 'x' as note{AMOUNT}, 'desk:1' as order_id, {WHEN} as placed_at",
    "stg_late__orders": ORDER.format("late", "'2024-05-01 10:00:00'") + AMOUNT,
    "stg_free__orders": ORDER.format("free", WHEN),
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Callable[[str], str]]:
    """The project, run once, and what dbt said of a model's failure."""
    unions = {feed: f"{{{{ union_feed('{feed}', {COLUMNS}) }}}}" for feed in FEEDS}
    folder = make_project(tmp_path_factory.mktemp("feeds"), {}, STAGED | unions)
    feeds = f", vars: {{feeds: {json.dumps(FEEDS)}}}}}"
    (folder / "dbt_project.yml").write_text(PROJECT_FILE.removesuffix("}") + feeds)
    said = run_dbt(folder).stdout

    def error(model: str) -> str:
        return said.split(f"Compilation Error in model {model} ")[1].split("> in macro")[0]

    return folder, error


def test_the_models_of_a_feed_stand_one_below_the_other(
    built: tuple[Path, Callable[[str], str]],
) -> None:
    folder, _ = built
    orders = "select order_id, amount::varchar from {} order by 1"
    assert rows_of(folder, orders.format("one")) == [("till:1", "1.500")]
    assert rows_of(folder, orders.format("two")) == [("desk:1", "1.500"), ("till:1", "1.500")]


def test_a_feed_of_nobody_is_empty_and_typed(built: tuple[Path, Callable[[str], str]]) -> None:
    folder, _ = built
    assert rows_of(folder, "select count(*) from nobody") == [(0,)]
    types = "select column_name, lower(data_type) from duckdb_columns() where table_name = 'nobody'"
    assert dict(rows_of(folder, types)) == COLUMNS


@pytest.mark.parametrize(
    ("feed", "told"),
    [
        ("another_type", "column placed_at of stg_late__orders is varchar, timestamp is wanted"),
        ("missing", "column amount of stg_free__orders is missing, decimal(18,3) is wanted"),
    ],
)
def test_a_column_that_is_not_as_wanted_is_an_error_that_names_the_file(
    built: tuple[Path, Callable[[str], str]], feed: str, told: str
) -> None:
    folder, error = built
    model = told.split(" of ")[1].split(" is ")[0]
    message = " ".join(error(feed).split())
    assert f"feed {feed}: {told}" in message
    assert f"dbt_project/models/staging/{model[4:8]}/{model}.sql" in message
    tables = "select count(*) from duckdb_tables() where table_name = '{}'"
    assert rows_of(folder, tables.format(feed)) == [(0,)]

"""Quarantine: whole rows where only their owner reads them, masked rows where people look,
limits that a small file does not trip over."""

import stat
from datetime import datetime
from typing import Any

import duckdb
import pytest

from ingestion.contracts.reading import load_contracts
from ingestion.masking import masked, masked_sql
from ingestion.quarantine.bad_rows import (
    COLUMNS,
    quarantine_files,
    quarantined_rows,
    refusal_for_bad_rows,
)
from orchestration.cli.sql import _MASKED as shell_mask

EVER = datetime(2030, 1, 1)
TEXT = "Day,campaign,clicks,cost\n2024-05-01,spring,1,1.00\n2024-05-01,Müller 7,x,1.00\n"


def test_bad_rows_lie_whole_in_a_file_for_the_owner_only(zone: Any) -> None:
    zone.put("shop/spend-2024-05-01.csv", TEXT)
    zone.load()
    [path] = quarantine_files(zone.store, EVER)
    file = zone.raw / path
    assert path.startswith("_quarantine/shop/spend/")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((zone.raw / "_quarantine").stat().st_mode) == 0o700
    described = duckdb.execute("describe select * from read_parquet($1)", [str(file)]).fetchall()
    assert {name: kind for name, kind, *_ in described} == COLUMNS
    [whole] = quarantined_rows(zone.raw_folder, [path], masked=False)
    assert whole["raw_row"] == "2024-05-01,Müller 7,x,1.00"
    assert (whole["source"], whole["table_name"], whole["file_path"]) == (
        "shop",
        "spend",
        "shop/spend-2024-05-01.csv",
    )


def test_what_is_shown_has_the_shape_of_the_row_but_no_value(zone: Any) -> None:
    zone.put("shop/spend-2024-05-01.csv", TEXT)
    zone.load()
    [shown] = quarantined_rows(zone.raw_folder, quarantine_files(zone.store, EVER))
    assert shown["raw_row"] == "9999-99-99,xxxxxx 9,x,9.99"
    assert "Müller" not in str(shown)


@pytest.mark.parametrize(
    "name",
    ["Жанна", "王小明", "ज़ोया", "فاطمة", "Ωμέγα", "Jose\u0301", "ვანო", "ñandú", "٣٤५७", "Ⅷ²"],
)
def test_no_script_is_shown(name: str) -> None:
    statement = f"select {masked_sql('raw_row')}, {shell_mask} from (select $1 as raw_row)"
    for shown in duckdb.execute(statement, [f"7,{name}"]).fetchall()[0]:
        assert set(shown) <= set("9,x") and shown.startswith("9,")
    assert set(masked(name)) == {"*"}


def test_no_quarantine_is_an_empty_list(zone: Any) -> None:
    assert quarantine_files(zone.store, EVER) == []
    assert quarantined_rows(zone.raw_folder, []) == []


def test_a_refused_file_keeps_evidence_but_no_row(zone: Any) -> None:
    zone.put(
        "shop/spend-2024-05-01.csv", "Day,campaign,clicks,cost\n" + "2024-05-01,spring,x,1.00\n" * 3
    )
    zone.load()
    entry = zone.store.query(
        "select status, rows_read, rows_loaded, rows_quarantined, raw_path from extract_files"
    )[0]
    assert tuple(entry) == ("refused", 3, 0, 3, None)
    assert quarantine_files(zone.store, EVER) == []
    assert len(list((zone.raw / "_quarantine").rglob("*.parquet"))) == 1


def test_the_limit_is_a_share_but_one_row_at_least() -> None:
    table = load_contracts()["shopify"].tables["orders"]
    assert table.quarantine_limit == 0.01
    assert refusal_for_bad_rows(table, 3, 1) is None
    assert refusal_for_bad_rows(table, 3, 0) is None
    assert refusal_for_bad_rows(table, 1000, 10) is None
    assert "11 of its 1000 rows are bad, more than the 10" in (
        refusal_for_bad_rows(table, 1000, 11) or ""
    )
    assert "none of its 1 rows" in (refusal_for_bad_rows(table, 1, 1) or "")

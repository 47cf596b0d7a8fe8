"""The corpus of topic `reality` is whole: enough kinds, of every table, a file for each odd row."""

from pathlib import Path

from reality_damages import GROSS, SUBTLE
from reality_inputs import shop_inputs, till_inputs
from reality_odd_files import LEFT_OUT, TABLES, deliver, odd_rows


def test_every_table_has_odd_rows() -> None:
    rows = odd_rows()
    assert len(rows) >= 150
    assert {odd.table for odd in rows} - {"ecb.rates"} == {
        name for name, table in TABLES.items() if table.source not in LEFT_OUT
    }


def test_each_odd_row_is_in_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "klaviyo").mkdir()
    (tmp_path / "klaviyo" / "metrics-2026-06-20.jsonl").touch()  # a snapshot's other rows
    rows = list(enumerate(odd_rows()))
    paths = deliver(tmp_path, rows)
    assert sorted(paths.values()) == [number for number, _ in rows]
    assert all((tmp_path / path).is_file() for path in paths)


def test_there_are_enough_kinds_of_damage() -> None:
    for kinds, at_least in ((GROSS, 25), (SUBTLE, 15)):
        assert len({kind.name for kind in kinds}) == len(kinds) >= at_least


def test_real_inputs_are_of_every_kind_and_nobody_elses() -> None:
    shop, till = shop_inputs(), till_inputs()
    assert len(shop) + len(till) >= 79
    kinds = {one.kind for one in (*shop, *till)}
    assert kinds == {
        *("late file of an older state", "state that returns", "deleted at the source"),
        *("nested list as text", "nested object as text", "movements of a refund as text"),
        *("NUL in a text", "CSV of a spreadsheet", "lines that end with CR"),
        *("Parquet text without its mark", "Parquet time without a zone", "column twice"),
        *("login of nobody", "address of nobody", "number of nobody"),
        *("address with what nobody sees", "number with its country's code"),
        *("Salesforce id of 15 characters", "withdrawal in other words"),
        *("tax inside the prices", "tip", "currency without a rate"),
    }
    names = [f"{one.kind}: {one.name}" for one in (*shop, *till)]
    assert len({*names}) == len(names)
    paths = [file.path for one in shop for file in one.files]
    assert len({*paths}) == len(paths)


def test_a_slice_of_the_real_inputs_takes_one_night_and_has_every_kind_of_one() -> None:
    tiny = shop_inputs("tiny")
    assert {one.nights for one in tiny} == {1}
    assert {one.kind for one in tiny} == {one.kind for one in shop_inputs() if one.nights == 1}

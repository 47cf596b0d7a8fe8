"""The corpus of topic `reality` is whole: enough kinds, of every table, a file for each odd row."""

from pathlib import Path

from reality_damages import GROSS, SUBTLE
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

"""What is kept of a table's digests never changes its hash, and saves the days that stayed."""

import random
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from orchestration.warehouse import kept_digests
from orchestration.warehouse.content_hash import table_hashes
from orchestration.warehouse.kept_digests import FILE, KeptDigests

TABLE = "clientele.core.visits"
COLUMNS = f"{TABLE} (id, page, seen_at)"


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch) -> Iterator[duckdb.DuckDBPyConnection]:
    monkeypatch.setattr(kept_digests, "LARGE_ROWS", 10)
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as clientele; create schema clientele.core")
        connection.execute(
            f"create table {TABLE} as select i as id, 'page ' || i % 7 as page, timestamp"
            " '2026-01-01' + to_hours(i::int) as seen_at from range(240) as numbers (i)"
        )
        yield connection


def hash_of(connection: duckdb.DuckDBPyConnection, folder: Path | None = None) -> str:
    (found,) = table_hashes(connection, KeptDigests(folder))
    return found.hash


def digested(
    connection: duckdb.DuckDBPyConnection, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> int:
    """Rows that a seal digests."""
    rows = 0
    whole = kept_digests._days

    def counted(connection: duckdb.DuckDBPyConnection, query: str) -> kept_digests.Days:
        nonlocal rows
        days = whole(connection, query)
        rows += sum(day[0] for day in days.values()) if "md5" in query else 0
        return days

    with monkeypatch.context() as patched:
        patched.setattr(kept_digests, "_days", counted)
        hash_of(connection, folder)
    return rows


EDITS = (
    f"insert into {COLUMNS} select id + 1000, page, seen_at + interval 1 hour from {TABLE} limit 5",
    f"insert into {COLUMNS} select id + 2000, page, seen_at + interval 90 day from {TABLE} limit 5",
    f"insert into {COLUMNS} values (3000, null, null)",
    f"insert into {COLUMNS} values (3001, '', timestamp 'infinity')",
    f"insert into {COLUMNS} values (3002, 'old', timestamp '0044-03-15 (BC)')",
    f"delete from {TABLE} where id % 50 = 3",
    f"update {TABLE} set page = 'other' where id % 60 = 7",
    f"update {TABLE} set seen_at = seen_at + interval 1 day where id % 70 = 9",
    f"update {TABLE} set page = null where page = ''",
    # The same values in another row of the day: rows, not columns, are digested.
    f"update {TABLE} set id = case id when 30 then 31 else 30 end where id in (30, 31)",
    f"alter table {TABLE} rename column page to place",
    f"alter table {TABLE} add column price decimal(9, 2) default 1.50",
    # A list of times is no day, though it stands first.
    f"alter table {TABLE} add column all_seen timestamp[] default [timestamp '2026-01-01']",
    f"create or replace table {TABLE} as from {TABLE} order by hash(id)",
)


@pytest.mark.parametrize("seed", range(4))
def test_hashes_are_those_of_digesting_everything(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, seed: int
) -> None:
    hash_of(connection, tmp_path)
    edits = [edit for edit in EDITS if "rename" not in edit]
    random.Random(seed).shuffle(edits)
    for edit in [*edits, *(edit for edit in EDITS if "rename" in edit)]:
        connection.execute(edit)
        assert hash_of(connection, tmp_path) == hash_of(connection), edit


def test_only_days_that_changed_are_digested(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert digested(connection, tmp_path, monkeypatch) == 240
    assert digested(connection, tmp_path, monkeypatch) == 0
    connection.execute(f"update {TABLE} set page = 'other' where id = 50")
    assert digested(connection, tmp_path, monkeypatch) == 24
    connection.execute(f"alter table {TABLE} rename column page to place")
    assert digested(connection, tmp_path, monkeypatch) == 240


@pytest.mark.parametrize("damage", ["removed", "empty", "cut", "digit", "no text"])
def test_a_damaged_file_is_not_believed(
    connection: duckdb.DuckDBPyConnection,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    damage: str,
) -> None:
    hash_of(connection, tmp_path)
    file = tmp_path / FILE
    text = file.read_text(encoding="utf-8")
    if damage == "removed":
        file.unlink()
    elif damage == "no text":
        file.write_bytes(b"\xff\xfe\x00")
    else:
        at = text.rindex("]") - 2
        digit = "1" if text[at] != "1" else "2"
        written = {"empty": "", "cut": text[:-20], "digit": text[:at] + digit + text[at + 1 :]}
        file.write_text(written[damage], encoding="utf-8")
    assert hash_of(connection, tmp_path) == hash_of(connection)
    assert digested(connection, tmp_path, monkeypatch) == 0  # it was written anew

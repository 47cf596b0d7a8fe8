"""Whatever is delivered, the files beside it load:
each of these once stopped a night."""

import json
import os
from typing import Any

import duckdb
import pytest
from extract_texts import HOSTILE, ORDER

from ingestion.errors import FAULT
from ingestion.load.convert import Converter
from ingestion.load.open_file import FileOpener
from ingestion.storage.folder import Folder

pytestmark = pytest.mark.usefixtures("neighbour")


def outcome(zone: Any, path: str = HOSTILE, **arguments: Any) -> Any:
    """What became of one file, where another of the same night loaded."""
    report = zone.load(**arguments)
    found = {outcome.path: outcome for outcome in report.outcomes}
    assert found["shop/refunds-2024-05-02.jsonl"].status == "loaded"
    return found[path]


@pytest.mark.parametrize(
    ("manifest", "told"),
    [
        ('{"control_totals": {"_line_number": 1}}', "no number column"),
        ('{"control_totals": {"amount": "sNaN"}}', "not a number"),
        ('{"control_totals": {"amount": NaN}}', "not JSON"),
        ('{"control_totals": {"amount": 1E+999999999}}', "not a number"),
        ("[" * 200_000, "not JSON"),
        (
            '{"control_totals": {"amount": 0.99999999999999999}}',
            "sums to 1.00, its manifest says 0.99999999999999999",
        ),
    ],
)
def test_a_strange_manifest_concerns_its_own_file(zone: Any, manifest: str, told: str) -> None:
    zone.put(HOSTILE, ORDER % (1, "1.00"))
    zone.put(f"{HOSTILE}.manifest.json", manifest)
    found = outcome(zone)
    assert (found.status, told in found.reason) == ("refused", True), found.reason


def test_amounts_beyond_all_digits_concern_their_own_file(zone: Any) -> None:
    contract = zone.sources / "shop.yml"
    contract.write_text(contract.read_text().replace("decimal(9,2)", "decimal(38,2)"))
    zone.put(HOSTILE, "".join(ORDER % (i, '"' + "9" * 36 + '.00"') for i in range(3)))
    found = outcome(zone)
    assert (
        found.status == "refused"
        and "sums to more than 38 digits" in found.reason
        and "999" not in found.reason
    )


def test_an_object_nested_without_end_is_a_row_like_any_other(zone: Any) -> None:
    zone.put(
        HOSTILE, ORDER % (1, "1.00") + '{"id": 2, "lines": %s}\n' % ("[" * 100_000 + "]" * 100_000)
    )
    assert outcome(zone).quarantined == 1


def test_a_fault_of_the_loader_is_one_files_and_is_tried_again(
    zone: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    zone.put(HOSTILE, ORDER % (1, "1.00"))
    with monkeypatch.context() as patch:
        load = Converter._load

        def fail(self: Converter, table: Any, *rest: Any) -> Any:
            if table.name == "orders":
                raise ValueError("ada@example.com")
            return load(self, table, *rest)

        patch.setattr(Converter, "_load", fail)
        found = outcome(zone, **zone.day(2))
        assert found.reason.endswith(f"could not be loaded (ValueError): {FAULT}")
    assert [file.path for file in zone.load(**zone.day(3)).loaded] == [HOSTILE]


def test_what_is_no_file_is_told(zone: Any) -> None:
    os.mkfifo(zone.landing / "shop/orders-2024-05-02.jsonl")
    (zone.landing / "shop/orders-2024-05-03.jsonl").symlink_to("/nowhere")
    (zone.landing / "shop/back").symlink_to("..")
    report = zone.load()
    assert [file.path for file in report.loaded] == ["shop/refunds-2024-05-02.jsonl"]
    assert [file.path for file in report.unknown] == [
        "shop/back",
        "shop/orders-2024-05-02.jsonl",
        "shop/orders-2024-05-03.jsonl",
    ]
    assert all("cannot be read as a file" in file.remedy for file in report.unknown)


class Listed:
    """An entry of a folder, of a file with a number that network file systems give."""

    def __init__(self, entry: Any) -> None:
        self.name, self.path = entry.name, entry.path
        self.is_dir, self.is_file, self.is_symlink = entry.is_dir, entry.is_file, entry.is_symlink
        self._entry = entry

    def stat(self) -> Any:
        found = self._entry.stat()
        return os.stat_result(
            (found.st_mode, 2**64 - 1, *found[2:]),
            {"st_mtime_ns": found.st_mtime_ns, "st_ctime_ns": found.st_ctime_ns},
        )


def test_a_folder_is_listed_while_it_changes(zone: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    gone, listed = zone.put(HOSTILE, ORDER % (1, "1.00")), os.scandir

    def scan(folder: str) -> list[Listed]:
        entries = [Listed(entry) for entry in listed(folder)]
        if folder.endswith("shop"):
            gone.unlink()
        return entries

    monkeypatch.setattr(os, "scandir", scan)
    ((path, stat),) = Folder(zone.landing).files(hidden=(".",))
    assert path == "shop/refunds-2024-05-02.jsonl" and stat and stat.inode < 2**63, (
        "what the control store can hold"
    )


def test_a_name_with_a_star_is_a_name(zone: Any) -> None:
    for day, file in enumerate(("a", "*", "[ab]"), 1):
        query = (
            f"select {day}::bigint as id, 1.00::decimal(9,2) as price, null::varchar as tags,"
            " null::timestamptz as updated_at"
        )
        duckdb.sql(f"copy ({query}) to '{zone.landing}/made.parquet'")
        (zone.landing / "made.parquet").rename(
            zone.landing / f"shop/products-{file}-2024-05-01.parquet"
        )
    zone.load()
    assert sorted(zone.rows("products", "id, _line_number")) == [(1, 1), (2, 1), (3, 1)]


def test_a_parquet_file_that_changes_between_check_and_read_waits(
    zone: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = zone.landing / "shop/products-2024-05-01.parquet"
    query = (
        "select i as id, 1.00::decimal(9,2) as price, null::varchar as tags,"
        " null::timestamptz as updated_at from range({}) as t(i)"
    )
    longer = zone.home / "longer.parquet"
    duckdb.sql(f"copy ({query.format(1)}) to '{file}'")
    duckdb.sql(f"copy ({query.format(2)}) to '{longer}'")
    run = FileOpener.run

    def rewrite(self: FileOpener, statement: str) -> Any:
        if statement.startswith("copy") and "file_row_number" in statement:
            file.write_bytes(longer.read_bytes())
        return run(self, statement)

    with monkeypatch.context() as patch:
        patch.setattr(FileOpener, "run", rewrite)
        assert zone.load(**zone.day(2)).unsettled == ("shop/products-2024-05-01.parquet",)
    zone.load(**zone.day(3))
    assert zone.rows("products", "id") == [(0,), (1,)]


def test_a_manifest_that_comes_later_is_held_against_its_file(
    zone: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("landing.scan", "load.load_run"):
        monkeypatch.setattr(f"ingestion.{module}.is_settled", lambda stat: True)
    zone.put(HOSTILE, ORDER % (1, "1.00"))
    zone.load(**zone.day(1))
    for claims, told in [
        ({"rows": 2}, "has 1 rows, its manifest says 2"),
        ({"control_totals": {"amount": 1, "id": 7}}, "id sums to 1, its manifest says 7"),
    ]:
        zone.put(f"{HOSTILE}.manifest.json", json.dumps(claims))
        for night in (2, 3):  # told every night until somebody mends it
            (found,) = zone.load(**zone.day(night)).set_aside
            assert (
                found.status == "contested"
                and told in found.reason
                and "its rows are in raw" in found.reason
            )
    zone.put(
        f"{HOSTILE}.manifest.json",
        json.dumps({"rows": 1, "control_totals": {"amount": 1, "id": 1}}),
    )
    assert not zone.load(**zone.day(4)).set_aside
    monkeypatch.setattr(
        "ingestion.load.load_run.late_doubt", lambda *_: pytest.fail("it was looked at already")
    )
    assert not zone.load(**zone.day(5)).set_aside
    assert zone.rows("orders", "id") == [(1,)]

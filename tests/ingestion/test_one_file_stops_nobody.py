"""Whatever is delivered, the files beside it load:
each of these once stopped a night, or was believed."""

import json
import os
from pathlib import Path
from typing import Any

import duckdb
import pytest
from extract_texts import refund

from ingestion.errors import FAULT, ContractError, LedgerError
from ingestion.ledger import Ledger
from ingestion.load.convert import Converter
from ingestion.load.feed import Feed
from ingestion.quarantine.bad_rows import waiting_entries
from ingestion.raw.raw_files import RawFolder
from ingestion.raw.reload import reload_source
from ingestion.storage.folder import Folder
from ingestion.storage.open import open_storage

ORDER = '{"id": %d, "amount": %s, "created_at": "2024-05-01T00:00:00Z"}\n'
HOSTILE = "shop/orders-2024-05-01.jsonl"


def outcome(zone: Any, path: str = HOSTILE, **arguments: Any) -> Any:
    """What became of one file, where another of the same night loaded."""
    report = zone.load(**arguments)
    found = {outcome.path: outcome for outcome in report.outcomes}
    assert found["shop/refunds-2024-05-02.jsonl"].status == "loaded"
    return found[path]


@pytest.fixture(autouse=True)
def neighbour(zone: Any) -> None:
    zone.put("shop/refunds-2024-05-02.jsonl", refund(1))


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
        self.name, self.path, self.is_dir, self.is_file = (
            entry.name,
            entry.path,
            entry.is_dir,
            entry.is_file,
        )
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
    duckdb.sql(f"copy ({query.format(1)}) to '{file}'")
    run = Feed.run

    def rewrite(self: Feed, statement: str) -> Any:
        if statement.startswith("copy") and "products" in statement:
            duckdb.sql(f"copy ({query.format(2)}) to '{file}'")
        return run(self, statement)

    with monkeypatch.context() as patch:
        patch.setattr(Feed, "run", rewrite)
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


def test_another_file_under_the_name_settles_no_rows_that_it_lacks(zone: Any) -> None:
    def put(*ids: int, bad: str = "") -> None:
        zone.put(HOSTILE, "".join(ORDER % (i, '"1.00"') for i in ids) + bad)

    put(1, 2, bad=ORDER % (3, '"x"'))
    zone.load(**zone.day(1))
    put(4, 5, 6)
    zone.load(**zone.day(2))
    assert len(waiting_entries(zone.store)) == 1
    put(1, 2, 3)
    zone.load(**zone.day(3))
    assert not waiting_entries(zone.store)


@pytest.mark.parametrize(
    ("number", "loaded"),
    [
        ("123456789012345.678", None),  # a double makes .670 of it
        ("19.99999999999999999", None),
        ("-1234567890123.456", None),
        ('"123456789012345.678"', "123456789012345.678"),
        ("999999999999.999", "999999999999.999"),
        ("0.123", "0.123"),
        ("1.5e3", "1500.000"),
        ("123456789012345", "123456789012345.000"),
    ],
)
def test_a_number_that_loses_digits_on_the_way_is_not_believed(
    zone: Any, number: str, loaded: str | None
) -> None:
    contract = zone.sources / "shop.yml"
    contract.write_text(contract.read_text().replace("decimal(9,2)", "decimal(18,3)"))
    zone.put(HOSTILE, ORDER % (1, "1.00") + ORDER % (2, number))
    told = zone.load().in_quarantine.get("shop_orders", {})
    assert [str(amount) for (amount,) in zone.rows("orders", "amount")] == [
        "1.000",
        *([loaded] if loaded else []),
    ]
    assert ("amount: a number of more than 15 digits that is not in quotes" in told) == (
        loaded is None
    )


def test_a_key_that_may_be_a_value_is_counted_and_not_shown(zone: Any) -> None:
    strange = '"ada@example.com": 1, "4915112345678": 2, "Ada Lovelace": 3, "utm_source": 4'
    zone.put(HOSTILE, (ORDER % (1, "1.00")).replace("}", f", {strange}}}"))
    zone.put(
        "shop/orders-2024-05-03.jsonl",
        (ORDER % (2, "1.00")).replace("}", ', "gift": {"a": 1, "a": 2}}') + ORDER % (3, "1.00"),
    )
    report = zone.load()
    assert report.drift["shop_orders"]["unknown"] == ["and 3 more", "utm_source"]
    assert report.in_quarantine["shop_orders"] == {"a key stands there twice": 1}


def test_a_bad_row_of_a_snapshot_is_not_a_deletion(zone: Any) -> None:
    contract = zone.sources / "shop.yml"
    contract.write_text(
        contract.read_text().replace(
            "load_mode: snapshot", "load_mode: snapshot\n    absent_is_deleted: true"
        )
    )
    products = [f"p{i},1\n" for i in range(10)]
    for day, rows in enumerate([products, [*products[:9], "p9,x\n"], products[:9]], 1):
        zone.put(f"shop/stock-2024-05-0{day}.csv", "product,pieces\n" + "".join(rows))
        zone.load(**zone.day(day + 1))
        flags = dict(zone.rows("stock", "product, _is_deleted"))
        assert len(flags) == 10 and flags.pop("p9") == (day == 3) and not any(flags.values()), day


def test_a_dismissal_holds_for_the_rows_that_were_dismissed(zone: Any) -> None:
    zone.put(
        HOSTILE,
        ORDER % (1, "1.00") + ORDER % (2, '"x"') + ORDER % (3, "300.00") + ORDER % (4, "4.00"),
    )
    zone.load(**zone.day(1))
    Ledger(zone.store).settle(waiting_entries(zone.store)[0], "owner: test rows")
    contract = zone.sources / "shop.yml"
    for digits, now, waits in (
        ("decimal(9,2)", "decimal(5,2)", 0),
        ("decimal(5,2)", "decimal(4,2)", 1),
    ):
        contract.write_text(contract.read_text().replace(digits, now))
        reload_source(
            zone.landing_storage,
            zone.raw_folder,
            zone.store,
            zone.contracts,
            "shop",
            run_id="reload",
        )
        zone.load(**zone.day(2 + waits))
        assert len(waiting_entries(zone.store)) == waits, now
    past = Ledger(zone.store).past(zone.contracts["shop"].tables["orders"], 99, 14)
    assert [(file.rows, file.loaded) for file in past] == [(4, 2)], (
        "a file that was read three times was delivered once"
    )


def test_a_type_that_rows_in_raw_cannot_have_is_one_clear_error(zone: Any) -> None:
    zone.put(HOSTILE, ORDER % (1, "1.25")).rename(zone.landing / HOSTILE)
    zone.load(**zone.day(1))
    (zone.landing / HOSTILE).unlink()
    contract = zone.sources / "shop.yml"
    contract.write_text(contract.read_text().replace("decimal(9,2)", "decimal(9,1)"))
    with pytest.raises(
        ContractError, match=r"tables\.orders\.columns\.amount: 1 values in raw"
    ) as error:
        zone.load(**zone.day(2))
    assert "1.25" not in str(error.value) and "clientele reload shop" in str(error.value)


def test_two_homes_never_share_a_raw(zone: Any, zone_at: Any, tmp_path: Path) -> None:
    zone.load()
    other = zone_at(tmp_path / "other")
    other.raw_folder = RawFolder(open_storage(zone.raw, other.home / "spool"))
    with pytest.raises(LedgerError, match="belongs to another home"):
        other.load()
    assert zone.load().unchanged == 1 and not zone.load().leftovers


def test_a_content_that_counts_and_is_held_can_be_read_again(zone: Any) -> None:
    stock = "product,pieces\n" + "".join(f"p{i},1\n" for i in range(5))
    zone.put("shop/stock-2024-05-01.csv", stock)
    zone.load(**zone.day(1))
    zone.put("shop/stock-2024-05-03-a.csv", stock)
    zone.put("shop/stock-2024-05-03-b.csv", 'product,pieces\n"x')
    zone.load(**zone.day(3))
    contract = zone.sources / "shop.yml"
    contract.write_text(
        contract.read_text().replace(
            "One row per product.\n    files: shop/stock", "Stock.\n    files: shop/stock"
        )
    )
    report = reload_source(
        zone.landing_storage, zone.raw_folder, zone.store, zone.contracts, "shop", run_id="reload"
    )
    assert report.read_again == {"stock": 1}
    zone.put("shop/stock-2024-05-03-b.csv", "product,pieces\nq,1\n")
    zone.load(**zone.day(4))
    assert len(zone.rows("stock", "product")) == 6

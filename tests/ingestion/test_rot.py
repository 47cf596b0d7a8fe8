"""What a disk changes by itself is seen before it is read, and made again from the extract."""

import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from extract_texts import ids, refund, stock
from revisions import BAD, raise_version, reload_shop, replay_as

from ingestion.errors import LedgerError
from ingestion.files import DamagedFileError, read_with_digest, write_with_digest
from ingestion.ledger import Ledger
from ingestion.load.loader import raw_files
from orchestration.control.store import ControlStore

EVER = datetime(2030, 1, 1)
DAMAGED = "this file is not as it was written"


def flip(file: Path, bit: int | None = None) -> None:
    """One bit of a file; without `bit` the one in its middle. Its stat stays but for the time."""
    content = bytearray(file.read_bytes())
    bit = len(content) * 4 if bit is None else bit
    content[bit // 8] ^= 1 << bit % 8
    file.write_bytes(content)


def raw_file(zone: Any, table: str, number: int = 0) -> Path:
    return zone.raw / raw_files(zone.store, EVER)[f"shop_{table}"][number]


@contextmanager
def older_control(zone: Any) -> Iterator[None]:
    """The control store as it is now, restored after what is loaded meanwhile."""
    backup = zone.home / "backup.sqlite"
    with (
        closing(sqlite3.connect(zone.store.path)) as live,
        closing(sqlite3.connect(backup)) as kept,
    ):
        live.backup(kept)
    yield
    path = zone.store.path
    zone.store.close()
    for part in path.parent.glob(f"{path.name}*"):
        part.unlink()
    shutil.copyfile(backup, path)
    zone.store = ControlStore.open(path)


def test_a_changed_bit_of_raw_stops_the_night_before_it_is_read(zone: Any) -> None:
    zone.put("shop/refunds-2024-05-01.jsonl", refund(*range(50)))
    zone.put("shop/refunds-2024-05-02.jsonl", refund(51))
    zone.load(**zone.day(1))
    good = raw_file(zone, "refunds").read_bytes()
    for bit in range(0, len(good) * 8, 97):
        flip(raw_file(zone, "refunds"), bit)
        with pytest.raises(LedgerError, match=DAMAGED) as error:
            zone.load(**zone.day(2))
        raw_file(zone, "refunds").write_bytes(good)
    assert str(raw_file(zone, "refunds")) in str(error.value)
    assert "`clientele reload shop` makes it again from its extract" in str(error.value)
    assert zone.load(**zone.day(2)).unchanged == 2


def test_a_night_that_is_made_again_reads_no_changed_file_either(zone: Any) -> None:
    zone.put("shop/stock-2024-05-01.csv", stock(a=1))
    zone.load(**zone.day(1))
    zone.put("shop/stock-2024-05-02.csv", stock(a=2))
    zone.load(**zone.day(2))
    [then] = raw_files(zone.store, zone.day(1)["as_of"])["shop_stock"]
    flip(zone.raw / then)
    assert zone.load(**zone.day(3)).unchanged == 2, "tonight reads the newer file alone"
    with pytest.raises(LedgerError, match=DAMAGED):
        zone.load(**zone.day(1))
    assert reload_shop(zone).restored == 1
    assert zone.load(**zone.day(1)).is_rebuild


def test_quarantined_rows_that_wait_are_asked_for_too(zone: Any) -> None:
    zone.put("shop/spend-2024-05-01.csv", BAD)
    zone.load(**zone.day(1))
    [entry] = Ledger(zone.store).entries()
    flip(zone.raw / entry.quarantine_path)
    with pytest.raises(LedgerError, match=DAMAGED):
        zone.load(**zone.day(2))
    with pytest.raises(LedgerError, match=DAMAGED):
        replay_as(zone)
    assert reload_shop(zone).restored == 1
    assert zone.load(**zone.day(2)).in_quarantine


def test_a_reload_makes_damaged_and_lost_files_again_where_they_lay(zone: Any) -> None:
    zone.put("shop/refunds-2024-05-01.jsonl", refund(1, 2))
    zone.put("shop/refunds-2024-05-02.jsonl", refund(3))
    zone.put("shop/refunds-2024-05-03.jsonl", refund(4))
    zone.load(**zone.day(1))
    before = zone.rows("refunds")
    flip(raw_file(zone, "refunds"))
    raw_file(zone, "refunds", 1).unlink()
    report = reload_shop(zone)
    assert (report.read_again, report.restored, report.unchanged) == ({"refunds": 2}, 2, 1)
    assert zone.rows("refunds") == before and zone.load(**zone.day(2)).taken_up == 0
    assert reload_shop(zone).read_again == {}


def test_damage_that_no_extract_mends_is_left_to_the_backup(zone: Any) -> None:
    zone.put("shop/refunds-2024-05-01.jsonl", refund(1)).unlink()
    zone.put("shop/refunds-2024-05-01.jsonl", refund(1))
    zone.put("shop/spend-2024-05-01.csv", BAD)
    zone.load(**zone.day(1))
    replay_as(zone, (",x,", ",9,"))
    zone.load(**zone.day(2))
    (zone.landing / "shop/refunds-2024-05-01.jsonl").unlink()
    flip(raw_file(zone, "refunds"))
    [corrected] = (zone.raw / "_corrections").rglob("*.parquet")
    flip(corrected)
    report = reload_shop(zone)
    assert report.read_again == {}
    assert report.kept == (
        f"{raw_file(zone, 'refunds')}: no longer in the landing zone; restore it from the backup",
        f"{corrected}: what it held is in no extract of its own; restore it from the backup",
    )


def test_a_damaged_file_of_an_earlier_contract_gets_its_next_revision(zone: Any) -> None:
    zone.put("shop/spend-2024-05-01.csv", "Day,campaign,clicks,cost\n2024-05-01,spring,1,1.00\n")
    zone.load(**zone.day(1))
    flip(raw_file(zone, "spend"))
    raise_version(zone, ('name: cost, type: "decimal(9,2)"', 'name: cost, type: "decimal(9,3)"'))
    report = reload_shop(zone)
    assert (report.read_again, report.restored) == ({"spend": 1}, 0)
    assert zone.load(**zone.day(2)).taken_up == 1
    assert [str(cost) for (cost,) in zone.rows("spend", "cost")] == ["1.000"]


def test_files_of_before_digests_get_theirs_in_the_first_night(zone: Any) -> None:
    zone.put("shop/refunds-2024-05-01.jsonl", refund(1))
    zone.load(**zone.day(1))
    with zone.store.transaction() as db:
        db.execute("delete from raw_files")
    zone.load(**zone.day(2))
    flip(raw_file(zone, "refunds"))
    with pytest.raises(LedgerError, match=DAMAGED):
        zone.load(**zone.day(3))


def test_files_newer_than_the_control_store_are_set_aside_and_named(zone: Any) -> None:
    zone.put("shop/refunds-2024-05-01.jsonl", refund(1))
    zone.load(**zone.day(1))
    with older_control(zone):
        zone.put("shop/refunds-2024-05-02.jsonl", refund(2))
        gone = zone.put("shop/spend-2024-05-02.csv", BAD)
        zone.load(**zone.day(2))
        kept = {path: path.read_bytes() for path in zone.raw.rglob("*.parquet")}
    gone.unlink()
    report = zone.load(run_id="later", **zone.day(3))
    assert ids(zone) == [1, 2]
    place = "_leftovers/2024-06-03_later/"
    assert all(path.startswith(place) for path in report.leftovers) and len(report.leftovers) == 3
    assert len(report.missed) == 2, "of the extract that is gone: its rows, and its bad ones"
    for path in report.leftovers:
        moved = zone.raw / path
        assert moved.read_bytes() == kept[zone.raw / path.removeprefix(place)]
        assert stat.S_IMODE(moved.stat().st_mode) == 0o600
    assert stat.S_IMODE((zone.raw / "_leftovers").stat().st_mode) == 0o700
    assert not zone.load(**zone.day(29)).leftovers and (zone.raw / place).exists()
    zone.load(as_of=datetime(2024, 7, 5))
    assert not (zone.raw / place).exists(), "kept for thirty days"


def test_an_object_that_was_overwritten_is_seen_and_one_left_over_is_set_aside(
    tmp_path: Path, bucket: str, zone_at: Any
) -> None:
    zone = zone_at(tmp_path / "far", bucket)
    zone.put("shop/refunds-2024-05-01.jsonl", refund(1))
    zone.load(**zone.day(1))
    with older_control(zone):
        zone.put("shop/refunds-2024-05-02.jsonl", refund(2))
        zone.load(**zone.day(2))
    report = zone.load(**zone.day(3))
    assert len(report.leftovers) == 1 and not report.missed and ids(zone) == [1, 2]
    assert report.leftovers[0] in zone.raw_folder.listed()
    zone.load(as_of=datetime(2024, 7, 5))
    assert report.leftovers[0] not in zone.raw_folder.listed()
    other = zone.raw_folder.incoming / "other"
    shutil.copyfile(zone.raw_folder.bring(raw_files(zone.store, EVER)["shop_refunds"][0]), other)
    flip(other)
    zone.raw_folder.publish(other, raw_files(zone.store, EVER)["shop_refunds"][0])
    with pytest.raises(LedgerError, match=DAMAGED):
        zone.load(as_of=datetime(2024, 7, 6))


def test_json_with_its_digest_is_read_as_written_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "kept.json"
    write_with_digest(file, '{"name": "Żaneta"}')
    assert read_with_digest(file, "remove it") == '{"name": "Żaneta"}'
    good = file.read_bytes()
    for bit in range(len(good) * 8):
        flip(file, bit)
        with pytest.raises(DamagedFileError, match=r"kept\.json: is not as it was written; remove"):
            read_with_digest(file, "remove it")
        file.write_bytes(good)
    file.write_text("{}")
    assert read_with_digest(file, "") == "{}", "older files have no digest"

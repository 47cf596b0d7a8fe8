"""Revisions made between two nights: quarantined rows mended and replayed,
extracts read again under a changed contract."""

import stat
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from extract_texts import HEADER, ids, refund, spend, stock
from oracle import Crash

from ingestion.errors import ContractError, QuarantineError
from ingestion.ledger import Ledger
from ingestion.load.loader import raw_files
from ingestion.quarantine.bad_rows import (
    quarantine_files,
    quarantined_rows,
    waiting_counts,
    waiting_entries,
)
from ingestion.quarantine.replay import ReplayReport, export_rows, replay, waiting_file
from ingestion.raw.reload import ReloadReport, reload_source
from ingestion.raw.tombstones import raw_relation

EVER = datetime(2030, 1, 1)
BAD = spend(1, 2) + "2024-05-01,spring,x,1.00\n2024-05-01,autumn,7,1.239\n"


def export(zone: Any) -> Path:
    [entry] = waiting_entries(zone.store)
    return export_rows(
        zone.raw_folder,
        waiting_file(zone.store, entry.file_id[:8]),
        zone.contracts,
        zone.home / "mend",
    )


def replay_as(zone: Any, *changes: tuple[str, str]) -> ReplayReport:
    file = export(zone)
    text = file.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    file.write_text(text)
    return replay(zone.raw_folder, zone.store, zone.contracts, file, run_id="replay")


def reload_shop(zone: Any) -> ReloadReport:
    return reload_source(
        zone.landing_storage, zone.raw_folder, zone.store, zone.contracts, "shop", run_id="reload"
    )


def raise_version(zone: Any, *changes: tuple[str, str]) -> None:
    contract = zone.sources / "shop.yml"
    text = contract.read_text().replace("version: 1", "version: 2", 1)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    contract.write_text(text)


def conserved(zone: Any, as_of: datetime) -> tuple[int, int, int]:
    """Rows loaded, replayed and quarantined of the live spend file, which are all it has."""
    [entry] = [e for e in Ledger(zone.store).live_entries(as_of) if e.table_name == "spend"]
    assert entry.rows_read == (entry.rows_loaded or 0) + entry.rows_replayed + (
        entry.rows_quarantined or 0
    )
    lines = [n for (n,) in zone.rows("spend", "_line_number", as_of)]
    lines += [
        row["line_number"]
        for row in quarantined_rows(zone.raw_folder, quarantine_files(zone.store, as_of))
    ]
    assert sorted(lines) == list(range(2, (entry.rows_read or 0) + 2))
    return entry.rows_loaded or 0, entry.rows_replayed, entry.rows_quarantined or 0


# ---- replay --------------------------------------------------------------------------------------


def test_an_export_is_the_bad_rows_in_the_extracts_own_format_for_their_owner_only(
    zone: Any,
) -> None:
    zone.put("shop/spend-2024-05-01.csv", BAD)
    zone.load()
    file = export(zone)
    assert file.read_text() == HEADER + "2024-05-01,spring,x,1.00\n2024-05-01,autumn,7,1.239\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_replay_removes_exactly_its_rows_and_every_night_sees_what_was_there(zone: Any) -> None:
    zone.put("shop/spend-2024-05-01.csv", BAD)
    zone.load(**zone.day(1))
    assert conserved(zone, zone.day(1)["as_of"]) == (2, 0, 2)
    assert replay_as(zone, (",x,", ",9,")) == ReplayReport(
        "shop/spend-2024-05-01.csv", replayed=1, left=1, read=4
    )
    assert conserved(zone, EVER) == (2, 0, 2), (
        "what is published does not change between two nights"
    )
    report = zone.load(**zone.day(2))
    assert report.taken_up == 1
    assert list(report.in_quarantine["shop_spend"].values()) == [1]
    assert conserved(zone, zone.day(2)["as_of"]) == (2, 1, 1)
    assert zone.rows("spend", "campaign, clicks, _line_number, _arrival") == [
        ("spring", 1, 2, 1),
        ("spring", 2, 3, 1),
        ("spring", 9, 4, 1),
    ]
    replay_as(zone, ("1.239", "1.23"))
    assert not waiting_entries(zone.store)
    zone.load(**zone.day(3))
    assert [conserved(zone, zone.day(day)["as_of"]) for day in (1, 2, 3)] == [
        (2, 0, 2),
        (2, 1, 1),
        (2, 2, 0),
    ]
    assert not zone.load(**zone.day(4)).outcomes


@pytest.mark.parametrize(
    ("corrected", "told"),
    [
        (HEADER + "2024-05-01,spring,9,1.00\n", "has 1 rows, 2 were exported"),
        (HEADER + "2024-05-01,spring,x,1.00\n" * 2, "nothing is mended yet"),
    ],
)
def test_a_replay_that_mends_nothing_or_lost_a_row_changes_nothing(
    zone: Any, corrected: str, told: str
) -> None:
    zone.put("shop/spend-2024-05-01.csv", BAD)
    zone.load()
    file = export(zone)
    file.write_text(corrected)
    with pytest.raises(QuarantineError, match=told):
        replay(zone.raw_folder, zone.store, zone.contracts, file, run_id="replay")
    assert (
        len(waiting_entries(zone.store))
        == len(zone.store.query("select * from extract_files"))
        == 1
    )


def test_an_old_export_and_a_foreign_file_are_refused(zone: Any) -> None:
    zone.put("shop/spend-2024-05-01.csv", BAD)
    zone.load()
    old = export(zone)
    old.write_text(half_mended := old.read_text().replace(",x,", ",8,"))
    with pytest.raises(QuarantineError, match="was exported already"):
        export(zone)
    assert old.read_text() == half_mended, "nobody's work is overwritten"
    old = old.rename(zone.home / old.name)
    replay_as(zone, (",x,", ",9,"))
    with pytest.raises(QuarantineError, match="mended or read again since"):
        replay(zone.raw_folder, zone.store, zone.contracts, old, run_id="replay")
    with pytest.raises(QuarantineError, match="not the name of an export"):
        replay(zone.raw_folder, zone.store, zone.contracts, zone.home / "rows.csv", run_id="replay")
    with pytest.raises(QuarantineError, match="0 files in quarantine begin like this"):
        waiting_file(zone.store, "ffff")


def test_json_rows_and_parquet_rows_are_mended_too(zone: Any) -> None:
    good = '{"id": 1, "amount": "1.00", "created_at": "2024-05-01T00:00:00Z"}\n'
    zone.put("shop/orders-2024-05-01.jsonl", good + good.replace(": 1,", ': "one",'))
    zone.load()
    replay_as(zone, ('"one"', "2"))
    pq.write_table(
        pa.table(
            {
                "id": ["3", "x"],
                "price": ["1.00", "2.00"],
                "tags": [None] * 2,
                "updated_at": [None] * 2,
            }
        ),
        zone.landing / "shop/products-2024-05-01.parquet",
    )
    zone.load(**zone.day(2))
    replay_as(zone, ('"x"', '"4"'))
    zone.load(**zone.day(3))
    assert [zone.rows(name, "id, _line_number") for name in ("orders", "products")] == [
        [(1, 1), (2, 2)],
        [(3, 1), (4, 2)],
    ]


def test_a_file_delivered_again_under_its_name_settles_its_rows(zone: Any) -> None:
    zone.put("shop/spend-2024-05-01.csv", BAD)
    zone.load(**zone.day(1))
    zone.put("shop/spend-2024-05-01.csv", spend(1))
    zone.load(**zone.day(2))
    assert len(waiting_entries(zone.store)) == 1, "a shorter file is none that was mended"
    zone.put("shop/spend-2024-05-01.csv", spend(1, 2, 9, 7))
    zone.load(**zone.day(3))
    assert not waiting_entries(zone.store)
    assert [len(quarantine_files(zone.store, zone.day(day)["as_of"])) for day in (1, 2, 3)] == [
        1,
        1,
        0,
    ]


def test_rows_given_up_wait_no_more_but_did_in_the_nights_before(zone: Any) -> None:
    zone.put("shop/spend-2024-05-01.csv", BAD)
    zone.load(**zone.day(1))
    Ledger(zone.store).settle(waiting_entries(zone.store)[0], "owner: test rows")
    assert not waiting_entries(zone.store)
    assert zone.load(**zone.day(2)).in_quarantine == {}
    assert [len(quarantine_files(zone.store, zone.day(day)["as_of"])) for day in (1, 2)] == [1, 0]


def test_counts_by_reason_hold_no_value(zone: Any) -> None:
    zone.put("shop/spend-2024-05-01.csv", BAD)
    zone.load()
    counts = waiting_counts(zone.raw_folder, quarantine_files(zone.store, EVER))
    assert counts["shop_spend"]["clicks: not a whole number"] == 1
    assert "autumn" not in str(counts)


# ---- reload --------------------------------------------------------------------------------------

NOTE = (
    "- {name: note,",
    "- {name: medium, type: text, optional: true, description: M.}\n      - {name: note,",
)


def test_a_reload_reads_kept_extracts_again_and_keeps_those_that_are_gone(zone: Any) -> None:
    zone.put(
        "shop/spend-2024-05-01.csv",
        "Day,campaign,clicks,cost,medium\n2024-05-01,spring,1,1.00,tv\n",
    )
    zone.put(
        "shop/spend-2024-05-02.csv",
        "Day,campaign,clicks,cost,medium\n2024-05-02,spring,2,1.00,print\n",
    )
    zone.load(**zone.day(1))
    raise_version(zone, NOTE)
    assert zone.load(**zone.day(2)).outdated == (("shop", 1, 2),)
    (zone.landing / "shop/spend-2024-05-02.csv").unlink()
    before = raw_files(zone.store, EVER)
    report = reload_shop(zone)
    assert (report.read_again, report.unchanged) == ({"spend": 1}, 0)
    assert report.kept == (
        "shop/spend-2024-05-02.csv: stays revision 1 (contract version 1):"
        " no longer in the landing zone",
    )
    assert raw_files(zone.store, EVER) == before, (
        "what is published does not change between two nights"
    )
    night = zone.load(**zone.day(3))
    assert (night.taken_up, night.outdated) == (1, ())
    files = [zone.raw_folder.at(path) for path in raw_files(zone.store, EVER)["shop_spend"]]
    read = duckdb.execute(
        "select clicks, medium, _arrival"
        f" from {raw_relation(zone.contracts['shop'].tables['spend'], files)} order by 1"
    )
    assert read.fetchall() == [(1, "tv", 1), (2, None, 2)]
    assert raw_files(zone.store, zone.day(2)["as_of"]) == before
    assert reload_shop(zone).read_again == {}


def test_a_reload_keeps_what_was_mended_where_the_extract_is_still_bad(zone: Any) -> None:
    zone.put("shop/spend-2024-05-01.csv", BAD)
    zone.load(**zone.day(1))
    replay_as(zone, (",x,", ",9,"), ("1.239", "1.23"))
    zone.load(**zone.day(2))
    raise_version(zone, ('name: cost, type: "decimal(9,2)"', 'name: cost, type: "decimal(9,3)"'))
    reload_shop(zone)
    zone.load(**zone.day(3))
    assert conserved(zone, zone.day(3)["as_of"]) == (3, 1, 0), (
        "the extract's own 1.239 is good now, the mended 9 stays"
    )
    assert sorted(str(cost) for (cost,) in zone.rows("spend", "cost")) == [
        "1.000",
        "1.000",
        "1.000",
        "1.239",
    ]


def test_a_file_that_does_not_fit_the_new_contract_stays_as_it_was(zone: Any) -> None:
    zone.put("shop/refunds-2024-05-01.jsonl", refund(1, 2))
    zone.load(**zone.day(1))
    raise_version(
        zone,
        (
            "- {name: id, type: integer, required: true, description: Id.}\n  lines",
            "- {name: id, type: date, required: true, description: Id.}\n  lines",
        ),
    )
    report = reload_shop(zone)
    assert (
        report.read_again == {}
        and "stays revision 1" in report.kept[0]
        and "none of its 2 rows can be used" in report.kept[0]
    )
    assert ids(zone) == [1, 2]


def test_a_reload_killed_anywhere_goes_on_where_it_stopped(
    zone: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in (1, 2):
        zone.put(
            f"shop/spend-2024-05-0{day}.csv",
            f"Day,campaign,clicks,cost,medium\n2024-05-0{day},spring,1,1.00,tv\n",
        )
    zone.load(**zone.day(1))
    raise_version(zone, NOTE)
    reached = iter(range(1000))
    killed_at: list[str] = []

    def kill(name: str) -> None:
        if next(reached) == 3 * len(killed_at):
            killed_at.append(name)
            raise Crash(name)

    for module in ("storage.folder", "raw.revisions"):
        monkeypatch.setattr(f"ingestion.{module}.killpoint", kill)
    for _ in range(20):
        try:
            reload_shop(zone)
            break
        except Crash:
            reached = iter(range(1000))
    monkeypatch.undo()
    assert len(killed_at) >= 3
    assert zone.load(**zone.day(2)).taken_up == 2
    assert zone.rows("spend", "medium") == [("tv",), ("tv",)]
    assert [
        row["revision"]
        for row in zone.store.query("select revision from extract_files where status = 'loaded'")
    ] == [2, 2]


def test_an_unknown_source_is_one_clear_error(zone: Any) -> None:
    with pytest.raises(ContractError, match="shop2: no such source; sources are shop"):
        reload_source(
            zone.landing_storage,
            zone.raw_folder,
            zone.store,
            zone.contracts,
            "shop2",
            run_id="reload",
        )


# ---- deletions -----------------------------------------------------------------------------------


def test_what_a_snapshot_lacks_stays_flagged_until_it_comes_back(zone: Any) -> None:
    raise_version(
        zone,
        (
            "load_mode: snapshot",
            "load_mode: snapshot\n    absent_is_deleted: true\n    shrink_limit: 0.5",
        ),
    )
    deliveries = ({"a": 1, "b": 2}, {"a": 1}, {"a": 3, "c": 4}, {"a": 3, "b": 5, "c": 4})
    seen = []
    for day, pieces in enumerate(deliveries, 1):
        zone.put(f"shop/stock-2024-06-0{day}.csv", stock(**pieces))
        zone.load(**zone.day(day))
        seen.append(
            sorted(zone.rows("stock", "product, pieces, _is_deleted", zone.day(day)["as_of"]))
        )
    assert seen[1] == [("a", 1, False), ("b", 2, True)]
    assert seen[2] == [("a", 3, False), ("b", 2, True), ("c", 4, False)]
    assert seen[3] == [("a", 3, False), ("b", 5, False), ("c", 4, False)]


@pytest.mark.parametrize(("column", "kind"), [("gone", "boolean"), ("gone", "timestamp")])
def test_a_flag_or_a_time_of_deletion_flags_the_row(zone: Any, column: str, kind: str) -> None:
    refunds = (
        "key: [id]\n    may_be_empty: true",
        f"key: [id]\n    deleted_column: {column}\n    may_be_empty: true",
    )
    field = f"\n      - {{name: {column}, type: {kind}, description: Gone.}}\n  lines"
    raise_version(zone, refunds, ("description: Id.}\n  lines", f"description: Id.}}{field}"))
    value = "true" if kind == "boolean" else '"2024-05-01T10:00:00Z"'
    zone.put(
        "shop/refunds-2024-05-01.jsonl",
        f'{{"id": 1, "gone": {value}}}\n{{"id": 2, "gone": null}}\n{{"id": 3}}\n',
    )
    zone.load()
    assert zone.rows("refunds", "id, _is_deleted") == [(1, True), (2, False), (3, False)]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("load_mode: append\n    absent_is_deleted: true", "only a snapshot"),
        ("load_mode: append\n    deleted_column: id", "deleted_column: is of type integer"),
        ("load_mode: append\n    deleted_column: gone", "'gone' is not one of its columns"),
    ],
)
def test_a_deletion_that_cannot_be_seen_is_no_contract(zone: Any, change: str, told: str) -> None:
    contract = zone.sources / "shop.yml"
    contract.write_text(contract.read_text().replace("load_mode: append", change, 1))
    with pytest.raises(ContractError, match=told):
        _ = zone.contracts

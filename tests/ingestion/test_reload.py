"""Extracts read again under a changed contract, between two nights."""

from typing import Any

import duckdb
import pytest
from extract_texts import ids, refund
from oracle import Crash
from revisions import BAD, EVER, conserved, raise_version, reload_shop, replay_as

from ingestion.errors import ContractError
from ingestion.load.loader import raw_files
from ingestion.raw.reload import reload_source
from ingestion.raw.tombstones import raw_relation

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

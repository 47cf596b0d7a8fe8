"""The load: what is set aside, why, and how it comes back; what a manifest vouches for."""

import hashlib
import json
from datetime import datetime
from typing import Any

import pytest
from extract_texts import refund, spend

from ingestion.errors import LandingZoneError, LedgerError
from ingestion.landing import scan as landing_module
from ingestion.load.loader import raw_files
from orchestration.control.store import ControlStore

# ---- what is set aside ---------------------------------------------------------------------------


def test_a_refused_file_does_not_stop_the_others_and_stays_in_the_report(zone: Any) -> None:
    zone.put("shop/spend-2024-05-01.csv", "Day,campaign\n2024-05-01,spring\n")
    zone.put("shop/refunds-2024-05-01.jsonl", refund(1))
    first = zone.load()
    assert ([o.path for o in first.loaded], [o.is_new for o in first.set_aside]) == (
        ["shop/refunds-2024-05-01.jsonl"],
        [True],
    )
    second = zone.load()
    assert [(o.path, o.is_new) for o in second.set_aside] == [("shop/spend-2024-05-01.csv", False)]
    assert second.set_aside[0].reason == first.set_aside[0].reason
    zone.put("shop/spend-2024-05-01.csv", spend(1))
    assert not zone.load().set_aside
    assert len(zone.rows("spend")) == 1


def test_a_changed_contract_gives_a_refused_file_another_chance(zone: Any) -> None:
    zone.put("shop/spend-2024-05-01.csv", "Date,campaign,clicks,cost\n2024-05-01,spring,1,1.00\n")
    assert "has unknown Date" in zone.load().refused[0].reason
    contract = zone.sources / "shop.yml"
    contract.write_text(contract.read_text().replace("header: Day", "header: Date"))
    assert len(zone.load().loaded) == 1
    assert [row["status"] for row in zone.store.query("select status from extract_files")] == [
        "loaded"
    ]


def test_unknown_names_are_reported_with_a_remedy(zone: Any) -> None:
    names = {
        "shop/refunds.jsonl": "fits no table of shop; rename it to shop/orders-<YYYY-MM-DD>",
        "shop/tickets-2024-05-01.jsonl": "fits no table of shop",
        "shop/refunds-2024-05-01.csv": "fits no table of shop",
        "shop/refunds-2024-13-01.jsonl": "has no such day in its name",
        "crm/contacts-2024-05-01.jsonl": "belongs to no source",
        "refunds-2024-05-01.jsonl": "belongs to no source",
        "shop/refunds-2024-05-09.jsonl.manifest.json": "is a manifest without its file",
    }
    for name in [*names, "shop/.hidden", "shop/refunds-2024-05-01.jsonl.part", ".DS_Store"]:
        zone.put(name, refund(1))
    report = zone.load()
    assert not report.outcomes
    assert {file.path for file in report.unknown} == set(names)
    for file in report.unknown:
        assert file.remedy.startswith(names[file.path]), file


def test_a_source_that_is_switched_off_is_left_alone(zone: Any) -> None:
    zone.put("shop/refunds-2024-05-01.jsonl", refund(1))
    report = landing_module.scan_landing(zone.landing_storage, zone.contracts, ())
    assert (report.extracts, report.switched_off) == ((), ("shop/refunds-2024-05-01.jsonl",))


def test_a_missing_landing_zone_is_one_clear_error(zone: Any) -> None:
    zone.landing.rmdir()
    with pytest.raises(
        LandingZoneError,
        match="extracts: the landing zone is missing; make it, or name the right one",
    ):
        zone.load()


def test_a_raw_file_that_is_gone_is_not_passed_over(zone: Any) -> None:
    zone.put("shop/refunds-2024-05-01.jsonl", refund(1))
    zone.load()
    [path] = raw_files(zone.store, datetime(2030, 1, 1))["shop_refunds"]
    (zone.raw / path).unlink()
    with pytest.raises(LedgerError, match="the ledger names this file but it is gone"):
        zone.load()


def test_a_file_that_changes_while_it_is_read_waits(
    zone: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    zone.put("shop/refunds-2024-05-01.jsonl", refund(1))
    monkeypatch.setattr("ingestion.load.load_run.sha256_of", lambda path: "0" * 64)
    report = zone.load()
    assert report.unsettled == ("shop/refunds-2024-05-01.jsonl",)
    assert not report.set_aside and not zone.store.query("select * from extract_files")


# ---- manifests -----------------------------------------------------------------------------------


def manifest(zone: Any, content: str, **claims: Any) -> None:
    claims = {"sha256": hashlib.sha256(content.encode()).hexdigest()} | claims
    zone.put("shop/spend-2024-05-01.csv", content)
    zone.put("shop/spend-2024-05-01.csv.manifest.json", json.dumps(claims))


def test_a_manifest_vouches_for_a_file_even_without_a_last_line_end(zone: Any) -> None:
    manifest(zone, spend(1, 2).rstrip("\n"), rows=2, control_totals={"cost": "2.00", "clicks": "3"})
    assert zone.load().loaded[0].attested
    entry = zone.store.query("select attested, control_totals from extract_files")[0]
    assert (entry["attested"], json.loads(entry["control_totals"])) == (
        1,
        {"clicks": "3", "cost": "2.00"},
    )


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        ({"sha256": "0" * 64}, "is not the file its manifest vouches for"),
        ({"rows": 3}, "has 2 rows, its manifest says 3"),
        ({"control_totals": {"cost": "2.01"}}, "cost sums to 2.00, its manifest says 2.01"),
        (
            {"control_totals": {"campaign": "1"}},
            "control total of campaign, which is no number column",
        ),
        ({"control_totals": {"cost": "much"}}, "the control total of cost is not a number"),
        ({"rows": "two"}, "rows must be a whole number"),
        ({"lines": 2}, "must hold control_totals, rows, sha256 and nothing else"),
    ],
)
def test_a_file_that_differs_from_its_manifest_is_refused_until_either_changes(
    zone: Any, claims: dict[str, Any], told: str
) -> None:
    manifest(zone, spend(1, 2), **claims)
    assert told in zone.load().refused[0].reason
    assert [outcome.is_new for outcome in zone.load().refused] == [False]
    manifest(zone, spend(1, 2))
    assert len(zone.load().loaded) == 1


def test_a_manifest_that_is_no_json_is_refused(zone: Any) -> None:
    zone.put("shop/spend-2024-05-01.csv", spend(1))
    zone.put("shop/spend-2024-05-01.csv.manifest.json", "{")
    assert "spend-2024-05-01.csv: its manifest is not JSON" in zone.load().refused[0].reason


def test_the_report_is_plain_json_and_adds_up(zone: Any) -> None:
    zone.put("shop/spend-2024-05-01.csv", spend(1, 2, 3) + "2024-05-01,spring,x,1.00\n")
    report = json.loads(json.dumps(zone.load().to_dict()))
    assert report["tables"] == {
        "shop_spend": {"files": 1, "read": 4, "loaded": 3, "quarantined": 1}
    }
    assert report["reasons"] == {"shop_spend": {"clicks: not a whole number": 1}}


def test_progress_is_told(zone: Any) -> None:
    for day in range(1, 4):
        zone.put(f"shop/refunds-2024-05-0{day}.jsonl", refund(day))
    told: list[str] = []
    zone.load(progress=told.append)
    assert told[-1] == "raw: 3 of 3 files looked at, last shop_refunds of 2024-05-03"


def test_the_ledger_survives_a_reopened_store(zone: Any) -> None:
    zone.put("shop/refunds-2024-05-01.jsonl", refund(1))
    zone.load()
    zone.store.close()
    zone.store = ControlStore.open(zone.home / "control" / "clientele.sqlite")
    assert zone.load().unchanged == 1

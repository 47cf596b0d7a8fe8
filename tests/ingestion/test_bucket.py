"""The landing zone and raw in a bucket of an S3-compatible server:
everything as on this machine."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from extract_texts import refund, spend, stock
from oracle import Crash, crash_at
from pulls import CONTRACT as PULLED_CONTRACT
from pulls import TOKEN, order

from ingestion.contracts.reading import load_contracts
from ingestion.errors import LedgerError
from ingestion.ledger import Ledger
from ingestion.pull.declared import HttpPull
from ingestion.pull.run import pull_all
from ingestion.quarantine.bad_rows import (
    quarantine_files,
    quarantined_rows,
    waiting_counts,
    waiting_entries,
)
from ingestion.quarantine.replay import export_rows, replay
from ingestion.raw.reload import reload_source
from ingestion.storage.bucket import Bucket
from ingestion.storage.open import open_storage
from orchestration.reverse_etl.sandbox import Sandbox

SECRET = "s3-canary-5d20c7"
EVER = datetime(2030, 1, 1)
BAD = "2024-05-01,spring,x,1.00\n"
STEPS = (2, 3, 6, 14, 20)  # of 22


@pytest.fixture
def zones(tmp_path: Path, bucket: str, zone_at: Any) -> list[Any]:
    """A zone in a bucket and its twin on this machine."""
    return [zone_at(tmp_path / "far", bucket), zone_at(tmp_path / "near")]


def deliver(zone: Any) -> None:
    """Of every kind: bad rows, a snapshot that loses a product, a file that is none,
    one that comes twice."""
    contract = zone.sources / "shop.yml"
    text = contract.read_text().replace(
        "load_mode: snapshot",
        "load_mode: snapshot\n    absent_is_deleted: true\n    shrink_limit: 0.5",
    )
    contract.write_text(text)
    zone.put("shop/spend-2024-05-01.csv", spend(1, 2) + BAD)
    zone.put("shop/refunds-2024-05-02.jsonl", refund(1, 2))
    zone.put("shop/refunds-2024-05-03.jsonl", refund(1, 2))
    zone.put("shop/stock-2024-05-03.csv", stock(a=1, b=2))
    zone.put("shop/stock-2024-05-04.csv", stock(a=1))
    zone.put("shop/refunds-2024-05-05.jsonl.gz", b"\x1f\x8b broken")
    zone.put("shop/refunds-2024-05-05.jsonl.gz.manifest.json", json.dumps({"rows": 3}))


def state(zone: Any) -> dict[str, Any]:
    """What a zone holds, wherever it holds it."""
    told = (
        "path",
        "sha256",
        "status",
        "reason",
        "rows_read",
        "rows_loaded",
        "rows_quarantined",
        "rows_deleted",
        "revision",
        "raw_path",
    )
    return {
        "ledger": [
            tuple(row)
            for row in zone.store.query(
                f"select {', '.join(told)} from extract_files order by sequence"
            )
        ],
        "rows": {table: zone.rows(table) for table in ("spend", "refunds", "stock")},
        "quarantine": quarantined_rows(
            zone.raw_folder, quarantine_files(zone.store, EVER), masked=False
        ),
        "reasons": waiting_counts(zone.raw_folder, quarantine_files(zone.store, EVER)),
    }


def test_a_bucket_holds_what_a_folder_holds_and_a_second_night_reads_nothing(
    zones: list[Any], monkeypatch: pytest.MonkeyPatch, caplog: Any, capfd: Any
) -> None:
    far, near = zones
    for zone in zones:
        deliver(zone)
        zone.load()
    assert state(far) == state(near)
    assert far.rows("stock", "product, _is_deleted") == [("b", True), ("a", False)]
    assert far.raw_folder.exists(
        far.store.query("select raw_path from extract_files where raw_path is not null")[0][0]
    )
    assert not far.raw.exists() and not list((far.home / "spool").rglob("*.*")), (
        "what was read on this machine does not stay here"
    )

    monkeypatch.setattr("ingestion.landing.scan.is_settled", lambda stat: True)
    monkeypatch.setattr("ingestion.load.load_run.is_settled", lambda stat: True)
    far.load(datetime(2024, 6, 2, 22))
    brought: list[str] = []
    bring = Bucket.bring
    monkeypatch.setattr(
        Bucket, "bring", lambda self, path: [brought.append(path), bring(self, path)][1]
    )
    assert far.load(datetime(2024, 6, 3, 22)).unchanged == 5
    assert brought == ["_owner", "shop/refunds-2024-05-05.jsonl.gz.manifest.json"], (
        "whether the refused one has another manifest now"
    )
    far.put("shop/refunds-2024-05-02.jsonl", refund(3))
    assert [outcome.path for outcome in far.load(datetime(2024, 6, 4, 22)).loaded] == [
        "shop/refunds-2024-05-02.jsonl"
    ]
    written = caplog.text + "".join(capfd.readouterr()) + json.dumps(state(far), default=str)
    assert SECRET not in written and "AKIATESTS" not in written


def test_killed_at_any_step_and_run_again_is_as_if_never_killed(
    tmp_path: Path, bucket: str, zone_at: Any
) -> None:
    twin = zone_at(tmp_path / "twin", f"{bucket}/twin")
    deliver(twin)
    twin.load()
    undisturbed = state(twin)
    for step in STEPS:
        zone = zone_at(tmp_path / str(step), f"{bucket}/{step}")
        deliver(zone)
        with pytest.MonkeyPatch.context() as patch, pytest.raises(Crash):
            crash_at(patch, step)
            zone.load()
        zone.load(run_id="again")
        assert state(zone) == undisturbed, step
    kept = {path for path, _ in zone.raw_folder._storage.files(hidden=(".",))}
    assert kept == {path for path, _ in twin.raw_folder._storage.files(hidden=(".",))}


def test_mended_rows_and_a_changed_contract_make_revisions_there(zones: list[Any]) -> None:
    for zone in zones:
        deliver(zone)
        zone.load(**zone.day(1))
        [entry] = waiting_entries(zone.store)
        file = export_rows(zone.raw_folder, entry, zone.contracts, zone.home / "mend")
        file.write_text(file.read_text().replace(",x,", ",7,"))
        assert (
            replay(zone.raw_folder, zone.store, zone.contracts, file, run_id="replay").replayed == 1
        )
        zone.load(**zone.day(2))
        contract = zone.sources / "shop.yml"
        contract.write_text(
            contract.read_text()
            .replace("version: 1", "version: 2")
            .replace("Campaign.", "The campaign.")
        )
        report = reload_source(
            zone.landing_storage,
            zone.raw_folder,
            zone.store,
            zone.contracts,
            "shop",
            run_id="reload",
        )
        assert report.read_again == {"refunds": 1, "spend": 1, "stock": 1} and not report.kept
        assert zone.load(**zone.day(3)).taken_up == 3
    far, near = zones
    assert state(far) == state(near)
    assert sorted(far.rows("spend", "clicks, _line_number")) == sorted(
        near.rows("spend", "clicks, _line_number")
    )
    assert [
        entry.revision for entry in Ledger(far.store).live_entries(EVER, "table_name = 'spend'")
    ] == [3]


def test_a_pull_writes_into_the_bucket(tmp_path: Path, bucket: str) -> None:
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "shop.yml").write_text(PULLED_CONTRACT, encoding="utf-8")
    landing = open_storage(f"{bucket}/landing", tmp_path / "spool")
    contracts = load_contracts(tmp_path / "sources")
    with Sandbox() as sandbox:
        sandbox.shopify.put([order(n, n) for n in range(1, 4)])
        pull = HttpPull.model_validate(
            {
                **{
                    "enabled": True,
                    "kind": "http",
                    "base_url": f"{sandbox.url}/shopify",
                    "path": "/admin/api/2026-01/orders.json",
                },
                **{
                    "records": "orders",
                    "cursor": "updated_at",
                    "since": "updated_at_min",
                    "header": "X-Shopify-Access-Token",
                },
                **{"secret": "SHOP_TOKEN"},
            }
        )
        from orchestration.control.store import ControlStore

        store = ControlStore.open(tmp_path / "store")
        (outcome,) = pull_all(
            {"shop_orders": pull},
            landing,
            store,
            contracts,
            lambda _: TOKEN,
            day=date(2026, 6, 30),
            run_id="far",
        )
        store.close()
    assert (outcome.status, outcome.rows) == ("pulled", 3), outcome.message
    assert sorted(path for path, _ in landing.files(hidden=("."))) == [
        f"{outcome.path}",
        f"{outcome.path}.manifest.json",
    ]


def test_what_is_lost_is_missed(zones: list[Any]) -> None:
    zone = zones[0]
    deliver(zone)
    zone.load()
    zone.raw_folder._storage.remove(
        zone.store.query("select raw_path from extract_files where raw_path is not null")[0][0]
    )
    with pytest.raises(LedgerError, match="the ledger names this file but it is gone"):
        zone.load(datetime(2024, 6, 2, 22))

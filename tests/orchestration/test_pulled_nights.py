"""Pulls inside the real job: before raw, in one night; one that fails is reported and stops nobody;
a rebuild pulls nothing."""

import json
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from extracts_of_a_day import deliver_extracts
from harness import SETTINGS, FakeDbt, FakeGates, settings_for

from orchestration.defs import pull, raw
from orchestration.defs.resources import NightRun
from orchestration.defs.session import Session
from orchestration.night.night import Night
from orchestration.night.report import make_report
from orchestration.reverse_etl.sandbox import Sandbox
from orchestration.settings import SettingsError

TOKEN = "shpat-canary-7a61"
PULLS = """
pulls:
  shopify_orders:
    enabled: true
    kind: http
    base_url: {url}/shopify
    path: /admin/api/2026-01/orders.json
    records: orders
    cursor: updated_at
    since: updated_at_min
    parameters: {{status: any, order: updated_at asc, limit: 250}}
    header: X-Shopify-Access-Token
    secret: TEST_SHOPIFY_TOKEN
"""
ORDER = {
    **{
        "id": 1,
        "name": "#1",
        "email": "canary@example.org",
        "currency": "EUR",
        "test": False,
        "line_items": [],
    },
    **{
        "total_line_items_price": "1.00",
        "total_discounts": "0.00",
        "total_tax": "0.00",
        "total_price": "1.00",
    },
    **dict.fromkeys(("processed_at", "created_at", "updated_at"), "2026-06-30T08:00:00+02:00"),
}


def settings_with(home: Path, url: str) -> Any:
    text = SETTINGS.replace(
        "destinations:", "  shopify: {enabled: true}\ndestinations:"
    ) + PULLS.format(url=url)
    return settings_for(home, text)


def test_pulls_run_before_raw_and_a_failed_one_stops_nobody(
    tmp_path: Path, manifest: dict[str, Any], monkeypatch: Any
) -> None:
    monkeypatch.setenv("TEST_SHOPIFY_TOKEN", TOKEN)
    with Sandbox() as sandbox:
        sandbox.shopify.put([ORDER])
        settings = settings_with(tmp_path, sandbox.url)
        deliver_extracts(tmp_path)
        monkeypatch.setenv("CLIENTELE_HOME", str(tmp_path))
        monkeypatch.setenv("CLIENTELE_SETTINGS", str(settings.file))
        (pulling,) = pull.definitions({})
        loading = next(
            part for part in raw.definitions({}) if isinstance(part, dg.AssetsDefinition)
        )
        assert loading.asset_deps[dg.AssetKey(["raw", "shopify_orders"])] == {
            dg.AssetKey(["pull", "shopify_orders"])
        }

        def night(run_id: str, **options: Any) -> tuple[dict[str, Any], list[Any]]:
            night = Night(
                settings, run_id, FakeGates(), FakeDbt(settings.home.dbt, manifest), **options
            )
            resource = NightRun(night, Session())
            try:
                result = dg.materialize(
                    [pulling, loading],
                    resources={"night": dg.ResourceDefinition.hardcoded_resource(resource)},
                )
                report = make_report(night)
            finally:
                night.close()
            told = [event.message + repr(event.event_specific_data) for event in result.all_events]
            assert result.success and not any(
                secret in text for text in told for secret in (TOKEN, "canary@")
            )
            assert TOKEN not in json.dumps(report) and "canary@" not in json.dumps(report)
            return report, [
                event.step_key
                for event in result.all_events
                if event.event_type_value == "STEP_SUCCESS"
            ]

        report, steps = night("first")
        assert steps == ["pull", "raw"]
        assert [(p["status"], p["rows"]) for p in report["pulls"]] == [("pulled", 1)]
        assert report["rows"]["raw"]["shopify_orders"] == 1 and report["waiting"] == []

        sandbox.faults.add({"kind": "status", "status": 401, "destination": "shopify"})
        report, _ = night("second")
        (waiting,) = report["waiting"]
        assert (
            waiting["what"].startswith("pull shopify_orders: ")
            and "TEST_SHOPIFY_TOKEN was refused: renew it" in waiting["what"]
        )
        assert report["rows"]["raw"]["shopify_orders"] == 1, "its source keeps what it had"


def test_a_rebuild_pulls_nothing(
    tmp_path: Path, manifest: dict[str, Any], monkeypatch: Any
) -> None:
    settings = settings_with(tmp_path, "http://127.0.0.1:9")
    deliver_extracts(tmp_path)
    night = Night(settings, "again", FakeGates(), FakeDbt(settings.home.dbt, manifest))
    try:
        night.kind = "rebuild"
        assert night.pull() == []
        night.kind = "nightly"
        (outcome,) = night.pull()
        assert outcome.status == "failed" and "TEST_SHOPIFY_TOKEN is not set" in outcome.message
    finally:
        night.close()


def test_a_wrong_declaration_stops_the_night_before_it_begins(
    tmp_path: Path, manifest: dict[str, Any]
) -> None:
    settings = settings_with(tmp_path, "http://127.0.0.1:9")
    text = settings.file.read_text(encoding="utf-8").replace("shopify_orders:", "shopify_order:")
    deliver_extracts(tmp_path)
    with pytest.raises(SettingsError, match=r"pulls\.shopify_order: there is no such raw table"):
        Night(
            settings_for(tmp_path, text), "wrong", FakeGates(), FakeDbt(settings.home.dbt, manifest)
        )

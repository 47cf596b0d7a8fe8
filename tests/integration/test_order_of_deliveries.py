"""Files that come late, in parts, or say again what was said before, through whole nights."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from plain_night import run_plain, settings_of
from shop_records import charge
from small_shop import SETTINGS, deliver_small_shop

from orchestration.settings import Settings
from orchestration.warehouse.connection import connect
from orchestration.warehouse.generations import Generations
from orchestration.warehouse.inputs import Inputs
from orchestration.warehouse.replay.runner import ReplayingDbt

COSTS = {1: 1_000_000, 2: 1_200_000, 3: 1_000_000}  # of one day, restated night by night
NIGHTS = {night: datetime(2026, 7, night, 22) for night in COSTS}


def _deliver(extracts: Path, night: int) -> None:
    """What comes before a night: the costs, and late what the provider said days ago."""
    ads = "customer_id,campaign_id,campaign_name,date,currency_code,cost_micros,impressions,clicks,"
    row = f"1,2,Summer,2026-06-30,EUR,{COSTS[night]},10,2,1"
    (extracts / "google_ads").mkdir(exist_ok=True)
    (extracts / f"google_ads/campaign_days-2026-07-0{night}.csv").write_text(
        f"{ads}conversions\n{row}\n"
    )
    deliveries = {1: [("2026-07-01-10", 1000)], 2: [("2026-07-01-9", 500), ("2026-06-29", 0)]}
    for name, refunded in deliveries.get(night, []):
        record = charge("ch_late", 1099, 1000, "eur", 1782378000, refunded)
        (extracts / f"stripe/charges-{name}.jsonl").write_text(json.dumps(record) + "\n")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, replaying: ReplayingDbt) -> Settings:
    """A home after the three nights."""
    home = tmp_path_factory.mktemp("deliveries")
    deliver_small_shop(home / "extracts")
    (home / "clientele.yml").write_text(
        SETTINGS.replace("  ecb:", "  google_ads: {enabled: true, freshness_days: 60}\n  ecb:")
    )
    settings = settings_of(home, home / "clientele.yml")
    for night, as_of in NIGHTS.items():
        _deliver(home / "extracts", night)
        report = run_plain(settings, replaying, f"night-{night}", as_of)
        assert report["status"] == "published", report["errors"]
        assert report["files"]["as they were before"] == (night == 3)
    return settings


def _said(settings: Settings, night: int, query: str) -> Any:
    inputs = Inputs.load(Generations(settings.home.generations).inputs(f"night-{night}"))
    with connect(inputs) as generation:
        return generation.execute(query).fetchall()[0][0]


def test_a_cost_that_is_restated_back_is_what_was_said_last(settings: Settings) -> None:
    query = "select sum(cost_amount) from staging.stg_google_ads__campaign_days"
    assert [str(_said(settings, night, query)) for night in COSTS] == [
        *("1.000000", "1.200000", "1.000000")
    ]


def test_what_comes_late_is_older_than_what_was_there(settings: Settings) -> None:
    query = "select refunded_amount from staging.stg_stripe__charges where charge_id = 'ch_late'"
    assert [str(_said(settings, night, query)) for night in COSTS] == ["10.000"] * 3

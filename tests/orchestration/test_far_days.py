"""Files that speak of days that are far ahead."""

from datetime import UTC, date, datetime
from pathlib import Path

from ingestion.landing.scan import scan_landing
from orchestration.control.store import ControlStore
from orchestration.night.clock import latest_day, night_of
from orchestration.settings import load_settings


def test_a_mistyped_year_is_refused_by_name_and_moves_no_night(tmp_path: Path) -> None:
    settings = load_settings(None, tmp_path)
    store = ControlStore.open(settings.home.store)
    now = datetime(2026, 7, 3, 12, tzinfo=UTC)
    for day in ("2026-06-30", "2062-06-30", "2026-07-07"):
        file = settings.home.extracts / "shopify" / f"customers-{day}.jsonl"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text('{"id": 1, "updated_at": "2026-06-01T00:00:00Z"}\n')
    assert latest_day(settings, store, now) == date(2026, 7, 6)
    assert night_of(settings, store, None, None, now) == datetime(2026, 6, 30, 22)
    found = scan_landing(settings.landing, settings.contracts, {"shopify"}, date(2026, 7, 6))
    assert [extract.path for extract in found.extracts] == ["shopify/customers-2026-06-30.jsonl"]
    assert [file.path for file in found.unknown] == [
        "shopify/customers-2026-07-07.jsonl",
        "shopify/customers-2062-06-30.jsonl",
    ]
    assert "lies far ahead: the last day that can be is 2026-07-06" in found.unknown[1].remedy
    store.close()

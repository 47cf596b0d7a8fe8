"""A night after a file was taken back, beside one of a home that never saw it."""

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from plain_night import run_plain, settings_of
from shop_records import contact, order
from small_shop import SETTINGS, deliver_small_shop

from ingestion.ledger import Ledger
from ingestion.raw.forget import forget, plan_forget
from orchestration.control.store import ControlStore
from orchestration.home import make_key
from orchestration.settings import Settings
from orchestration.warehouse.connection import connect
from orchestration.warehouse.generations import Generations
from orchestration.warehouse.inputs import Inputs
from orchestration.warehouse.replay.runner import ReplayingDbt

# Of campaigns, of people who join nobody, and of what somebody paid.
WRONG = {
    "meta_ads/campaign_days-2026-07-01.csv": (
        "account_id,account_currency,campaign_id,campaign_name,date_start,date_stop,impressions,"
        "clicks,spend\n9,EUR,5,Wrong,2026-06-29,2026-06-29,1,1,99.00\n"
    ),
    "hubspot/contacts-2026-07-01.jsonl": json.dumps(contact(99, "else@example.com", "lead")) + "\n",
}
# Ben and Cara under one login.
MERGING = {
    "shopify/orders-2026-07-01.jsonl": "".join(
        json.dumps(
            order(number, "2026-06-30", "EUR", [(1, "1.00")], customer={"id": 9}, email=address)
        )
        + "\n"
        for number, address in ((1901, "ben@example.com"), (1902, "cara@example.com"))
    ),
}


@pytest.fixture
def homes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Settings]:
    """Two, with one secret: customer ids are made with it."""
    monkeypatch.setenv("CLIENTELE_KEY_FILE", str(tmp_path / "key"))
    make_key(tmp_path / "key")
    made = {}
    for name in ("saw_it", "never_saw_it"):
        home = tmp_path / name
        deliver_small_shop(home / "extracts")
        (home / "clientele.yml").write_text(SETTINGS)
        made[name] = settings_of(home, home / "clientele.yml")
    return made


def test_the_next_night_equals_one_that_never_saw_the_file(
    homes: dict[str, Settings], replaying: ReplayingDbt
) -> None:
    hashes = {}
    for name, settings in homes.items():
        for number, night in enumerate((1, 2, 3), 1):
            if name == "saw_it" and night == 2:
                for path, content in WRONG.items():
                    (settings.home.extracts / path).write_text(content)
            if name == "saw_it" and night == 3:
                for path in WRONG:
                    _take_back(settings, path)
            report = run_plain(settings, replaying, f"night-{night}", datetime(2026, 7, night, 22))
            assert report["status"] == "published", report["errors"]
            hashes[name, number] = report["content_hash"]
    assert hashes["saw_it", 2] != hashes["never_saw_it", 2]
    assert hashes["saw_it", 3] == hashes["never_saw_it", 3]


def test_people_whom_the_file_merged_are_as_they_were(
    homes: dict[str, Settings], replaying: ReplayingDbt
) -> None:
    people = {}
    for name, settings in homes.items():
        for night in (1, 2, 3):
            if name == "saw_it" and night == 2:
                for path, content in MERGING.items():
                    (settings.home.extracts / path).write_text(content)
            if name == "saw_it" and night == 3:
                for path in MERGING:
                    _take_back(settings, path)
            report = run_plain(settings, replaying, f"night-{night}", datetime(2026, 7, night, 22))
            assert report["status"] == "published", report["errors"]
            people[name, night] = _people(settings, f"night-{night}")
    assert len(people["saw_it", 2]) < len(people["never_saw_it", 2])
    assert people["saw_it", 3] == people["never_saw_it", 3]


def _people(settings: Settings, night: str) -> set[tuple[tuple[str, ...], str | None, Decimal]]:
    """Of each customer the records, the address and what was spent."""
    generations = Generations(settings.home.generations)
    connection = connect(Inputs.load(generations.inputs(night)).without_raw())
    rows = connection.execute(
        "select list(record_id order by record_id), any_value(email), any_value(historic_revenue)"
        " from identity.identity_map join marts.customer_360 using (customer_id)"
        " group by customer_id"
    ).fetchall()
    connection.close()
    return {(tuple(records), email, spent) for records, email, spent in rows}


def _take_back(settings: Settings, path: str) -> None:
    store = ControlStore.open(settings.home.store)
    try:
        ledger = Ledger(store)
        forget(ledger, settings.raw, plan_forget(ledger, settings.contracts, path), "forget")
    finally:
        store.close()

"""Nights of the sample shop as they came, and one of them made again."""

import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from plain_night import run_plain, settings_of

from ingestion.samples.shop import make_sample
from orchestration.control.store import ControlStore
from orchestration.night.clock import local_midnight
from orchestration.settings import PROJECT, Settings
from orchestration.warehouse.connection import connect
from orchestration.warehouse.generations import Generations
from orchestration.warehouse.inputs import Inputs
from orchestration.warehouse.replay.runner import ReplayingDbt

LAST_DAY = date(2026, 6, 30)
NIGHTS = 4
KEPT = 3
LAST_NIGHT = f"night-{NIGHTS - 1}"
# With a night before it whose histories it must read, and nights behind it that it must not see.
AGAIN = 1


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("week")


@pytest.fixture(scope="module")
def settings(home: Path) -> Settings:
    text = (PROJECT / "clientele.yml").read_text(encoding="utf-8")
    file = home / "clientele.yml"
    file.write_text(re.sub(r"(keep_generations:) \d+", rf"\1 {KEPT}", text), encoding="utf-8")
    return settings_of(home, file)


@pytest.fixture(scope="module")
def reports(home: Path, settings: Settings, replaying: ReplayingDbt) -> list[dict[str, Any]]:
    """The reports of the nights; every one only sees what had been delivered by then."""
    made = []
    for number in range(NIGHTS):
        day = LAST_DAY - timedelta(days=NIGHTS - 1 - number)
        make_sample(
            home / "extracts", home / "truth", customers=300, seed=13, nights=NIGHTS, until=day
        )
        made.append(
            run_plain(
                settings,
                replaying,
                f"night-{number}",
                local_midnight(settings, day + timedelta(days=1)),
            )
        )
    return made


def test_every_night_is_published_and_loads_what_is_new(reports: list[dict[str, Any]]) -> None:
    assert [report["status"] for report in reports] == ["published"] * NIGHTS, [
        report["errors"] for report in reports
    ]
    assert all(report["files"]["loaded"] > 0 for report in reports)
    assert len({report["content_hash"] for report in reports}) == NIGHTS


def test_a_night_made_again_has_the_same_content(
    reports: list[dict[str, Any]], settings: Settings, replaying: ReplayingDbt
) -> None:
    current = Generations(settings.home.generations).current()
    night = reports[AGAIN]
    again = run_plain(settings, replaying, f"again-{AGAIN}", datetime.fromisoformat(night["as_of"]))
    assert again["status"] == "rebuilt", again["errors"]
    assert again["content_hash"] == night["content_hash"]
    assert Generations(settings.home.generations).current() == current
    assert _months(settings, f"again-{AGAIN}") == _said_by_then(settings, night["as_of"])


def test_what_was_known_of_a_month_is_what_that_night_said(
    reports: list[dict[str, Any]], settings: Settings
) -> None:
    """The last night's record of all nights against the tables of those that are still kept."""
    for number in range(NIGHTS - KEPT, NIGHTS):
        assert _months(settings, f"night-{number}") == _said_by_then(
            settings, reports[number]["as_of"]
        )
    connection = connect(Inputs.load(Generations(settings.home.generations).inputs(LAST_NIGHT)))
    moved = connection.execute(
        "select count(distinct as_of) from marts.month_revisions"
        " where calendar_month < '2026-06-01'"
    ).fetchall()[0][0]
    late = connection.execute(
        "select sum(net_revenue) from marts.late_data where known_month = '2026-06-01'"
        " union all select sum(net_revenue) from marts.revenue_daily"
    ).fetchall()
    connection.close()
    assert moved > 1  # refunds of the last days are of orders of months before
    assert late[0] == late[1]


def _months(settings: Settings, run: str) -> list[Any]:
    """Revenue by month in the tables of a night."""
    connection = connect(Inputs.load(Generations(settings.home.generations).inputs(run)))
    found = connection.execute(
        "select date_trunc('month', calendar_date)::date as month, sum(net_revenue)"
        " from marts.revenue_daily group by month order by month"
    ).fetchall()
    connection.close()
    return found


def _said_by_then(settings: Settings, as_of: str) -> list[Any]:
    """The same by the record that the last night has of the nights up to then."""
    connection = connect(Inputs.load(Generations(settings.home.generations).inputs(LAST_NIGHT)))
    found = connection.execute(
        "select calendar_month, max_by(net_revenue, as_of) from marts.month_revisions"
        " where as_of <= ?::timestamp group by 1 order by 1",
        [as_of.rstrip("Z")],
    ).fetchall()
    connection.close()
    return found


def test_customers_keep_their_ids_and_retired_ids_answer(
    reports: list[dict[str, Any]], home: Path, settings: Settings
) -> None:
    generations = Generations(settings.home.generations)
    connection = connect(Inputs.load(generations.inputs(LAST_NIGHT)))
    lost = connection.execute(
        """
        select count(*)
        from (select distinct customer_id from ids.customer_ids)
        anti join identity.identity_map using (customer_id)
        anti join identity.identity_aliases on alias_customer_id = customer_id
        """
    ).fetchall()
    chains = connection.execute(
        "select count(*) from identity.identity_aliases as a join identity.identity_aliases as b"
        " on a.customer_id = b.alias_customer_id"
    ).fetchall()
    connection.close()
    assert lost == [(0,)]
    assert chains == [(0,)]


def test_kept_generations_and_their_histories(
    reports: list[dict[str, Any]], settings: Settings
) -> None:
    generations = Generations(settings.home.generations)
    published = [run for run in generations.sealed() if run.startswith("night")]
    assert len(published) == KEPT
    store = ControlStore.open(settings.home.store)
    changes = store.query("select count(*), count(distinct as_of) from segment_changes")[0]
    store.close()
    assert changes[0] > 0
    assert 1 < changes[1] <= NIGHTS

"""What stops what, and what the night answers: the README's table, a closed gate per layer."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from extracts_of_a_day import deliver_extracts
from harness import SETTINGS, FakeDbt, FakeGates, Outcome, run_night, settings_for

from ingestion.layers import PATH
from orchestration.control.lease import Lease
from orchestration.control.store import ControlStore
from orchestration.defs.destinations import CHECKS, delivery_checks
from orchestration.defs.resources import NIGHTLY, Whole, is_whole
from orchestration.night.report_files import read_report
from orchestration.reverse_etl.result import SyncResult
from orchestration.warehouse.generations import Generations

# The build (or load) whose gate stands behind each layer; identity and marts have two.
BUILDS = {
    "raw": ["raw"],
    "staging": ["staging"],
    "identity": ["identity_before_phones", "identity_after_phones"],
    "core": ["core"],
    "marts": ["marts_before_ltv", "marts_after_ltv"],
    "segments": ["segments"],
    "sync": ["sync"],
}
LAST = ["seal", "publish", "log"]


@pytest.fixture
def night(
    tmp_path: Path, location: Any, manifest: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> Any:
    """Run a night in an own home: night(fail=…, gates=…, text=…)."""

    def run(
        fail: dict[str, str] | None = None,
        gates: dict[str, str] | None = None,
        text: str = SETTINGS,
        as_of: str = "",
        deliver: bool = True,
    ) -> Outcome:
        settings = settings_for(tmp_path, text)
        if deliver:
            deliver_extracts(tmp_path)
        return run_night(
            location,
            settings,
            FakeDbt(settings.home.dbt, manifest, fail),
            FakeGates(gates or {}),
            monkeypatch,
            as_of,
        )

    return run


def test_a_good_night_is_published_and_takes_every_step_in_order(
    night: Any, tmp_path: Path
) -> None:
    outcome = night()
    assert (outcome.report["status"], outcome.report["exit_code"]) == ("published", 0), (
        outcome.failures
    )
    order = {step: place for place, step in enumerate(outcome.steps)}
    builds = [build for layer in PATH for build in BUILDS[layer]]
    path = [step for build in builds for step in (build, f"{build}_gate") if step in order]
    assert [step for step in outcome.steps if step in path] == path
    assert (
        order["sync_gate"]
        < order["seal"]
        < order["publish"]
        < order["destinations__hubspot_contacts"]
        < order["log"]
    )
    assert Generations(tmp_path / "generations").current() == outcome.report["run_id"]
    assert {
        f"hubspot_contacts {check}" for check in ("accounting", "reconciliation", "oldest_unsent")
    } <= outcome.passed


def test_the_checks_of_a_delivery_find_what_is_wrong() -> None:
    moments = {
        "started_at": "2026-07-03T00:00:00Z",
        "finished_at": "2026-07-03T00:00:00Z",
        "as_of": "2026-07-02T22:00:00Z",
    }
    good = SyncResult(
        "r", "a_list", "hubspot", "gen-r.duckdb", **moments, oldest_unsent_at="2026-07-02T00:00:00Z"
    )
    bad = replace(good, candidates=1, unreconciled=2, oldest_unsent_at="2026-07-01T00:00:00Z")
    assert [check.passed for check in delivery_checks(good)] == [True, True, True]
    assert {check.check_name: check.passed for check in delivery_checks(bad)} == dict.fromkeys(
        CHECKS, False
    )


@pytest.mark.parametrize(
    ("layer", "status"), [*((layer, "failed") for layer in PATH), ("core", "errored")]
)
def test_a_closed_gate_stops_everything_behind_it(
    layer: str, status: str, night: Any, tmp_path: Path
) -> None:
    outcome = night(gates={layer: status})
    assert (outcome.report["status"], outcome.report["exit_code"]) == ("refused", 2)
    later = [build for after in PATH[PATH.index(layer) + 1 :] for build in BUILDS[after]]
    assert set(outcome.steps).isdisjoint({*later, *(f"{build}_gate" for build in later), *LAST})
    assert not any(step.startswith("destinations") for step in outcome.steps)
    assert not (tmp_path / "generations" / "current").exists()
    assert outcome.report["syncs"] == []
    store = ControlStore.open(tmp_path / "control" / "clientele.sqlite")
    assert (
        store.query(
            "select count(*) from gate_results where status = ? and layer = ?", [status, layer]
        )[0][0]
        > 0
    )
    store.close()


def test_a_row_is_quarantined_and_the_rest_goes_on(night: Any, tmp_path: Path) -> None:
    settings_for(tmp_path)
    deliver_extracts(tmp_path, records=300)
    file = tmp_path / "extracts" / "consent" / "records-2026-06-30.jsonl"
    lines = file.read_text().splitlines()
    lines[7] = lines[7].replace("2026-06-30T10:00:00Z", "yesterday")
    file.write_text("\n".join(lines) + "\n")
    outcome = night(deliver=False)
    assert (outcome.report["status"], outcome.report["exit_code"]) == ("published", 0)
    assert sum(outcome.report["quarantined"]["consent_records"].values()) == 1


def test_a_damaged_file_is_set_aside_and_the_night_says_so(night: Any, tmp_path: Path) -> None:
    deliver_extracts(tmp_path)
    (tmp_path / "extracts" / "google_ads" / "campaign_days-2026-06-29.csv").write_text(
        "customer_id;date\n1;2\n"
    )
    outcome = night(deliver=False)
    assert (outcome.report["status"], outcome.report["exit_code"]) == ("published", 3)
    assert any("campaign_days-2026-06-29.csv" in item["what"] for item in outcome.report["waiting"])


def test_a_file_of_no_known_name_is_told(night: Any, tmp_path: Path) -> None:
    deliver_extracts(tmp_path)
    (tmp_path / "extracts" / "consent" / "recrods-2026-06-29.jsonl").write_text("{}\n")
    outcome = night(deliver=False)
    assert any("recrods-2026-06-29.jsonl" in item["what"] for item in outcome.report["waiting"])


def test_a_required_source_that_is_too_old_refuses_the_night(night: Any, tmp_path: Path) -> None:
    deliver_extracts(tmp_path, day="2026-06-20")
    outcome = night(deliver=False, as_of="2026-06-30T22:00:00")
    assert (outcome.report["status"], outcome.report["exit_code"]) == ("refused", 2)
    assert "source consent is required" in outcome.report["refusals"][0]
    assert "clientele.yml" in outcome.report["refusals"][0]


def test_a_failed_dbt_test_refuses_the_night(night: Any) -> None:
    outcome = night(fail={"core": "test"})
    assert (outcome.report["status"], outcome.report["exit_code"]) == ("refused", 2)
    assert "assert_core" in outcome.report["refusals"][0]


@pytest.mark.parametrize("how", ["model", "raise"])
def test_an_exception_fails_the_night_and_the_next_one_goes_on(
    how: str, night: Any, tmp_path: Path
) -> None:
    outcome = night(fail={"marts_after_ltv": how})
    assert (outcome.report["status"], outcome.report["exit_code"]) == ("failed", 1)
    assert outcome.report["errors"]
    assert not (tmp_path / "generations" / "current").exists()
    assert night().report["status"] == "published"


def test_an_unset_secret_fails_that_sync_only(night: Any) -> None:
    text = SETTINGS.replace("base_url: sandbox", "base_url: https://localhost:1")
    outcome = night(text=text)
    assert (outcome.report["status"], outcome.report["exit_code"]) == ("published", 3)
    assert any("TEST_HUBSPOT_TOKEN" in item["what"] for item in outcome.report["waiting"])


def test_a_person_looks_and_decides_in_dagster(night: Any, tmp_path: Path, location: Any) -> None:
    night()
    store = ControlStore.open(tmp_path / "control" / "clientele.sqlite")
    with store.transaction() as db:
        db.execute(
            "insert into holds (sync, run_id, reason, plan_hash, summary, plan, status, created_at)"
            " values ('hubspot_contacts', 'r', 'too many', 'h', '{}', '{}', 'waiting',"
            " '2026-07-01T00:00:00Z')"
        )

    def launched(job: str, **config: Any) -> tuple[bool, str]:
        (op,) = location.defs.resolve_job_def(job).nodes
        with dg.DagsterInstance.ephemeral() as instance:
            done = location.defs.resolve_job_def(job).execute_in_process(
                instance=instance,
                run_config={"ops": {op.name: {"config": config}}},
                raise_on_error=False,
            )
        return done.success, str([event.event_specific_data for event in done.all_events])

    seen, told = launched("preview_sync", sync="hubspot_contacts")
    assert seen and "no candidates" in told
    assert launched("preview_sync", sync="nobody")[1].count("sync nobody is not declared")
    done, told = launched("decide_hold", hold_id=1, approve=True, by="ada")
    assert done and "done; 0 added" in told
    assert [tuple(row) for row in store.query("select status, decided_by from holds")] == [
        ("sent", "ada")
    ]
    done, told = launched("decide_hold", hold_id=1, approve=False, by="ada")
    assert not done and "hold 1 does not wait" in told
    store.close()


def test_no_lease_no_night(night: Any, tmp_path: Path) -> None:
    settings_for(tmp_path)
    store = ControlStore.open(tmp_path / "control" / "clientele.sqlite")
    lease = Lease.acquire(store, "by hand")
    outcome = night()
    lease.release()
    assert outcome.report is None
    assert "run by hand" in outcome.failure


def test_the_schedule_asks_for_a_whole_night_and_so_for_the_lease(location: Any) -> None:
    schedule = location.defs.resolve_schedule_def("nightly_schedule")
    with dg.DagsterInstance.ephemeral() as instance:
        tick = schedule.evaluate_tick(
            dg.build_schedule_context(instance, datetime(2026, 7, 1, 1, tzinfo=UTC))
        )
    (request,) = tick.run_requests
    assert schedule.job_name == NIGHTLY
    # As the daemon makes the run from it.
    run = dg.DagsterRun(
        job_name=schedule.job_name,
        run_config=request.run_config,
        tags=request.tags,
        asset_selection=frozenset(request.asset_selection) if request.asset_selection else None,
        asset_check_selection=frozenset(request.asset_check_keys)
        if request.asset_check_keys is not None
        else None,
    )
    parts = [*location.defs.assets, *location.defs.asset_checks]
    assert is_whole(run, Whole.of(parts))


def test_a_name_in_the_settings_that_nothing_knows_is_told(night: Any) -> None:
    source = night(text=SETTINGS.replace("  google_ads:", "  googel_ads:")).failure
    assert "sources.googel_ads" in source
    assert "google_ads" in source.split("known are")[1]
    destination = night(text=SETTINGS.replace("  postgres:", "  postgers:")).failure
    assert "destinations.postgers" in destination


def test_no_disk_no_night(night: Any) -> None:
    outcome = night(
        text=SETTINGS.replace("minimum_free_disk_gib: 0", "minimum_free_disk_gib: 1000000")
    )
    assert outcome.report is None
    assert "GiB free" in outcome.failure
    assert "keep_generations" in outcome.failure


def test_a_second_run_of_the_night_changes_nothing(night: Any) -> None:
    first, second = night().report, night().report
    assert second["files"]["loaded"] == 0
    assert second["content_hash"] == first["content_hash"]
    assert sum(sync["requests"] for sync in second["syncs"]) == 0


def test_an_earlier_night_is_rebuilt_and_never_published(night: Any, tmp_path: Path) -> None:
    deliver_extracts(tmp_path, day="2026-06-29")
    first = night(deliver=False).report
    second = night().report
    rebuilt = night(as_of=first["as_of"]).report
    assert (rebuilt["status"], rebuilt["kind"], rebuilt["exit_code"]) == ("rebuilt", "rebuild", 0)
    assert rebuilt["content_hash"] == first["content_hash"]
    assert rebuilt["syncs"] == []
    assert Generations(tmp_path / "generations").current() == second["run_id"]
    assert read_report(tmp_path / "nights") == second  # what `clientele status` tells of


def test_the_report_has_every_key_that_the_figures_need(night: Any, tmp_path: Path) -> None:
    report = night().report
    wanted = (
        "status exit_code as_of run_id started_at finished_at cpu_s wall_s peak_memory_gib steps"
        " files rows quarantined identity money gates syncs waiting generation content_hash"
    )
    assert set(wanted.split()) <= set(report)
    assert json.loads((tmp_path / "nights" / f"{report['run_id']}.json").read_text()) == report

"""Which runs are nights, which are drafts, and what becomes of runs whose process is gone."""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest
from extracts_of_a_day import deliver_extracts
from harness import FakeDbt, FakeGates, run_night, settings_for

from orchestration.control.store import ControlStore
from orchestration.defs import resources
from orchestration.defs.location import free_the_queue
from orchestration.defs.resources import OWNER, Whole, end_dead_runs, is_whole, own
from orchestration.night import draft
from orchestration.night.clock import AsOfError, night_of
from orchestration.night.draft import Draft
from orchestration.night.night import Night
from orchestration.night.workbench import Workbench, without_values
from orchestration.settings import Settings
from orchestration.warehouse.connection import connect
from orchestration.warehouse.generations import Generations

ASSETS = frozenset({dg.AssetKey(["core", "orders"]), dg.AssetKey("publish")})
CHECKS = frozenset({dg.AssetCheckKey(dg.AssetKey(["core", "orders"]), "gate")})


@pytest.mark.parametrize(
    ("given", "is_night"),
    [
        ({}, True),
        (
            {"asset_selection": frozenset(), "step_keys_to_execute": ["a", "b", "c"]},
            True,
        ),  # as the command line launches it
        (
            {"asset_selection": ASSETS, "asset_check_selection": CHECKS},
            True,
        ),  # "materialize all" of the job in the UI
        (
            {"asset_selection": ASSETS, "asset_check_selection": frozenset()},
            False,
        ),  # without its gates
        (
            {"asset_selection": frozenset(), "asset_check_selection": CHECKS},
            False,
        ),  # its gates alone
        ({"asset_selection": ASSETS - {dg.AssetKey("publish")}}, False),
        (
            {"step_keys_to_execute": ["b", "c"]},
            False,
        ),  # re-execution from failure: the new generation would be half empty
        ({"op_selection": ["publish"]}, False),
        ({"job_name": "__ASSET_JOB"}, False),
    ],
)
def test_only_the_whole_job_is_a_night(given: dict[str, Any], is_night: bool) -> None:
    run = dg.DagsterRun(**{"job_name": "nightly", **given})
    assert is_whole(run, Whole(3, ASSETS, CHECKS)) is is_night


def test_runs_of_dead_processes_end_and_make_room_in_the_queue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIENTELE_HOME", str(tmp_path))
    with dg.DagsterInstance.ephemeral() as instance:
        owners = {
            "alive": "",
            "dead": "dead",
            "untold": "",
            "re-executed": "dead",  # has not said yet whose it is
        }
        for run_id, told in owners.items():
            run = dg.DagsterRun(
                job_name="nightly",
                run_id=run_id,
                status=dg.DagsterRunStatus.STARTED,
                tags={OWNER: told},
            )
            instance.add_run(run)
        own(instance, "alive")
        answer = free_the_queue(dg.build_sensor_context(instance=instance))
        assert answer == dg.SkipReason("ended dead")
        assert end_dead_runs(instance) == []
        assert instance.get_run_by_id("dead").status is dg.DagsterRunStatus.FAILURE  # type: ignore[union-attr]


@pytest.fixture(scope="module")
def first_night(
    location: Any, manifest: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """A home with one published night.

    The tests share it: what they add are more nights, and what they break they mend.
    """
    home = tmp_path_factory.mktemp("published")
    settings = settings_for(home)
    deliver_extracts(home)
    with pytest.MonkeyPatch.context() as patch:
        dbt = FakeDbt(settings.home.dbt, manifest)
        outcome = run_night(location, settings, dbt, FakeGates(), patch)
    assert outcome.report is not None and outcome.report["status"] == "published"
    return settings


@pytest.fixture
def published(
    location: Any, first_night: Settings, manifest: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> Any:
    """The home with a published night; call it for another night."""
    monkeypatch.undo()

    def night(as_of: str = "") -> Any:
        dbt = FakeDbt(first_night.home.dbt, manifest)
        return run_night(location, first_night, dbt, FakeGates(), monkeypatch, as_of)

    night.settings = first_night  # type: ignore[attr-defined]
    return night


def test_a_draft_builds_on_its_own_step_results(
    published: Any, monkeypatch: pytest.MonkeyPatch, manifest: dict[str, Any]
) -> None:
    settings = published.settings

    def step(self: Workbench, name: str) -> dict[str, Any]:
        folder = self.scratch / "steps"
        folder.mkdir(parents=True)
        duckdb.sql(
            "copy (select '030' as raw_phone, 'DE' as country_code,"
            f" '+4930' as e164) to '{folder / 'phones.parquet'}'"
        )
        return {"rows": {"phones": 1}}

    monkeypatch.setattr(Workbench, "run_step", step)
    before = Generations(settings.home.generations).pointed_to()
    bench = Draft(settings, "try", FakeGates(), FakeDbt(settings.home.dbt, manifest))  # type: ignore[arg-type]
    assert bench.run_step("phones")["rows"] == {"phones": 1}
    assert bench.inputs.load(bench.inputs_path).relations["steps.phones"].files == (
        str(bench.scratch / "steps" / "phones.parquet"),
    )
    connection = connect(bench.inputs)
    assert connection.execute("select e164 from steps.phones").fetchall() == [("+4930",)]
    connection.close()
    bench.close()
    assert Generations(settings.home.generations).pointed_to() == before
    assert draft.STEP_TABLES["phones"] == ("phones",)


def test_only_the_newest_drafts_are_kept(published: Any, manifest: dict[str, Any]) -> None:
    home = published.settings.home
    shutil.rmtree(home.drafts, ignore_errors=True)
    for number in range(draft.KEPT + 2):
        Draft(published.settings, str(number), FakeGates(), FakeDbt(home.dbt, manifest)).close()  # type: ignore[arg-type]
    kept = range(2, draft.KEPT + 2)
    wanted = {f"draft-{number}.{kind}" for number in kept for kind in ("duckdb", "inputs.json")}
    assert {path.name for path in home.drafts.iterdir()} == wanted


def test_a_failure_after_publishing_is_no_failed_night(
    published: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(night: Any) -> None:
        raise OSError("the row log is gone")

    monkeypatch.setattr("orchestration.defs.destinations.log_deliveries", broken)
    report = published().report
    assert (report["status"], report["exit_code"]) == ("published", 3)
    assert "the row log is gone" in report["waiting"][0]["what"]
    assert Generations(published.settings.home.generations).pointed_to() == report["run_id"]


def test_figures_that_cannot_be_made_leave_a_report_all_the_same(
    published: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise duckdb.ConversionException(
            "Conversion Error: Could not convert string 'anna@example.com' to INT32"
        )

    monkeypatch.setattr("orchestration.night.report._money", broken)
    report = published().report
    assert (report["status"], report["exit_code"]) == ("published", 3)
    assert "anna" not in str(report)


def test_a_report_that_cannot_be_written_is_told_and_gives_the_lease_back(
    published: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("orchestration.night.night.write_report", full)
        assert "readers see this night" in published().failure
    assert published().report["status"] == "published"


def test_a_night_that_was_killed_after_the_pointer_moved_counts_as_published(
    published: Any,
) -> None:
    store = ControlStore.open(published.settings.home.store)
    first = Generations(published.settings.home.generations).pointed_to()
    with store.transaction() as db:
        db.execute("update runs set status = 'running' where run_id = ?", [first])
    published()
    assert (
        store.query("select status from runs where run_id = ?", [first])[0]["status"] == "published"
    )
    store.close()


def test_a_superseded_file_still_answers_for_its_own_night(published: Any) -> None:
    settings = published.settings
    store = ControlStore.open(settings.home.store)
    with store.transaction() as db:
        db.execute(
            "update extract_files set status = 'superseded',"
            " superseded_as_of = '2026-07-05T22:00:00Z' where source = 'consent'"
        )
    night = Night.__new__(Night)
    night.store, night.as_of, night.as_of_date = (
        store,
        datetime(2026, 6, 30, 22),
        datetime(2026, 6, 30).date(),
    )
    night._require("consent", 3)  # would raise Refused
    assert (
        store.query(
            "select count(*) from extract_files where source = 'consent' and status = 'loaded'"
        )[0][0]
        == 0
    )
    with store.transaction() as db:
        db.execute(
            "update extract_files set status = 'loaded', superseded_as_of = null"
            " where source = 'consent'"
        )
    store.close()


def test_a_night_nobody_dated_never_goes_back_and_a_dated_one_never_ahead(published: Any) -> None:
    settings = published.settings
    store = ControlStore.open(settings.home.store)
    now = datetime(2026, 7, 3, 12, tzinfo=UTC)
    assert night_of(settings, store, None, None, now) == datetime(2026, 6, 30, 22)
    assert night_of(settings, store, None, "2026-07-01T22:00:00Z", now) == datetime(2026, 7, 1, 22)
    assert night_of(
        settings, store, datetime(2026, 6, 29, 22), "2026-07-01T22:00:00Z", now
    ) == datetime(2026, 6, 29, 22)
    assert night_of(
        settings, store, datetime.fromisoformat("2026-07-01T00:00:00+02:00"), None, now
    ) == datetime(2026, 6, 30, 22)
    with pytest.raises(AsOfError, match="still to come"):
        night_of(settings, store, datetime(2062, 7, 1), None, now)
    store.close()


def test_half_a_removed_generation_is_removed_and_never_rolled_back_to(tmp_path: Path) -> None:
    generations = Generations(tmp_path)
    for name in ("gen-a.duckdb", "gen-b.duckdb", "gen-b.json", "gen-b.inputs.json"):
        (tmp_path / name).touch()
    assert (generations.unfinished(), generations.sealed()) == (["a"], ["b"])


def test_a_night_without_the_key_that_was_published_with_does_not_begin(published: Any) -> None:
    home = published.settings.home
    kept = home.key_file.read_text()
    before = Generations(home.generations).current()
    try:
        home.key_file.unlink()
        assert "the installation's secret is missing" in published().failure
        assert not home.key_file.exists()
        home.key_file.write_text("0" * 64)
        assert "not the secret that this home was published with" in published().failure
    finally:
        home.key_file.write_text(kept)
    assert Generations(home.generations).current() == before


def test_messages_about_values_are_told_without_them() -> None:
    said = (
        "Runtime Error in model orders (models/core/orders.sql)\n"
        "  Conversion Error: Could not convert string 'anna@example.com'\nLINE 1"
    )
    assert without_values(said).startswith(
        "Runtime Error in model orders (models/core/orders.sql)\n  Conversion Error ("
    )
    assert "anna" not in without_values(said)
    binder = "Binder Error: Referenced column 'amuont' not found"
    assert without_values(binder) == binder
    assert resources.without_values is without_values

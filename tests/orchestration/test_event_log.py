"""Dagster's events, written in batches: the same files as by Dagster's own class, seen in time."""

import hashlib
import inspect
import threading
import time
from pathlib import Path
from typing import Any

import dagster as dg
import event_job
import pytest
from dagster._core.storage.event_log import SqlEventLogStorage, SqliteEventLogStorage
from event_files import NEXT, RUN, SOON, indexed, listed, made, own, program, runs, say, texts

from orchestration.cli.dagster_home import prepare_dagster_home
from orchestration.defs.event_log import LEANED_ON, BatchedEventLog, moved

# Dagster's functions that the class was written against, by a hash of their source: those that it
# replaces, and those that decide which file is written when.
KNOWN = {
    "_connect": "b8435f266568",
    "_has_asset_key_col_on_connection": "981049dfa81d",
    "_initdb": "7a302d98eb61",
    "_store_asset_event": "fdb9340b9eef",
    "_store_asset_event_tags": "85d6f17ef04b",
    "dispose": "df16dafbfa84",
    "get_asset_records": "2453efed723c",
    "has_table": "577d801c70b2",
    "index_connection": "8caf95ebe806",
    "index_transaction": "00b2488c8cdf",
    "run_connection": "54e64bd6f8b7",
    "store_asset_check_event": "6d148295fa69",
    "store_event": "f89aed406024",
    "wipe": "de02c63676e7",
    "wipe_asset": "92c01a079a75",
}


def test_the_files_are_those_of_dagsters_own_class(place: Path, tmp_path: Path) -> None:
    other = own(tmp_path / "own")
    kinds = set()
    for home in (other, place):
        with dg.DagsterInstance.from_config(str(home)) as instance:
            kinds.add(type(instance.event_log_storage))
            # The second run finds the first one's data versions.
            assert [event_job.run(instance, name) for name in (RUN, NEXT)] == [False, False]
    assert kinds == {SqliteEventLogStorage, BatchedEventLog}
    for name in (RUN, NEXT):
        assert listed(place, name) == listed(other, name)
    assert indexed(place) == indexed(other)

    types = {row[2] for row in listed(place, NEXT)}
    assert types >= {
        "STEP_FAILURE",
        "ASSET_CHECK_EVALUATION",
        "ASSET_OBSERVATION",
        "PIPELINE_FAILURE",
    }
    assert {row[3] for row in indexed(place)["checks"]} >= {None}
    tags = dict(next(r[-1] for r in listed(place, NEXT) if r[4] == '["country"]' and r[-1]))
    assert tags["dagster/data_version"] == "three"
    assert any(tag.startswith("dagster/input_event_pointer") for tag in tags)
    assert sorted(p.name for p in runs(place).iterdir()) == sorted(
        p.name for p in runs(other).iterdir()
    )


def test_a_folder_of_the_commit_before_goes_on(tmp_path: Path) -> None:
    place = own(tmp_path / "dagster")
    with dg.DagsterInstance.from_config(str(place)) as instance:
        event_job.run(instance, RUN)
        old = instance.event_log_storage.get_logs_for_run(RUN)
    prepare_dagster_home(place)
    with dg.DagsterInstance.from_config(str(place)) as instance:
        assert isinstance(instance.event_log_storage, BatchedEventLog)
        event_job.run(instance, NEXT)
        assert [run.run_id for run in instance.get_runs()] == [NEXT, RUN]
        assert instance.event_log_storage.get_logs_for_run(RUN) == old
        assert len(instance.event_log_storage.get_logs_for_run(NEXT)) == len(old)
        first = instance.get_latest_materialization_event(dg.AssetKey("first"))
        assert first and first.run_id == NEXT
    # And back: Dagster's own class reads what the batches left.
    own(place)
    with dg.DagsterInstance.from_config(str(place)) as instance:
        assert type(instance.event_log_storage) is SqliteEventLogStorage
        assert len(instance.event_log_storage.get_logs_for_run(NEXT)) == len(old)


def test_a_child_process_of_dagsters_daemon_gets_the_same(instance: dg.DagsterInstance) -> None:
    with dg.DagsterInstance.from_ref(instance.get_ref()) as child:
        child.event_log_storage.store_event(say(RUN, "from the child"))
    assert isinstance(child.event_log_storage, BatchedEventLog)
    assert texts(instance.event_log_storage, RUN) == ["from the child"]


def test_dagsters_pages_see_an_event_in_time(place: Path, instance: dg.DagsterInstance) -> None:
    storage = instance.event_log_storage
    storage.store_event(say(RUN, "begun"))
    cursor = storage.get_records_for_run(RUN).cursor
    watcher = program("watch", place, RUN, cursor)
    try:
        assert watcher.stdout and watcher.stdout.readline() == "watching\n"
        for text in ("one", "two"):
            told = time.time()
            storage.store_event(say(RUN, text))
            seen, at = watcher.stdout.readline().split()
            assert (seen, float(at) - told < SOON) == (text, True)
    finally:
        watcher.kill()
        watcher.communicate()


def test_two_threads_lose_nothing_and_double_nothing(instance: dg.DagsterInstance) -> None:
    storage = instance.event_log_storage
    sizes: list[int] = []

    def tell(name: str) -> None:
        for number in range(80):
            storage.store_event(say("both", f"{name} {number}"))
            storage.store_event(say(name, str(number)))
            if number % 20 == 0:
                sizes.append(len(storage.get_logs_for_run("both")))

    threads = [threading.Thread(target=tell, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = texts(storage, "both")
    for name in "ab":
        assert [text for text in found if text[0] == name] == [f"{name} {n}" for n in range(80)]
        assert texts(storage, name) == [str(n) for n in range(80)]
    assert len(found) == 160
    assert min(sizes) > 0
    ids = [record.storage_id for record in storage.get_records_for_run("both").records]
    assert ids == list(range(1, 161))


def test_what_was_stored_is_read_at_once(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = instance.event_log_storage
    key = dg.AssetKey("table")
    for text in ("once", "again"):
        storage.store_event(made(RUN, "table", text))
        (record,) = storage.get_asset_records([key, dg.AssetKey("unheard-of")])
        last = record.asset_entry.last_materialization
        assert last and last.asset_materialization
        assert last.asset_materialization.metadata["text"].value == text
        with monkeypatch.context() as patched:  # from now on from memory
            patched.setattr(storage, "_opened", None)
            assert storage.get_asset_records([key]) == [record]
    records = storage.fetch_materializations(key, limit=5).records
    assert records[0].storage_id == record.asset_entry.last_materialization_storage_id
    assert texts(storage, RUN) == ["once", "again"]

    storage.store_event(made(RUN, "other", "third"))
    assert [r.asset_entry.asset_key.path for r in storage.get_asset_records()] == [
        ["other"],
        ["table"],
    ]
    storage.wipe_asset(key)
    assert storage.get_asset_records([key]) == []


def test_the_memory_ends_with_the_run(instance: dg.DagsterInstance, place: Path) -> None:
    event_job.run(instance, RUN)
    key = dg.AssetKey("first")
    assert instance.get_asset_records([key])
    with dg.DagsterInstance.from_config(str(place)) as elsewhere:
        elsewhere.wipe_assets([key])
    assert instance.get_asset_records([key]) == []


def test_dagster_is_as_the_class_knows_it() -> None:
    """Fails when a release of Dagster changes what the class replaces or relies on: read
    `orchestration/defs/event_log.py` against it, then put the new hash here."""
    assert moved() == []
    found = {
        name: hashlib.sha256(
            inspect.getsource(getattr(SqliteEventLogStorage, name)).encode()
        ).hexdigest()[:12]
        for name in KNOWN
    }
    assert found == KNOWN
    assert set(LEANED_ON) - {"__init__", "conn_string_for_shard"} <= set(KNOWN)
    assert issubclass(SqliteEventLogStorage, SqlEventLogStorage)


@pytest.mark.parametrize("name", ["_connect", "store_event"])
def test_another_shape_means_dagsters_own_class(
    name: str,
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    original = getattr(SqliteEventLogStorage, name)

    def changed(self: Any, given: Any, more: Any = None) -> Any:
        return original(self, given)

    monkeypatch.setattr(SqliteEventLogStorage, name, changed)
    with dg.DagsterInstance.from_config(str(place)) as instance:
        assert type(instance.event_log_storage) is SqliteEventLogStorage
        event_job.run(instance, RUN)
        assert instance.event_log_storage.get_logs_for_run(RUN)
    warned = [r.getMessage() for r in caplog.records if r.name == "orchestration.defs.event_log"]
    assert len(warned) == 1
    assert f"has changed {name}" in warned[0]

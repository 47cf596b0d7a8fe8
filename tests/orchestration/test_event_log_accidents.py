"""Dagster's events, written in batches: a kill costs a moment of the list, and what goes wrong with
one event costs no other."""

import os
import signal
import sqlite3
import time
from pathlib import Path
from typing import Any

import dagster as dg
import event_job
import pytest
from dagster._core.storage.event_log import SqliteEventLogStorage
from event_files import NEXT, RUN, SOON, listed, made, program, runs, say, texts

from orchestration.defs.event_log import BatchedEventLog


@pytest.mark.parametrize("where", ["", "events.before_commit:5", "events.between_commits:5"])
def test_a_kill_costs_the_last_moment_of_the_list(place: Path, where: str) -> None:
    talker = program("talk", place, RUN, killpoint=where)
    assert talker.stdout
    told: list[tuple[int, float]] = []
    for line in talker.stdout:
        number, at = line.split()
        told.append((int(number), float(at)))
        if not where and told[-1][1] - told[0][1] > 3 * SOON:
            talker.kill()
            break
    rest, error = talker.communicate()
    assert talker.returncode == -signal.SIGKILL, error
    for line in rest.splitlines(keepends=True):
        if line.endswith("\n"):
            told.append((int(line.split()[0]), float(line.split()[1])))

    for file in runs(place).glob("*.db"):
        assert sqlite3.connect(file).execute("pragma integrity_check").fetchone() == ("ok",)
    in_list = [dict(row[-1])["number"] for row in listed(place, RUN) if row[-1]]
    assert in_list == [str(number) for number in range(len(in_list))]
    lasted = told[-1][1] - SOON
    assert any(at < lasted for _, at in told)
    assert [number for number, at in told if at < lasted] == [
        number for number, at in told if at < lasted and number < len(in_list)
    ]
    in_index = [dict(row[-1])["number"] for row in listed(place, "index") if row[-1]]
    assert in_index == in_list[: len(in_index)]
    if where.startswith("events.between"):
        assert len(in_index) < len(in_list)  # the list leads
    else:
        assert in_index == in_list

    with dg.DagsterInstance.from_config(str(place)) as instance:
        run = instance.get_run_by_id(RUN)
        assert run and run.status == dg.DagsterRunStatus.STARTED
        instance.report_run_failed(run, "killed")
        event_job.run(instance, NEXT)
    ids = [row[0] for row in listed(place, RUN)]
    assert ids == list(range(1, len(ids) + 1))
    assert listed(place, RUN)[-1][2] == "PIPELINE_FAILURE"
    assert listed(place, NEXT)


def test_an_event_that_cannot_be_written_takes_no_other_with_it(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = instance.event_log_storage
    assert isinstance(storage, BatchedEventLog)
    write = SqliteEventLogStorage.store_event

    def refuse(self: Any, event: dg.EventLogEntry) -> None:
        write(self, event)
        if event.user_message == "bad":
            raise OSError("no room")

    monkeypatch.setattr(SqliteEventLogStorage, "store_event", refuse)
    for text in ("one", "two", "bad", "three"):
        storage.store_event(say(RUN, text))
    with pytest.raises(OSError, match="no room"):
        storage.flush()
    assert texts(storage, RUN) == ["one", "two", "three"]

    # Of a batch that the clock wrote, the next event of Dagster's own hears.
    storage.store_event(say(RUN, "bad"))
    deadline = time.monotonic() + 30
    while storage._failure is None and time.monotonic() < deadline:
        time.sleep(0.05)
    storage.store_event(say(RUN, "a log line"))
    with pytest.raises(OSError, match="no room"):
        storage.store_event(made(RUN, "table", "four"))
    assert texts(storage, RUN) == ["one", "two", "three", "a log line", "four"]


def test_an_event_in_the_list_is_not_written_twice(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(place: str) -> None:
        if place == "events.between_commits":
            raise OSError("no room for the index")

    storage = instance.event_log_storage
    assert isinstance(storage, BatchedEventLog)
    storage.store_event(made(RUN, "table", "one"))
    storage.store_event(made(RUN, "table", "two"))
    with monkeypatch.context() as patched:
        patched.setattr("orchestration.defs.event_log.killpoint", fail)
        with pytest.raises(OSError, match="no room for the index"):
            storage.flush()
    assert texts(storage, RUN) == ["one", "two"]
    assert storage.get_asset_records([dg.AssetKey("table")]) == []


def test_a_forked_process_leaves_the_batch_to_its_parent(instance: dg.DagsterInstance) -> None:
    storage = instance.event_log_storage
    storage.store_event(say(RUN, "parent"))
    child = os.fork()
    if not child:
        try:
            storage.store_event(say(RUN, "child"))
            storage.flush()  # type: ignore[attr-defined]
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert sorted(texts(storage, RUN)) == ["child", "parent"]

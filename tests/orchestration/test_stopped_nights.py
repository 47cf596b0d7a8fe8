"""A night that was stopped, or killed, says so: in its report and in `clientele status`."""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from extracts_of_a_day import deliver_extracts
from harness import FakeDbt, FakeGates, Outcome, run_night, settings_for

from orchestration.cli.status import show_status
from orchestration.control.lease import Lease, boot_id
from orchestration.control.store import ControlStore
from orchestration.night.night import Night

STOPPED = "stopped by SIGTERM, from a person or the machine. Nothing was published;"


def _stop(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGTERM)


class StoppedDbt(FakeDbt):
    """Is interrupted as a library may be that raises an error of its own."""

    def build(self, inputs: Path, select: Any, exclude: Any = (), **given: Any) -> Any:  # type: ignore[override]
        if given["target"] == "core":
            try:
                _stop()
            except BaseException:
                raise OSError("the connection was closed") from None
        return super().build(inputs, select, exclude, **given)


@pytest.fixture
def night(
    tmp_path: Path, location: Any, manifest: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Outcome]:
    settings = settings_for(tmp_path)
    deliver_extracts(tmp_path)

    def run(dbt: type[FakeDbt] = FakeDbt) -> Outcome:
        made = dbt(settings.home.dbt, manifest)
        return run_night(location, settings, made, FakeGates(), monkeypatch)

    return run


def _status(capsys: pytest.CaptureFixture[str]) -> list[str]:
    capsys.readouterr()
    show_status(files=False, syncs=False)
    return capsys.readouterr().out.splitlines()


def test_a_signal_is_told_whatever_it_turned_into(
    night: Callable[..., Outcome], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = night(StoppedDbt).report
    assert report is not None
    assert (report["status"], report["exit_code"]) == ("failed", 1)
    assert report["errors"][0].startswith(STOPPED)
    assert json.loads((tmp_path / "nights" / "latest.json").read_text()) == report
    told = [line for line in _status(capsys) if line.startswith("why")]
    assert told[0].startswith(f"why        {STOPPED}") and "clientele nightly" in told[0]


def test_a_signal_between_two_steps_is_told(
    night: Callable[..., Outcome], location: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(location.session, "say", lambda line: _stop() if line == "core" else None)
    report = night().report
    assert report is not None and report["status"] == "failed"
    assert report["errors"][0].startswith(STOPPED)


def test_a_signal_after_publishing_waits_for_the_next_night(
    night: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish = Night.publish

    def stopped(self: Night) -> int:
        moved = publish(self)
        _stop()
        return moved

    monkeypatch.setattr(Night, "publish", stopped)
    report = night().report
    assert report is not None
    assert (report["status"], report["exit_code"]) == ("published", 3)
    assert "stopped by SIGTERM" in report["waiting"][0]["what"]


def _die(home: Path, run_id: str, as_of: str) -> None:
    """What a night leaves that is killed with its process."""
    store = ControlStore.open(home / "control" / "clientele.sqlite")
    with store.transaction() as db:
        db.execute(
            "insert into runs (run_id, kind, as_of, status, pid, boot_id, started_at)"
            " values (?, 'nightly', ?, 'running', ?, ?, '2100-01-01')",
            [run_id, as_of, os.getpid(), boot_id()],
        )
        db.execute(
            "update lease set run_id = ?, pid = ?, boot_id = ?, heartbeat_at = '2100-01-01T00:00Z'",
            [run_id, os.getpid(), boot_id()],
        )
    store.close()


def test_a_killed_night_is_dead_at_once_and_reported_by_the_next(
    night: Callable[..., Outcome], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = night().report
    assert first is not None
    _die(tmp_path, "killed", first["as_of"])
    lines = _status(capsys)
    assert not any(line.startswith("running") or "exit None" in line for line in lines)
    assert lines[1].endswith("nightly died  run killed")
    assert lines[2].startswith("why        run killed died: its process was killed")
    assert "Nothing of it was published; the next night goes on by itself" in lines[2]
    night()
    told = json.loads((tmp_path / "nights" / "killed.json").read_text())
    assert (told["status"], told["exit_code"]) == ("failed", 1)
    assert told["errors"][0].startswith("run killed died")


def test_a_night_killed_after_its_pointer_moved_says_that_readers_see_it(
    night: Callable[..., Outcome], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = night().report
    assert first is not None
    store = ControlStore.open(tmp_path / "control" / "clientele.sqlite")
    with store.transaction() as db:
        db.execute("update runs set status = 'running', exit_code = null, report = null")
    assert any("Readers see it; what it had not sent" in line for line in _status(capsys))
    with Lease.acquire(store, first["run_id"]):
        assert "running" in _status(capsys)[0]

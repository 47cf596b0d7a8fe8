"""One writer at a time, also where a pid means nothing; and whoever has lost the lease writes
nothing more."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from extracts_of_a_day import deliver_extracts
from harness import FakeDbt, FakeGates, run_night, settings_for
from lost_lease import take_over

from ingestion.entry import Entry
from ingestion.ledger import Ledger
from orchestration.cli.holds import decide
from orchestration.cli.identity import manage as manage_identity
from orchestration.cli.rollback import roll_back
from orchestration.control.audit import write_audit
from orchestration.control.lease import DEAD_AFTER, Lease, LeaseHeldError, LeaseLostError, holder
from orchestration.control.store import ControlStore
from orchestration.night.night import Night
from orchestration.reverse_etl.clock import SYSTEM_CLOCK
from orchestration.reverse_etl.holds import approve
from orchestration.reverse_etl.outbox import Outbox
from orchestration.reverse_etl.protocol import Outcome, Row
from orchestration.reverse_etl.result import SyncResult
from orchestration.warehouse.generations import Generations

PROJECT = Path(__file__).parents[2]
ACQUIRE = """
import sys
from pathlib import Path
from orchestration.control.lease import Lease, LeaseHeldError
from orchestration.control.store import ControlStore
store = ControlStore.open(Path(sys.argv[1]))
try:
    Lease.acquire(store, "second")
except LeaseHeldError as error:
    print(error)
else:
    print("writes")
"""


@pytest.fixture
def store(tmp_path: Path) -> ControlStore:
    return ControlStore.open(tmp_path / "control" / "clientele.sqlite")


def _namespace() -> list[str]:
    """The command that starts another one in a pid namespace of its own; empty where this machine
    lets nobody."""
    for rights in ([], ["--map-root-user"]):
        command = ["unshare", *rights, "--pid", "--fork", "--mount-proc"]
        if (
            shutil.which("unshare")
            and subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0
        ):
            return command
    return []


def test_the_owner_is_found_from_another_pid_namespace(store: ControlStore) -> None:
    command = _namespace()
    if not command:
        pytest.skip("this machine makes no pid namespaces")
    with Lease.acquire(store, "first"):
        said = subprocess.run(
            [*command, sys.executable, "-c", ACQUIRE, str(store.path)],
            cwd=PROJECT,
            env=os.environ | {"PYTHONPATH": str(PROJECT)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    assert said.startswith(f"run first (process {os.getpid()},")


def test_the_owner_is_found_whose_pid_is_nobodys_here(store: ControlStore) -> None:
    other = ControlStore.open(store.path)
    with Lease.acquire(store, "first"):
        with other.transaction() as db:
            db.execute("update lease set pid = 4194305")  # above the largest there is
        assert holder(other)["run_id"] == "first"  # type: ignore[index]
        with pytest.raises(LeaseHeldError, match="run first "):
            Lease.acquire(other, "second")
    assert holder(other) is None


@pytest.mark.parametrize("beats", [True, False])
def test_the_heartbeat_decides_about_another_machine(store: ControlStore, beats: bool) -> None:
    age = timedelta(seconds=5) if beats else DEAD_AFTER + timedelta(seconds=5)
    with store.transaction() as db:
        db.execute(
            "update lease set run_id = 'there', pid = 1, boot_id = 'elsewhere', heartbeat_at = ?",
            [(datetime.now(UTC) - age).strftime("%Y-%m-%dT%H:%M:%S.%fZ")],
        )
    if beats:
        assert holder(store)["run_id"] == "there"  # type: ignore[index]
        with pytest.raises(LeaseHeldError, match=r"run there \(process 1 of another machine"):
            Lease.acquire(store, "here")
    else:
        assert holder(store) is None
        Lease.acquire(store, "here").release()


ENTRY = Entry(
    **{field: 1 if kind in (int, "int") else None for field, kind in Entry.__annotations__.items()}
    | dict(sequence=1, file_id="f", sha256="s", source="s", table_name="t", path="p", size=1)
    | dict(as_of="a", run_id="r", contract_version=1, status="refused", loaded_at="t")
)
ROW = Row("k", "upsert", 1, "i", "{}", "h", None, None, "kh", None, True, False)


def _outbox(store: ControlStore) -> Outbox:
    return Outbox(store, "a_list", "r", "a", "secret", SYSTEM_CLOCK, "same_key")


WRITES: dict[str, Callable[[ControlStore], object]] = {
    "ledger, a file": lambda s: Ledger(s).record([ENTRY], [], [], datetime(2026, 7, 1)),
    "ledger, a revision": lambda s: Ledger(s).prepare(ENTRY, {}),
    "ledger, revisions taken up": lambda s: Ledger(s).take_up(["s"], datetime(2026, 7, 1), "r"),
    "ledger, rows settled": lambda s: Ledger(s).settle(ENTRY, "a person"),
    "outbox, queued": lambda s: _outbox(s).exchange([], [ROW]),
    "outbox, settled": lambda s: _outbox(s).exchange([(ROW, Outcome("acknowledged"))], []),
    "outbox, withheld": lambda s: _outbox(s).withhold([ROW]),
    "a run of a sync": lambda s: SyncResult("r", "l", "d", "g", "a", "t", "t").record(s),
    "a hold": lambda s: approve(s, 1, "a person"),
    "the audit": lambda s: write_audit(s, "did", "something", ""),
}


@pytest.mark.parametrize("write", WRITES)
def test_a_lost_lease_refuses_every_write(store: ControlStore, write: str) -> None:
    lease = Lease.acquire(store, "first")
    take_over(store.path)
    before = _content(store)
    with pytest.raises(LeaseLostError, match="run first lost the lease"):
        WRITES[write](store)
    assert _content(store) == before
    lease.release()
    assert _content(store) == before


def _content(store: ControlStore) -> dict[str, list[tuple[object, ...]]]:
    tables = store.query("select name from sqlite_schema where type = 'table'")
    return {
        name: [tuple(row) for row in store.query(f"select * from {name}")] for (name,) in tables
    }


@pytest.fixture
def night(
    tmp_path: Path, location: Any, manifest: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> Callable[[], Any]:
    settings = settings_for(tmp_path)
    deliver_extracts(tmp_path)
    dbt = FakeDbt(settings.home.dbt, manifest)
    return lambda: run_night(location, settings, dbt, FakeGates(), monkeypatch)


def test_a_night_that_lost_the_lease_moves_no_reader_and_sends_nothing(
    night: Callable[[], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seal = Night.seal

    def sealed_too_late(self: Night) -> Any:
        sealed = seal(self)
        take_over(self.store.path)
        return sealed

    monkeypatch.setattr(Night, "seal", sealed_too_late)
    outcome = night()
    assert "lost the lease to run" in outcome.failure
    assert outcome.failure.startswith("nothing was published")
    assert Generations(tmp_path / "generations").pointed_to() is None
    store = ControlStore.open(tmp_path / "control" / "clientele.sqlite")
    assert store.query("select * from sync_runs") == store.query("select * from outbox") == []
    assert store.query("select * from segment_changes") == []
    assert [row["status"] for row in store.query("select status from runs")] == ["failed"]


@pytest.mark.parametrize(
    "command",
    [
        lambda: decide("dismiss", 1),
        lambda: manage_identity("same", ("a:1", "a:2"), whole=False, reason="one"),
        lambda: manage_identity("revoke", ("1",), whole=False, reason=None),
        lambda: roll_back(None) or roll_back("another"),
    ],
    ids=["holds dismiss", "identity same", "identity revoke", "rollback"],
)
def test_a_command_that_writes_waits_for_the_night(
    night: Callable[[], Any], tmp_path: Path, command: Callable[[], object]
) -> None:
    outcome = night()
    store = ControlStore.open(tmp_path / "control" / "clientele.sqlite")
    with store.transaction() as db:
        db.execute(
            "update runs set run_id = 'another' where run_id = ?", [outcome.report["run_id"]]
        )
    for path in (tmp_path / "generations").glob(f"gen-{outcome.report['run_id']}.json"):
        shutil.copy(path, path.with_name("gen-another.json"))
    with Lease.acquire(store, "a night"), pytest.raises(LeaseHeldError, match="run a night "):
        command()

"""Part of what is closed by default: how many nights two pid namespaces can begin at once, whether
whoever lost the lease still writes, and whether flipped bits of the control store are seen.
"""

import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from closed_lease_store import fill, flipped, guarded_pages, published_generation, rows_read
from commands import figure

from ingestion.ledger import Ledger
from orchestration.control.digests import StoreDamagedError
from orchestration.control.lease import Lease, LeaseHeldError, LeaseLostError
from orchestration.control.store import ControlStore
from orchestration.night.night import Night
from orchestration.reverse_etl.clock import SYSTEM_CLOCK
from orchestration.reverse_etl.outbox import Outbox
from orchestration.reverse_etl.protocol import Outcome, Row
from orchestration.settings import PROJECT, load_settings
from orchestration.warehouse import publish as publishing
from tests.orchestration.lost_lease import take_over

AS_OF = datetime(2026, 1, 1)
ROW = Row("k", "upsert", 1, "i", "{}", "h", None, None, "kh", None, True, False)


def measure(size: str = "full") -> list[dict[str, Any]]:
    """The figures of the lease and of the control store's digests."""
    tries, rounds, flips = (10, 3, 100) if size == "full" else (1, 1, 5)
    with tempfile.TemporaryDirectory(prefix="clientele-lease-") as folder:
        return [
            _second_nights(Path(folder) / "nights", tries),
            _fenced(Path(folder) / "fenced", rounds),
            *_bit_flips(Path(folder) / "flips", flips),
        ]


def _second_nights(home: Path, tries: int) -> dict[str, Any]:
    """Nights that begin while another one of the same home is under way, in another pid
    namespace: from inside and from outside."""
    home.mkdir()
    apart = _namespace()
    began = 0
    for owner, first, second in (("inside", apart, []), ("outside", [], apart)):
        with _night(home, owner, first) as said:
            if said != "began":
                raise RuntimeError(f"the first night did not begin: {said}")
            for number in range(tries):
                with _night(home, f"beside-{owner}-{number}", second) as said:
                    began += said == "began"
                    if said != "began" and f"run {owner} " not in said:
                        raise RuntimeError(f"the second night ended otherwise: {said}")
    note = (
        f"of {2 * tries} tried, half of them with the first night inside, half with the second"
        if apart
        else f"of {2 * tries} tried; this machine makes no pid namespaces, so all were in one"
    )
    return figure("second_namespace_nights", began, "nights", "= 0", note)


def _namespace() -> list[str]:
    """The command that starts another one in a pid namespace of its own; empty where this machine
    lets nobody."""
    for rights in ([], ["--map-root-user"]):
        command = ["unshare", *rights, "--pid", "--fork", "--kill-child", "--mount-proc"]
        if (
            shutil.which("unshare")
            and subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0
        ):
            return command
    return []


@contextmanager
def _night(home: Path, run_id: str, apart: list[str]) -> Iterator[str]:
    """A night that has begun and waits; what it said of that."""
    command = [*apart, sys.executable, __file__, str(home), run_id]
    with subprocess.Popen(
        command,
        cwd=PROJECT,
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdin is not None and process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.communicate("end\n")


def _begin_night(home: Path, run_id: str) -> None:
    """Begin a night as the command and Dagster do, say so, and end it when told."""
    try:
        night = Night(load_settings(None, home), run_id, None, None, as_of=AS_OF)  # type: ignore[arg-type]
    except LeaseHeldError as error:
        print(error, flush=True)
        return
    print("began", flush=True)
    sys.stdin.readline()
    night.close()


def _fenced(folder: Path, rounds: int) -> dict[str, Any]:
    """Writes of a run that has lost the lease and was refused, with nothing changed by them."""
    folder.mkdir()
    store = ControlStore.open(folder / "control" / "clientele.sqlite")
    fill(store, 3)
    generations, inputs = published_generation(folder)
    ledger, outbox = Ledger(store), Outbox(store, "l", "r", "a", "s", SYSTEM_CLOCK, "same_key")
    entry = ledger.entries()[0]
    writes: dict[str, Callable[[], object]] = {
        "ledger: record": lambda: ledger.record([], [entry], [], AS_OF),
        "ledger: prepare": lambda: ledger.prepare(entry, {}),
        "ledger: take up": lambda: ledger.take_up([entry.source], AS_OF, "r"),
        "ledger: settle": lambda: ledger.settle(entry, "a person"),
        "outbox: queue": lambda: outbox.exchange([], [ROW]),
        "outbox: settle": lambda: outbox.exchange([(ROW, Outcome("acknowledged"))], []),
        "outbox: withhold": lambda: outbox.withhold([ROW]),
        "publish": lambda: publishing.publish(generations, store, inputs, folder / "ids"),
    }
    tried = refused = 0
    with closing(store):
        for _ in range(rounds):
            for write in writes.values():
                tried += 1
                with Lease.acquire(store, "first"):
                    take_over(store.path)
                    refused += _is_refused(store, write) and generations.pointed_to() is None
            for place in ("publish.after_ids", "publish.after_segments"):
                tried += 1
                with Lease.acquire(store, "first"), _lost_at(place, store.path):
                    refused += _is_refused(store, writes["publish"], but_histories=True)
                refused -= generations.pointed_to() is not None
    note = f"of {tried} tried over {', '.join(writes)}, publish lost at three places"
    return figure("fenced", refused, "writes", f"= {tried} and >= 20" if tried >= 20 else "", note)


def _is_refused(
    store: ControlStore, write: Callable[[], object], *, but_histories: bool = False
) -> bool:
    before = rows_read(store)
    try:
        write()
    except LeaseLostError:
        return but_histories or rows_read(store) == before
    return False


@contextmanager
def _lost_at(place: str, path: Path) -> Iterator[None]:
    """The lease is lost when publishing arrives at a place."""
    killpoint = publishing.killpoint

    def lose(name: str) -> None:
        if name == place:
            take_over(path)

    publishing.killpoint = lose
    try:
        yield
    finally:
        publishing.killpoint = killpoint


def _bit_flips(folder: Path, flips: int) -> list[dict[str, Any]]:
    """Bits flipped in the file, one at a time, then read as whoever writes begins: by its lease."""
    folder.mkdir()
    path = folder / "control" / "clientele.sqlite"
    store = ControlStore.open(path)
    fill(store, 400)
    before = rows_read(store)
    store.close()
    guarded, rest = guarded_pages(path)
    dice = random.Random(7)
    figures = []
    for name, pages, bar in (
        ("silent_bit_flips_control", guarded, "= 0"),
        ("silent_bit_flips_control_rest", rest, ""),
    ):
        verdicts = [_verdict(flipped(path, pages, dice), before) for _ in range(flips)]
        seen, same = verdicts.count("seen"), verdicts.count("same")
        note = f"of {flips} flipped; {seen} were named with file and table, {same} changed nothing"
        note += "" if name.endswith("control") else " that is added up (logs, rows on their way)"
        figures.append(figure(name, flips - seen - same, "bits", bar, note))
    return figures


def _verdict(path: Path, before: dict[str, list[tuple[object, ...]]]) -> str:
    try:
        with closing(ControlStore.open(path)) as store, Lease.acquire(store, "next"):
            return "same" if rows_read(store) == before else "silent"
    except StoreDamagedError:
        return "seen"


if __name__ == "__main__":
    _begin_night(Path(sys.argv[1]), sys.argv[2])

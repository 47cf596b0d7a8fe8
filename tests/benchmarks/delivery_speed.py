"""Part of topic `delivery`: what sending costs beside plain httpx, what an unchanged night costs,
and the comparison of a large segment.

Each side runs in a process of its own, `delivery_speed.py <side> <folder> [<url>]`, against
a sandbox in a third one; only the sender's own CPU is counted. Plain httpx reads the same rows,
makes the same bodies and reads the same answers, and remembers nothing.
"""

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from orchestration.control.store import ControlStore
from orchestration.reverse_etl.destinations.hubspot import HubSpot
from orchestration.reverse_etl.engine import deliver
from orchestration.reverse_etl.protocol import Batch, Destination, DestinationConfig, Outcome
from orchestration.reverse_etl.spec import SyncSpec, Thresholds

BATCH = 100
REPEATS = 3
SPEC = SyncSpec(
    name="hubspot_contacts",
    destination="hubspot",
    object="contacts",
    relation=("sync", "contacts"),
    key="customer_id",
    purpose="marketing",
    channel="email",
    contact_point="email",
    thresholds=Thresholds(first_run_rows=10_000_000),
)
_ROWS = """
create schema sync; create schema core;
create table sync.contacts as
select
    'c_' || md5('customer ' || i) as customer_id,
    'person' || i || '@example.org' as email,
    'Name ' || i % 5000 as firstname,
    'Family ' || i % 9000 as lastname,
    i % 3 = 0 as clientele_is_lapsing,
    (i % 40)::integer as clientele_orders_count,
    date '2025-01-01' + (i % 500)::integer as clientele_last_order_date,
    ((i * 7919) % 1000000 / 100)::decimal(18, 2) as clientele_historic_revenue
from range($rows) as numbers (i);
create table core.consents as
select
    email as contact_point,
    'email' as channel,
    'marketing' as purpose,
    'granted' as state
from sync.contacts;
create table core.exclusions (contact_point varchar, purpose varchar, consequence varchar);
"""


def measure_speed(size: str = "full") -> list[dict[str, Any]]:
    """Figures `send_100k_ratio`, `unchanged_requests`, `unchanged_s`,
    `diff_1m_cpu_s` and `peak_mb`."""
    rows, large = (100_000, 1_000_000) if size == "full" else (300, 1_000)
    with tempfile.TemporaryDirectory(prefix="clientele-speed-") as scratch:
        folder = Path(scratch)
        make_generation(folder / "gen.duckdb", rows)
        sends: dict[str, list[dict[str, float]]] = {"plain": [], "engine": []}
        again = []
        for repeat in range(REPEATS if size == "full" else 1):
            for side, found in sends.items():
                home = folder / f"{side}-{repeat}"
                home.mkdir()
                with sandbox() as url:
                    found.append(_run(side, folder / "gen.duckdb", home, url))
                    if side == "engine":
                        again.append(_run(side, folder / "gen.duckdb", home, url))
        make_generation(folder / "large.duckdb", large)
        settle_all(folder / "large.duckdb", folder / "large")
        diffs = [
            _run("engine", folder / "large.duckdb", folder / "large", "http://127.0.0.1:9")
            for _ in sends["engine"]
        ]
    if any(run["acknowledged"] != rows for side in sends.values() for run in side):
        raise RuntimeError("not every row was acknowledged")
    if any(run["unchanged"] != large or run["requests"] for run in diffs):
        raise RuntimeError("the large comparison found a difference where there is none")
    engine, plain = (
        statistics.median(run["cpu_s"] for run in sends[side]) for side in ("engine", "plain")
    )
    note = (
        f"{rows:,} rows at {BATCH} a request to the sandbox; median of {len(again)}, alternately,"
        " each in a process of its own"
    )
    peak = max(run["peak_mb"] for run in [*sends["engine"], *again])
    return [
        figure("send_100k_cpu_s", round(engine, 2), "s", "", note),
        figure(
            "send_100k_plain_cpu_s",
            round(plain, 2),
            "s",
            "",
            "httpx alone: same rows, bodies and answers, nothing kept",
        ),
        figure(
            "send_100k_ratio",
            round(engine / plain, 2),
            "",
            "<= 2.3",
            f"CPU of the engine / CPU of httpx alone; {note}",
        ),
        figure(
            "unchanged_requests",
            max(int(run["requests"]) for run in again),
            "requests",
            "= 0",
            "the same rows once more",
        ),
        figure(
            "unchanged_s",
            round(statistics.median(run["wall_s"] for run in again), 2),
            "s",
            "<= 2",
            "the same rows once more",
        ),
        figure("peak_mb", round(peak), "MB", "<= 300", "the whole process, sending or comparing"),
        figure(
            "diff_1m_cpu_s",
            round(statistics.median(run["cpu_s"] for run in diffs), 2),
            "s",
            "<= 5",
            (
                f"{large:,} rows against as many acknowledged ones, consent judged,"
                " nothing to send; imports not counted"
            ),
        ),
        figure(
            "diff_1m_peak_mb",
            round(max(run["peak_mb"] for run in diffs)),
            "MB",
            "",
            "the whole process",
        ),
    ]


def figure(name: str, value: Any, unit: str, bar: str, note: str) -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, "bar": bar, "note": note}


def make_generation(path: Path, rows: int) -> None:
    """A generation of contacts who all granted."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(_ROWS.replace("$rows", str(rows)))


@contextmanager
def sandbox() -> Iterator[str]:
    """The sandbox in a process of its own; its address."""
    command = [sys.executable, str(Path(__file__).with_name("delivery_processes.py"))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.kill()


class TakesAll(HubSpot):
    """HubSpot as it would be if everything arrived at once, and nothing had to be sent for it."""

    batch_rows = 10_000

    def send(self, batch: Batch) -> list[Outcome]:
        return [Outcome("acknowledged", None, str(number)) for number in range(len(batch.rows))]


def settle_all(generation: Path, home: Path) -> None:
    """Deliver a generation so that all of it is acknowledged."""
    home.mkdir(exist_ok=True)
    send_by_engine(generation, home, TakesAll(DestinationConfig("hubspot", lambda: "token")))


def send_by_engine(generation: Path, home: Path, destination: Destination) -> dict[str, float]:
    """One delivery; what it took."""
    connection = duckdb.connect()
    connection.execute(
        "set global preserve_insertion_order = false; set enable_progress_bar = false"
    )  # as every generation is opened
    connection.execute(f"attach '{generation}' as clientele (read_only)")
    connection.execute(
        "set search_path = 'clientele.main'; set variable customer_id_key = 'of the figures'"
    )
    store = ControlStore.open(home / "control" / "clientele.sqlite")
    began, before = time.monotonic(), _cpu()
    result = deliver(
        SPEC,
        store=store,
        generation=connection,
        run_id=f"run-{time.monotonic_ns()}",
        as_of=datetime(2026, 7, 1),
        destination=destination,
    )
    spent = {"cpu_s": _cpu() - before, "wall_s": time.monotonic() - began}
    store.close()
    if result.status != "done":
        raise RuntimeError(f"{result.status}: {result.message}")
    return {
        **spent,
        "acknowledged": result.acknowledged,
        "unchanged": result.unchanged,
        "requests": result.requests,
    }


def send_by_httpx(generation: Path, url: str) -> dict[str, float]:
    """The same rows by httpx and nothing else: one kept client,
    each body made, each answer read."""
    import httpx

    connection = duckdb.connect(str(generation), read_only=True)
    began, before, acknowledged, requests = time.monotonic(), _cpu(), 0, 0
    cursor = connection.execute("select * from sync.contacts order by customer_id")
    names = [column[0] for column in cursor.description or ()][1:]
    with httpx.Client(
        base_url=url, headers={"Authorization": "Bearer token", "Content-Type": "application/json"}
    ) as client:
        while rows := cursor.fetchmany(BATCH):
            inputs = [
                {
                    "id": row[0],
                    "idProperty": "clientele_customer_id",
                    "properties": dict(zip(names, map(str, row[1:]), strict=True)),
                    "objectWriteTraceId": row[0],
                }
                for row in rows
            ]
            answer = client.post(
                "/hubspot/crm/v3/objects/contacts/batch/upsert",
                content=json.dumps({"inputs": inputs}),
            )
            acknowledged += len(answer.raise_for_status().json()["results"])
            requests += 1
    return {
        "cpu_s": _cpu() - before,
        "wall_s": time.monotonic() - began,
        "acknowledged": acknowledged,
        "requests": requests,
    }


def _main(side: str, generation: Path, home: Path, url: str) -> None:
    if side == "plain":
        measured = send_by_httpx(generation, url)
    else:
        config = DestinationConfig(
            "hubspot", lambda: "token", f"{url}/hubspot", {"rate_limit": "none"}
        )
        measured = send_by_engine(generation, home, HubSpot(config))
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**measured, "peak_mb": peak_mb}))


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _run(side: str, *arguments: Path | str) -> dict[str, float]:
    command = [sys.executable, __file__, side, *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    measured: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    print(f"  {side}: {measured}", file=sys.stderr, flush=True)
    return measured


if __name__ == "__main__":
    _main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])

"""Part of topic `identity`: what stitching costs beside the floor,
which is to hash and write the distinct ids once.

Every side runs in a process of its own on the same edges:
`python identity_stitching.py <side> <home>` prints what it took.
"""

import json
import resource
import statistics
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from identity_layer import PHONE_COLUMNS, build_layer, laboratory_inputs, make_template, start

from orchestration.warehouse.connection import connect
from orchestration.warehouse.dbt_runner import DbtRunner
from orchestration.warehouse.inputs import Inputs, Relation

AS_OF = datetime(2026, 6, 30, 22)
REPEATS = 5
# Two records in five of a person are told by another address or number than the rest, so that
# groups hang together by several links.
RECORDS_SQL = """
select
    'shopify_orders:' || (5000000000000 + range) as record_id,
    'email:person.' || person || if(range % 4 = 0, '.private', '')
        || '@mail' || person % 90 || '.example.net' as email_node,
    'phone:+4915' || lpad((person * 2 + (range % 5 = 0)::integer)::varchar, 9, '0') as phone_node
from (select range, (range * 2654435761) % $persons as person from range($records))
"""
EDGES_SQL = """
create table clientele.identity.identity_edges as
select
    record_id as left_node,
    unnest([email_node, phone_node]) as right_node,
    true as is_strong
from ({records})
"""
SOURCE_RECORDS_SQL = """
create table clientele.identity.source_records as
select
    'shopify' as source_name, record_id,
    map {{'email': email_node[7:], 'phone': phone_node[7:]}} as identifiers,
    null::varchar as country_code, null::varchar as first_name, null::varchar as last_name,
    null::varchar as city, null::varchar as postcode,
    timestamp '2026-01-01' as first_seen_at, timestamp '2026-06-01' as last_seen_at
from ({records})
"""
FLOOR_SQL = """
create or replace table clientele.identity.floor as
select node, hash(node) as number
from (
    select left_node as node from identity.identity_edges
    union all
    select right_node from identity.identity_edges
)
group by node
"""


def measure(size: str = "full") -> list[dict[str, Any]]:
    """Ten million edges beside the floor, the whole layer on them, and fifty million at all."""
    edges, many = (10_000_000, 50_000_000) if size == "full" else (2_000, 10_000)
    repeats = REPEATS if size == "full" else 1
    runs: dict[str, list[dict[str, float]]] = {"floor": [], "contraction": []}
    with TemporaryDirectory(prefix="clientele-figures-") as folder:
        home = Path(folder)
        make_template(DbtRunner(home / "dbt"), home / "template", AS_OF)
        _make(home, edges)
        for repeat in range(repeats):
            for side, found in runs.items():
                found.append(_run(side, home))
                print(
                    f"  {edges:,} edges, {side}, {repeat + 1} of {repeats}: {found[-1]}",
                    file=sys.stderr,
                    flush=True,
                )
        layer = _run("layer", home)
        print(f"  {edges:,} edges, layer: {layer}", file=sys.stderr, flush=True)
        _make(home, many)
        large = _run("contraction", home)
        print(f"  {many:,} edges, contraction: {large}", file=sys.stderr, flush=True)
    floor, contraction = (
        statistics.median(run["cpu_s"] for run in runs[side]) for side in ("floor", "contraction")
    )
    nodes = int(runs["floor"][0]["nodes"])
    note = (
        f"{edges:,} edges with string ids, {nodes:,} distinct; median of {repeats}, alternately,"
        " start-up of dbt apart"
    )
    peak = max(run["peak_gib"] for run in runs["contraction"])
    whole = (
        "normalise, block, count holders, edges, contract, limits, devices, ids, aliases, changes"
    )
    return [
        _figure("edges_10m_cpu_s", round(contraction, 1), "s", "", note),
        _figure(
            "edges_10m_floor_cpu_s",
            round(floor, 1),
            "s",
            "",
            "hash and write the distinct ids once",
        ),
        _figure(
            "edges_10m_ratio",
            round(contraction / max(floor, 0.001), 2),
            "",
            "<= 2.2",
            f"connected components / floor; {note}",
        ),
        _figure("edges_10m_peak_gib", peak, "GiB", "<= 4", "the whole process"),
        _figure(
            "edges_50m_peak_gib",
            large["peak_gib"],
            "GiB",
            "<= 16",
            f"{many:,} edges; the whole process",
        ),
        _figure("edges_50m_cpu_s", round(large["cpu_s"], 1), "s", "", f"{many:,} edges"),
        _figure(
            "identity_layer_10m_cpu_s",
            round(layer["cpu_s"], 1),
            "s",
            "",
            f"the whole layer on the same edges: {whole}",
        ),
        _figure(
            "identity_layer_10m_ratio",
            round(layer["cpu_s"] / contraction, 2),
            "",
            "",
            "whole layer / connected components; aim 3",
        ),
        _figure("identity_layer_10m_peak_gib", layer["peak_gib"], "GiB", "", "the whole process"),
    ]


def _make(home: Path, edges: int) -> None:
    """A generation with the edges, and one with the records that carry them."""
    records = RECORDS_SQL.replace("$persons", str(max(edges // 5, 2))).replace(
        "$records", str(edges // 2)
    )
    start(
        home / "template" / "generation.duckdb",
        laboratory_inputs(home / "edges", AS_OF),
        EDGES_SQL.format(records=records),
    )
    if (home / "layer").exists():
        return
    inputs = _layer_inputs(home)
    start(
        home / "template" / "generation.duckdb", inputs, SOURCE_RECORDS_SQL.format(records=records)
    )
    connection = connect(inputs)
    connection.execute(
        "copy (select distinct identifiers['phone'] as raw_phone, null::varchar as country_code,"
        " true as is_stated,"
        " identifiers['phone'] as e164"
        f" from identity.source_records) to '{home / 'layer' / 'phones.parquet'}' (format parquet)"
    )
    connection.close()


def _layer_inputs(home: Path) -> Inputs:
    phones = {"steps.phones": Relation(PHONE_COLUMNS, (str(home / "layer" / "phones.parquet"),))}
    return laboratory_inputs(home / "layer", AS_OF, phones)


def _run(side: str, home: Path) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, __file__, side, str(home)], stdout=subprocess.PIPE, text=True, check=True
    )
    measured: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return measured


def _side(side: str, home: Path) -> dict[str, float]:
    """CPU and wall of one side alone, without imports and dbt's parse;
    peak memory of the whole process."""
    inputs = _layer_inputs(home) if side == "layer" else laboratory_inputs(home / "edges", AS_OF)
    if side == "floor":
        connection = connect(inputs, write=True)
        began, cpu = time.monotonic(), _cpu()
        connection.execute(FLOOR_SQL)
        took, used = time.monotonic() - began, _cpu() - cpu
        nodes = connection.execute("select count(*) from identity.floor").fetchall()[0][0]
        connection.execute("drop table clientele.identity.floor")
        connection.close()
    else:
        runner = DbtRunner(home / "dbt")
        runner.parse()
        began, cpu, nodes = time.monotonic(), _cpu(), 0
        build_layer(runner, inputs, *(("identity_candidates", "") if side == "contraction" else ()))
        took, used = time.monotonic() - began, _cpu() - cpu
    return {
        "cpu_s": round(used, 3),
        "wall_s": round(took, 1),
        "peak_gib": round(_peak_gib(), 2),
        "nodes": nodes,
    }


def _peak_gib() -> float:
    """Of this program alone: `ru_maxrss` begins with what the parent had."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024**2


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _figure(name: str, value: Any, unit: str, bar: str, note: str = "") -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, "bar": bar, "note": note}


if __name__ == "__main__":
    print(json.dumps(_side(sys.argv[1], Path(sys.argv[2]))))

"""Topic `extracts`: what damage is caught, and what loading with all checks costs beside DuckDB's
own readers that check nothing."""

import json
import os
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
from damage import judge_corpus
from damage_verdicts import figures_of
from extract_sides import LEADS, rows_of
from extracts_kills import measure_kills, measure_listing

SEED = 20260701


@dataclass(frozen=True)
class Size:
    """How much of everything is measured."""

    damaged_files: int
    corpus: str
    events: int
    leads: int
    files: int
    repeats: int


SIZES = {
    "full": Size(3200, "full", 10_000_000, 4_000_000, 16, 3),
    "trial": Size(1100, "slice", 1_000_000, 1_000_000, 16, 3),
    "tiny": Size(60, "slice", 4_000, 4_000, 2, 1),
}

# The shapes of the sample shop's tracker: page, track and identify calls, anonymous and known,
# some with a campaign.
EVENTS_SQL = """
select
    '{"messageId":"' || substr(md5('message ' || i), 1, 24) || '","type":"' || kind
    || '","anonymousId":"' || md5('device ' || i // 9)
    || '","userId":' || if(i % 5 = 0, '"' || (1000000 + i // 20) || '"', 'null')
    || case kind
        when 'page' then ',"properties":{"path":"/products/' || product || '"}'
        when 'identify'
            then ',"traits":{"email":"person' || i // 20 || '@example.com","phone":"+49151'
                || (10000000 + i // 20) || '"}'
        else ',"event":"Product Added","properties":{"product":"' || product || '","price":"'
            || i % 900 || '.50"}'
    end
    || ',"context":{"page":{"url":"https://shop.example/products/' || product
    || '","referrer":"https://shop.example/' || i % 70 || '"}'
    || if(
        i % 3 = 0,
        ',"campaign":{"source":"google","medium":"cpc","name":"spring_' || i % 12 || '"}',
        ''
    )
    || '},"timestamp":"' || strftime(moment, '%Y-%m-%dT%H:%M:%S.%gZ')
    || '","receivedAt":"' || strftime(moment + interval 1 second, '%Y-%m-%dT%H:%M:%S.%gZ')
    || '"}' as line
from (
    select
        range as i,
        case
            when range % 10 < 7 then 'page'
            when range % 10 < 9 then 'track'
            else 'identify'
        end as kind,
        substr(md5('product ' || range % 5000), 1, 12) as product,
        timestamp '2026-01-01' + to_milliseconds(range * 777) as moment
    from range($first, $last)
)
"""
LEADS_SQL = """
select
    '00Q' || substr(md5('lead ' || i), 1, 15) as id,
    ['Ann', 'Bob', 'Chloé', 'Dieter', 'Eve'][1 + i % 5] as first_name,
    'Family ' || substr(md5('name ' || i % 20000), 1, 8) as last_name,
    'person' || i || '@example.com' as email,
    if(i % 3 = 0, null, '+49 151 ' || (10000000 + i)) as phone,
    'Company ' || i % 50000 || if(i % 10 = 0, ', Inc.', ' GmbH') as company,
    'Long Street ' || i % 300 || if(i % 40 = 0, chr(10) || 'Floor "' || i % 9 || '"', '') as street,
    ['Berlin', 'Paris', 'Wien', 'Zürich'][1 + i % 4] as city,
    lpad((i % 99999)::varchar, 5, '0') as postal_code,
    ['DE', 'FR', 'AT', 'CH'][1 + i % 4] as country,
    ['Web', 'Phone Inquiry', 'Partner Referral', null][1 + i % 4] as lead_source,
    ['Open - Not Contacted', 'Working - Contacted', 'Closed - Converted'][1 + i % 3] as status,
    ((i * 7919) % 100000000 / 100)::decimal(18, 2) as annual_revenue,
    i % 5000 as number_of_employees,
    i % 50 = 0 as is_deleted,
    strftime(moment, '%Y-%m-%dT%H:%M:%S.000Z') as created_date,
    strftime(moment + interval 1 day, '%Y-%m-%dT%H:%M:%S.000Z') as system_modstamp
from (
    select range as i, timestamp '2025-01-01' + to_seconds(range * 3) as moment
    from range($first, $last)
)
"""
LINES = "(format csv, header false, quote '', escape '', delimiter '', compression gzip)"
ROWS = "(format csv, header true, compression gzip)"


def measure(size: str = "full") -> list[dict[str, Any]]:
    """All figures of the topic."""
    wanted = SIZES[size]
    print(f"  {wanted.damaged_files:,} damaged files", file=sys.stderr, flush=True)
    figures = figures_of(judge_corpus(wanted.damaged_files, SEED, wanted.corpus))
    for name, rows, bar, title in (
        ("events", wanted.events, "<= 1.6", "load_10m"),
        ("leads", wanted.leads, "<= 1.3", "load_csv"),
    ):
        with TemporaryDirectory(prefix="clientele-figures-") as folder:
            figures += _ratio(Path(folder), name, rows, wanted, bar, title)
    print("  a second night over known files, and kills", file=sys.stderr, flush=True)
    return figures + measure_listing(size) + measure_kills(size)


def _ratio(
    home: Path, name: str, rows: int, size: Size, bar: str, title: str
) -> list[dict[str, Any]]:
    """Loader and bare DuckDB in turn over the same files;
    both must have written the same values."""
    _make(home, name, rows, size.files)
    runs: dict[str, list[dict[str, float]]] = {"bare": [], "loader": []}
    for repeat in range(size.repeats):
        for side, found in runs.items():
            found.append(_run(side, home, name))
            print(
                f"  {name}, {side}, {repeat + 1} of {size.repeats}: {found[-1]}",
                file=sys.stderr,
                flush=True,
            )
    if rows_of(home, "raw") != rows_of(home, "bare"):
        raise RuntimeError(f"{name}: loader and DuckDB wrote different values")
    loader, limit = (
        statistics.median(run["cpu_s"] for run in runs[side]) for side in ("loader", "bare")
    )
    kind = (
        "web events, gzipped JSON lines"
        if name == "events"
        else f"CRM leads, gzipped CSV, {len(LEADS)} columns"
    )
    note = (
        f"{rows:,} {kind}, {size.files} files, all checks on; median of {size.repeats},"
        " alternately, each in a process of its own"
    )
    figures = [
        _figure(f"{title}_cpu_s", round(loader, 1), "s", "", note),
        _figure(
            f"{title}_limit_cpu_s",
            round(limit, 1),
            "s",
            "",
            "DuckDB alone: the same columns and Parquet options, a COPY a file",
        ),
        _figure(
            f"{title}_ratio", round(loader / limit, 2), "", bar, f"loader / DuckDB alone; {note}"
        ),
    ]
    if name == "events":
        peak = max(run["peak_gib"] for run in runs["loader"])
        wall = statistics.median(run["wall_s"] for run in runs["loader"])
        figures.append(_figure("load_10m_peak_gib", peak, "GiB", "<= 4", "the whole process"))
        figures.append(
            _figure("load_10m_wall_s", wall, "s", "", "depends on what else the machine does")
        )
    return figures


def _make(home: Path, name: str, rows: int, files: int) -> None:
    """The extracts, made by DuckDB file by file."""
    folder, suffix, query, options = {
        "events": ("web/events", "jsonl.gz", EVENTS_SQL, LINES),
        "leads": ("crm/leads", "csv.gz", LEADS_SQL, ROWS),
    }[name]
    target = home / "extracts" / folder
    target.parent.mkdir(parents=True)
    connection = duckdb.connect()
    for file in range(files):
        first, last = rows * file // files, rows * (file + 1) // files
        bounded = query.replace("$first", str(first)).replace("$last", str(last))
        connection.execute(
            f"copy ({bounded}) to '{target}-2026-01-{file + 1:02d}.{suffix}' {options}"
        )
        print(f"  {name}: {last:,} of {rows:,} rows made", file=sys.stderr, flush=True)
    connection.close()


def _run(side: str, home: Path, name: str) -> dict[str, float]:
    script = Path(__file__).with_name("extract_sides.py")
    done = subprocess.run(
        [sys.executable, str(script), side, str(home), name],
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": ""},  # compiled once, as a user's is
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    measured: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return measured


def _figure(name: str, value: Any, unit: str, bar: str, note: str = "") -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, "bar": bar, "note": note}

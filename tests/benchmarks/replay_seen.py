"""What of a night by kept statements is held against the same night by dbt."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from commands import description

KEPT_OF_REPORT = (
    *("status", "exit_code", "kind", "as_of", "files", "rows", "quarantined", "drift", "identity"),
    *("money", "gates", "syncs", "waiting", "refusals", "errors", "content_hash"),
)


# Histories of deliveries bear the ids and times of their runs.
TIMED = {"sync.delivery_log", "sync.delivery_runs"}
OF_THE_LOAD = {"files", "drift"}


@dataclass(frozen=True)
class Ended:
    """How one night of one home ended."""

    code: int
    cpu_s: float
    report: dict[str, Any]
    tables: dict[str, Any]
    dagster: list[str]
    parts: dict[str, str]


def differences(
    by_dbt: Ended, again: Ended, where: str, left_out: Collection[str] = ()
) -> list[str]:
    """What is otherwise, one line each."""
    found = []
    for name in (name for name in KEPT_OF_REPORT if name not in left_out):
        if by_dbt.report[name] != again.report[name]:
            found.append(f"{where}: report {name}")
            found.append(f"  dbt   {by_dbt.report[name]}\n  again {again.report[name]}")
    if by_dbt.code != again.code:
        found.append(f"{where}: exit code {by_dbt.code} and {again.code}")
    for table in sorted(by_dbt.tables.keys() | again.tables.keys()):
        if by_dbt.tables.get(table) != again.tables.get(table):
            found.append(f"{where}: {table}")
    found += [f"{where}: only dbt's: {line}" for line in _beyond(by_dbt.dagster, again.dagster)]
    found += [f"{where}: only again: {line}" for line in _beyond(again.dagster, by_dbt.dagster)]
    return found


def _beyond(these: list[str], those: list[str]) -> list[str]:
    left = list(those)
    more = []
    for line in these:
        if line in left:
            left.remove(line)
        else:
            more.append(line)
    return more


def tables_of(home: Path, run_id: str) -> dict[str, Any]:
    """Every table of a night's generation: hash, columns, comments, constraints."""
    described = home / "generations" / f"gen-{run_id}.json"
    found: dict[str, Any] = {}
    if described.exists():
        sealed = description(described)
        found = {
            table["table"]: [table["rows"], table["hash"] if table["table"] not in TIMED else ""]
            for table in sealed["tables"]
        }
    file = home / "generations" / f"gen-{run_id}.duckdb"
    with duckdb.connect(str(file), read_only=True) as connection:
        queries = (
            "select schema_name || '.' || table_name, comment, null, null, null, null"
            " from duckdb_tables()",
            "select schema_name || '.' || table_name, column_index, column_name, data_type,"
            " comment, is_nullable from duckdb_columns() where not internal",
            "select schema_name || '.' || table_name, constraint_type, constraint_text, null, null,"
            " null from duckdb_constraints()",
        )
        for query in queries:
            for table, *said in connection.execute(query + " order by all").fetchall():
                found.setdefault(table, []).append(said)
    return found


def dagster_of(folder: Path) -> list[str]:
    """What Dagster has of its last run that is no time, id or place: events by kind, checks with
    result, severity, blocking and labels, materialisations and observations with labels."""
    import dagster as dg

    lines = []
    with dg.DagsterInstance.from_config(str(folder)) as instance:
        (run,) = instance.get_runs(limit=1)
        for entry in instance.all_logs(run.run_id):
            event = entry.dagster_event
            if event is None:
                continue
            line = f"{event.event_type_value} {event.step_key} {event.asset_key}"
            if event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
                data = event.asset_check_evaluation_data
                line += (
                    f" {data.check_name} {data.passed} {data.severity} {data.blocking}"
                    f" {sorted(data.metadata)}"
                )
                line += f" {data.metadata['status'].value if 'status' in data.metadata else ''}"
            elif event.is_step_materialization:
                line += f" {sorted(event.step_materialization_data.materialization.metadata)}"
            elif event.is_asset_observation:
                line += f" {sorted(event.asset_observation_data.asset_observation.metadata)}"
            lines.append(line)
    return sorted(lines)

"""A dbt project of its own with the real macros, for materializations alone:
tables in, models out."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from orchestration.warehouse.dbt_runner import DBT_PROJECT

PROJECT_FILE = (
    "{name: graphs, version: 1.0.0, profile: graphs, model-paths: [models], macro-paths: [macros]}"
)
PROFILE = (
    "graphs: {target: t, outputs: {t: {type: duckdb, path: clientele.duckdb, schema:"
    " main, threads: 1}}}"
)


def make_project(
    folder: Path,
    tables: Mapping[str, tuple[dict[str, str], Sequence[tuple[Any, ...]]]],
    models: Mapping[str, str],
) -> Path:
    """`tables`: name → (columns with their types, rows); `models`: name → SQL."""
    shutil.copytree(DBT_PROJECT / "macros", folder / "macros")
    (folder / "models").mkdir()
    (folder / "dbt_project.yml").write_text(PROJECT_FILE)
    (folder / "profiles.yml").write_text(PROFILE)
    for name, sql in models.items():
        (folder / "models" / f"{name}.sql").write_text(sql)
    with duckdb.connect(str(folder / "clientele.duckdb")) as connection:
        for name, (columns, rows) in tables.items():
            connection.execute(
                f"create table {name}"
                f" ({', '.join(f'{column} {kind}' for column, kind in columns.items())})"
            )
            lists = [[row[i] for row in rows] for i in range(len(columns))]
            unnested = ", ".join(f"unnest(?::{kind}[])" for kind in columns.values())
            connection.execute(f"insert into {name} select {unnested}", lists)
    return folder


def run_dbt(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [
        Path(sys.executable).with_name("dbt"),
        "--no-use-colors",
        "run",
        "--project-dir",
        folder,
        "--profiles-dir",
        folder,
    ]
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "DO_NOT_TRACK": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def rows_of(folder: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(folder / "clientele.duckdb"), read_only=True) as connection:
        return connection.execute(query).fetchall()

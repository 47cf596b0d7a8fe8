"""A small dbt project of two parts, on which statements are kept and sent again.

Its data says how a night goes: an edge `bad` fails a test, `odd` warns, `boom` breaks a model.
"""

import json
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from generation_makers import make_inputs

from orchestration.warehouse import dbt_runner
from orchestration.warehouse.connection import connect
from orchestration.warehouse.dbt_runner import BuildResult, DbtRunner, Part
from orchestration.warehouse.feeds import DBT_PROJECT
from orchestration.warehouse.inputs import Inputs, Relation
from orchestration.warehouse.replay import key
from orchestration.warehouse.replay.runner import ReplayingDbt

FIRST, SECOND = "first", "second"
PARTS = (Part(FIRST, "path:models/first path:seeds"), Part(SECOND, "path:models/second"))
PAIRS = (("a", "b"), ("b", "c"), ("x", "y"))
# Macros of the real project: what it brings to dbt's own ways.
_MACROS = ("names", "session", "text_number", "persist_docs", "test_is_key")
_FILES = {
    "dbt_project.yml": """
name: clientele
version: "1.0.0"
config-version: 2
profile: clientele
flags: {send_anonymous_usage_stats: false, version_check: false, cache_selected_only: true,
        require_generic_test_arguments_property: true}
vars: {word: one}
models:
  clientele:
    +materialized: table
    +persist_docs: {relation: true, columns: true}
    first: {+schema: first}
    second: {+schema: second, +contract: {enforced: true}}
seeds: {clientele: {+schema: seeds, +persist_docs: {relation: true, columns: true}}}
""",
    "macros/shout.sql": "{% macro shout(text) %}upper({{ text }}){% endmacro %}",
    "macros/whisper.sql": "{% macro whisper(text) %}lower({{ text }}){% endmacro %}",
    "seeds/colours.csv": "colour,rank\nred,1\nblue,2\n",
    "seeds/_seeds.yml": """
version: 2
seeds:
  - name: colours
    description: Colours.
    columns:
      - {name: colour, description: The colour., data_tests: [is_key]}
""",
    "models/sources.yml": """
version: 2
sources:
  - name: declared
    database: memory
    schema: declared
    tables: [{name: edges}]
""",
    "models/first/edges.sql": """
select left_node, right_node,
    case when left_node = 'boom' then cast(left_node as integer) end as broken
from {{ source('declared', 'edges') }}""",
    "models/first/components.sql": """
{{ config(materialized='connected_components') }}
select left_node, right_node from {{ ref('edges') }}""",
    "models/first/moments.sql": """
select {{ as_of() }} as moment, {{ whisper("'" ~ var('word') ~ "'") }} as word""",
    "models/first/_first.yml": """
version: 2
models:
  - name: edges
    description: Edges.
    columns:
      - name: left_node
        description: It's where it begins.
        data_tests:
          - not_null
      - name: right_node
        description: Where it ends.
  - name: components
    columns: [{name: node, description: A node., data_tests: [is_key]}]
""",
    "models/second/answers.sql": """
select cast(node as varchar) as node, cast({{ shout('node') }} as varchar) as loud
from {{ ref('components') }}""",
    "models/second/_second.yml": """
version: 2
models:
  - name: answers
    description: Answers.
    config: {contract: {enforced: true}}
    columns:
      - {name: node, data_type: varchar, description: A node., constraints: [{type: not_null}]}
      - {name: loud, data_type: varchar, data_tests: [not_null]}
""",
    "tests/assert_no_bad_edge.sql": "select * from {{ ref('edges') }} where left_node = 'bad'",
    "tests/assert_nothing_odd.sql": """
{{ config(severity='warn') }}
select * from {{ ref('edges') }} where left_node = 'odd'""",
    "tests/assert_few_are_allowed.sql": """
{{ config(error_if='>5', warn_if='>5') }}
select * from {{ ref('edges') }} where left_node = 'few'""",
}


def write_project(folder: Path) -> Path:
    """The project, below `folder`."""
    project = folder / "dbt_project"
    for name, text in _FILES.items():
        file = project / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    for name in _MACROS:
        shutil.copy(DBT_PROJECT / "macros" / f"{name}.sql", project / "macros")
    shutil.copytree(DBT_PROJECT / "macros" / "materializations", project / "macros" / "rounds")
    shutil.copy(DBT_PROJECT / "macros" / "merge_rounds.sql", project / "macros")
    shutil.copy(DBT_PROJECT / "profiles.yml", project)
    return project


@dataclass
class Built:
    """One night: what each part returned and told, and what stands in the generation."""

    results: list[BuildResult]
    events: list[dict[str, Any]]
    inputs: Inputs
    notes: dict[str, str]

    def told(self) -> list[tuple[Any, ...]]:
        """Events without times and processes, sorted: dbt's two threads end in any order."""
        return sorted(
            (
                event["data"]["node_info"]["unique_id"],
                event["info"]["name"],
                event["info"]["level"],
                event["data"]["node_info"]["node_status"],
                event["data"]["node_info"]["materialized"],
                str(event["data"]["node_info"]["node_relation"]),
                str(event["data"]["status"]),
                event["data"].get("num_failures"),
                event["data"].get("attached_node"),
                str(sorted(event["data"])),
            )
            for event in self.events
        )

    def tables(self) -> dict[str, Any]:
        """Rows, columns, comments and constraints of every table."""
        connection = connect(self.inputs)
        named = "where database_name = 'clientele' order by all"
        names = connection.execute(f"select schema_name, table_name from duckdb_tables() {named}")
        found: dict[str, Any] = {
            f"{schema}.{table}": connection.execute(
                f'from {schema}."{table}" order by all'
            ).fetchall()
            for schema, table in names.fetchall()
        }
        for what in (
            "schema_name, table_name, comment from duckdb_tables()",
            "schema_name, table_name, column_index, column_name, data_type, is_nullable, comment"
            " from duckdb_columns()",
            "schema_name, table_name, constraint_text from duckdb_constraints()",
        ):
            found[what] = connection.execute(f"select {what} {named}").fetchall()
        connection.close()
        return found


class Shop:
    """A folder with the project; each night is a generation of its own."""

    def __init__(self, folder: Path, project: Path | None = None) -> None:
        self.folder = folder
        self.project = project or write_project(folder)
        self.nights = 0

    def runner(self, *, replays: bool = True) -> DbtRunner:
        if not replays:
            return DbtRunner(self.folder / "plain", self.project)
        return ReplayingDbt(self.folder / "dbt", self.folder / "kept", self.project, PARTS)

    def inputs(self, edges: Sequence[tuple[str, str]], kind: str = "varchar") -> Inputs:
        """Inputs of the next night, which is a day later."""
        self.nights += 1
        file = self.folder / f"edges-{self.nights}.parquet"
        rows = ", ".join(f"('{left}', '{right}')" for left, right in edges)
        duckdb.sql(f"copy (from (values {rows}) as t(left_node, right_node)) to '{file}'")
        relation = Relation({"left_node": kind, "right_node": "varchar"}, (str(file),))
        made = make_inputs(self.folder, f"night-{self.nights}", {"declared.edges": relation})
        inputs = replace(made, as_of=made.as_of + timedelta(days=self.nights))
        inputs.save(self.file_of(inputs))
        return inputs

    def file_of(self, inputs: Inputs) -> Path:
        return self.folder / "generations" / f"gen-{inputs.run_id}.inputs.json"

    def night(
        self,
        edges: Sequence[tuple[str, str]] = PAIRS,
        *,
        replays: bool = True,
        inputs: Inputs | None = None,
        path: Path | None = None,
    ) -> Built:
        """Build the parts in order, as a night does: it ends where something does not pass."""
        inputs = inputs or self.inputs(edges)
        runner, results, events = self.runner(replays=replays), [], list[dict[str, Any]]()
        runner.prepare()
        for part in PARTS:
            result = runner.build(
                path or self.file_of(inputs),
                part.select.split(),
                part.exclude.split(),
                on_event=events.append,
                target=part.name,
            )
            results.append(result)
            if not result.succeeded:
                break
        return Built(results, events, inputs, dict(getattr(runner, "notes", {})))


def without_feeds(patch: pytest.MonkeyPatch, **given: str) -> None:
    """The project has no sources: `given` are the variables that its nights hand over."""
    for module in (dbt_runner, key):
        patch.setattr(module, "feeds_variable", lambda project: json.dumps(given))


def main() -> None:
    """One more night of a folder, in this process; prints whether it needed dbt."""
    folder = Path(sys.argv[1])
    os.environ.setdefault("CLIENTELE_INPUTS", "")
    with pytest.MonkeyPatch.context() as patch:
        without_feeds(patch)
        shop = Shop(folder, folder / "dbt_project")
        shop.nights = int(sys.argv[2])
        built = shop.night()
    print("dbt" in sys.modules, all(result.succeeded for result in built.results))


if __name__ == "__main__":
    main()

"""The materialization behind `identity_components`, alone in a dbt project of two models: against a reference union-find on random
graphs, on long chains, in another order, and with numbers that collide."""

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import duckdb
import pytest

from orchestration.dbt_runner import DBT_PROJECT

Edge = tuple[str, str]
PROJECT_FILE = "{name: graphs, version: 1.0.0, profile: graphs, model-paths: [models], macro-paths: [macros]}"
PROFILE = "graphs: {target: t, outputs: {t: {type: duckdb, path: clientele.duckdb, schema: main, threads: 1}}}"
MODEL = "{{{{ config(materialized='connected_components') }}}} select left_node, right_node from {edges}"


def reference(edges: Iterable[Edge]) -> dict[str, str]:
    """Node → smallest node of its component, by union-find."""
    parents: dict[str, str] = {}

    def root(node: str) -> str:
        parents.setdefault(node, node)
        while parents[node] != node:
            parents[node] = parents[parents[node]]
            node = parents[node]
        return node

    for left, right in edges:
        low, high = sorted((root(left), root(right)))
        parents[high] = low
    return {node: root(node) for node in parents}


def random_graph(seed: int) -> list[Edge]:
    """Between a dust of pairs and one giant component, its nodes named so that no two graphs touch."""
    choice = random.Random(seed)
    nodes = choice.randint(1, 60)
    count = choice.randint(0, int(nodes * choice.choice([0.3, 0.6, 1.0, 2.0])) + 1)
    return [(f"g{seed}:{choice.randrange(nodes)}", f"g{seed}:{choice.randrange(nodes)}") for _ in range(count)]


def all_graphs() -> list[Edge]:
    edges = [edge for seed in range(150) for edge in random_graph(seed)]
    edges += [(f"chain:{i:05d}", f"chain:{i + 1:05d}") for i in range(9_999)]
    edges += [(f"record:{i:05d}", f"{'email' if i % 2 else 'phone'}:{i // 2}") for i in range(10_000)]
    edges += [(f"record:{i:05d}", f"{'email' if i % 2 == 0 else 'phone'}:{(i + 1) // 2}") for i in range(10_000)]
    edges += [("star:hub", f"star:{i}") for i in range(2_000)]
    edges += [("alone:1", "alone:1"), ("twice:1", "twice:2"), ("twice:2", "twice:1"), ("same:x", "other:x")]
    return edges


def make_project(folder: Path, edges: list[Edge]) -> Path:
    """A dbt project with the real macros, the edges as a table, and the same edges shuffled and turned round as another."""
    shutil.copytree(DBT_PROJECT / "macros", folder / "macros")
    (folder / "models").mkdir()
    (folder / "dbt_project.yml").write_text(PROJECT_FILE)
    (folder / "profiles.yml").write_text(PROFILE)
    turned = [(right, left) for left, right in edges]
    random.Random(0).shuffle(turned)
    with duckdb.connect(str(folder / "clientele.duckdb")) as connection:
        for name, rows in {"edges": edges, "turned_edges": turned}.items():
            connection.execute(f"create table {name} (left_node varchar, right_node varchar)")
            lists = [list(side) for side in zip(*rows, strict=True)]
            connection.execute(f"insert into {name} select unnest(?::varchar[]), unnest(?::varchar[])", lists)
            (folder / "models" / f"components_of_{name}.sql").write_text(MODEL.format(edges=name))
    return folder


def run_dbt(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).with_name("dbt"), "--no-use-colors", "run", "--project-dir", folder, "--profiles-dir", folder]
    return subprocess.run(command, cwd=folder, env={**os.environ, "DO_NOT_TRACK": "1"}, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Edge], Path]:
    edges = all_graphs()
    folder = make_project(tmp_path_factory.mktemp("graphs"), edges)
    result = run_dbt(folder)
    assert result.returncode == 0, result.stdout
    return edges, folder


def components(folder: Path, table: str) -> dict[str, str]:
    with duckdb.connect(str(folder / "clientele.duckdb"), read_only=True) as connection:
        rows = connection.execute(f"select node, component from {table}").fetchall()
    assert len(rows) == len({node for node, _ in rows}), "a node stands twice"
    return dict(rows)


def test_components_are_those_of_a_reference_union_find(built: tuple[list[Edge], Path]) -> None:
    edges, folder = built
    assert components(folder, "components_of_edges") == reference(edges)


def test_ten_thousand_nodes_in_a_chain_are_one_component(built: tuple[list[Edge], Path]) -> None:
    found = components(built[1], "components_of_edges")
    assert {found[f"chain:{i:05d}"] for i in range(10_000)} == {"chain:00000"}
    assert len({found[f"record:{i:05d}"] for i in range(10_000)}) == 1


def test_order_and_direction_of_edges_change_nothing(built: tuple[list[Edge], Path]) -> None:
    folder = built[1]
    assert components(folder, "components_of_edges") == components(folder, "components_of_turned_edges")


def test_nothing_but_the_result_is_left(built: tuple[list[Edge], Path]) -> None:
    with duckdb.connect(str(built[1] / "clientele.duckdb"), read_only=True) as connection:
        tables = {name for (name,) in connection.execute("select table_name from information_schema.tables").fetchall()}
    assert tables == {"edges", "turned_edges", "components_of_edges", "components_of_turned_edges"}


def test_colliding_numbers_stop_the_build(tmp_path: Path) -> None:
    folder = make_project(tmp_path, [(f"{i}", f"{i + 1}") for i in range(100)])
    number = folder / "macros" / "text_number.sql"
    number.write_text(number.read_text().replace("hash({{ expression }})", "hash({{ expression }}) % 50"))
    result = run_dbt(folder)
    assert result.returncode != 0
    assert "share their 64-bit number" in result.stdout

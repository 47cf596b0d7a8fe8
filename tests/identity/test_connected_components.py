"""The materialization behind `identity_candidates`, alone in a dbt project of two models:
against a reference union-find on random graphs, on long chains, in another order,
and with numbers that collide."""

import random
from collections.abc import Iterable
from pathlib import Path

import duckdb
import pytest
from graphs import make_project, rows_of, run_dbt

Edge = tuple[str, str]
MODEL = (
    "{{{{ config(materialized='connected_components') }}}}"
    " select left_node, right_node from {edges}"
)


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
    """Between a dust of pairs and one giant component,
    its nodes named so that no two graphs touch."""
    choice = random.Random(seed)
    nodes = choice.randint(1, 60)
    count = choice.randint(0, int(nodes * choice.choice([0.3, 0.6, 1.0, 2.0])) + 1)
    return [
        (f"g{seed}:{choice.randrange(nodes)}", f"g{seed}:{choice.randrange(nodes)}")
        for _ in range(count)
    ]


def all_graphs() -> list[Edge]:
    edges = [edge for seed in range(150) for edge in random_graph(seed)]
    edges += [(f"chain:{i:05d}", f"chain:{i + 1:05d}") for i in range(9_999)]
    edges += [
        (f"record:{i:05d}", f"{'email' if i % 2 else 'phone'}:{i // 2}") for i in range(10_000)
    ]
    edges += [
        (f"record:{i:05d}", f"{'email' if i % 2 == 0 else 'phone'}:{(i + 1) // 2}")
        for i in range(10_000)
    ]
    edges += [("star:hub", f"star:{i}") for i in range(2_000)]
    edges += [
        ("alone:1", "alone:1"),
        ("twice:1", "twice:2"),
        ("twice:2", "twice:1"),
        ("same:x", "other:x"),
    ]
    return edges


def graphs_project(folder: Path, edges: list[Edge]) -> Path:
    """The edges as a table, and the same edges shuffled and turned round as another."""
    turned = [(right, left) for left, right in edges]
    random.Random(0).shuffle(turned)
    columns = {"left_node": "varchar", "right_node": "varchar"}
    tables = {"edges": (columns, edges), "turned_edges": (columns, turned)}
    return make_project(
        folder, tables, {f"components_of_{name}": MODEL.format(edges=name) for name in tables}
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Edge], Path]:
    edges = all_graphs()
    folder = graphs_project(tmp_path_factory.mktemp("graphs"), edges)
    result = run_dbt(folder)
    assert result.returncode == 0, result.stdout
    return edges, folder


def components(folder: Path, table: str) -> dict[str, str]:
    """Node → smallest node of its component."""
    rows = rows_of(folder, f"select node, min(node) over (partition by component) from {table}")
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
    assert components(folder, "components_of_edges") == components(
        folder, "components_of_turned_edges"
    )


def test_texts_that_one_hash_confuses_have_numbers_of_their_own(tmp_path: Path) -> None:
    """Two counters eight bytes apart: DuckDB's hash of such texts is nearly always
    another one's, too."""
    letters = [chr(97 + i) for i in range(26)]
    nodes = [
        f"aaaaaaa{a}bbbbbbb{b}ccccccc{c}tail" for a in letters for b in letters for c in letters
    ]
    numbers = duckdb.execute(
        "select count(distinct hash(node)) from (select unnest(?) as node)", [nodes]
    ).fetchall()[0][0]
    assert numbers < len(nodes), "DuckDB's hash has been mended: text_number can be simple again"
    folder = graphs_project(tmp_path, list(zip(nodes[::2], nodes[1::2], strict=True)))
    result = run_dbt(folder)
    assert result.returncode == 0, result.stdout
    assert len(set(components(folder, "components_of_edges").values())) == len(nodes) // 2


def test_nothing_but_the_result_is_left(built: tuple[list[Edge], Path]) -> None:
    tables = {
        name for (name,) in rows_of(built[1], "select table_name from information_schema.tables")
    }
    assert tables == {"edges", "turned_edges", "components_of_edges", "components_of_turned_edges"}


def test_colliding_numbers_stop_the_build(tmp_path: Path) -> None:
    folder = graphs_project(tmp_path, [(f"{i}", f"{i + 1}") for i in range(100)])
    number = folder / "macros" / "text_number.sql"
    number.write_text(
        number.read_text().replace(
            "hash({{ expression }}, substr({{ expression }}, 5))", "hash({{ expression }}) % 50"
        )
    )
    result = run_dbt(folder)
    assert result.returncode != 0
    assert "share their 64-bit number" in result.stdout

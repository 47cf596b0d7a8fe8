"""The materialization behind `merge_decisions`, against a loop over the edges by rank:
the same groups and the same refusals."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from graphs import make_project, rows_of, run_dbt

GRAPHS = 300
LIMITS = {"login": 1, "email": 2}
COLUMNS = {
    **{"kind": "varchar", "edge_rank": "bigint", "left_node": "varchar", "right_node": "varchar"},
    **{"limit_type": "varchar", "limit_count": "integer"},
}
Row = tuple[str, int | None, str, str, str | None, int | None]


@dataclass(frozen=True)
class Graph:
    """`edges` strongest first; `values`: (node, type, value); `apart`: pairs of nodes."""

    edges: list[tuple[str, str]]
    values: list[tuple[str, str, str]]
    apart: list[tuple[str, str]]

    def rows(self, first_rank: int) -> list[Row]:
        found: list[Row] = [
            ("edge", first_rank + i, *edge, None, None) for i, edge in enumerate(self.edges)
        ]
        found += [
            ("value", None, node, value, kind, LIMITS[kind]) for node, kind, value in self.values
        ]
        return found + [("apart", None, *pair, None, None) for pair in self.apart]


def random_graph(seed: int) -> Graph:
    """Records around shared values, some with logins and addresses of their own,
    some that must be apart; names touch no other graph."""
    choice = random.Random(seed)
    records = [f"g{seed:03}:r{i}" for i in range(choice.randint(2, 14))]
    hubs = [f"g{seed:03}:v{i}" for i in range(choice.randint(1, 6))]
    edges = list(
        {
            (choice.choice(records), choice.choice(hubs))
            for _ in range(choice.randint(1, 2 * len(records)))
        }
    )
    edges += [
        (a, b)
        for a, b in {tuple(choice.sample(records, 2)) for _ in range(choice.randint(0, 3))}
        if len(records) > 1
    ]
    choice.shuffle(edges)
    values = {
        (node, kind, f"{kind}{choice.randint(0, 4)}")
        for node in records
        for kind in LIMITS
        if choice.random() < 0.4
    }
    apart = [tuple(choice.sample(records, 2)) for _ in range(choice.choice([0, 0, 1, 2]))]
    return Graph(edges, sorted(values), [(a, b) for a, b in apart])


def reference(graph: Graph) -> tuple[dict[str, str], dict[tuple[str, str], str]]:
    """Node → smallest node of its group, and refused edge → why; one edge after the other."""
    members = {node: {node} for edge in graph.edges for node in edge}
    refused: dict[tuple[str, str], str] = {}
    for left, right in graph.edges:
        if members[left] is members[right]:
            continue
        together = members[left] | members[right]
        broken = [
            kind
            for kind, most in LIMITS.items()
            if len(
                {value for node, held, value in graph.values if held == kind and node in together}
            )
            > most
        ]
        broken += ["different"] * any(a in together and b in together for a, b in graph.apart)
        if broken:
            refused[left, right] = min(broken)
        else:
            for node in together:
                members[node] = together
    return {node: min(group) for node, group in members.items()}, refused


def special_graphs() -> list[Graph]:
    """Many guests on one address beside two logins; a chain whose ends are two logins;
    a limit that only the merge of merges breaks."""
    guests = [(f"star:r{i:03}", "star:email") for i in range(400)]
    chain = [(f"chain:n{i:04}", f"chain:n{i + 1:04}") for i in range(1_500)]
    pair = [("late:a", "late:b"), ("late:c", "late:d"), ("late:b", "late:c"), ("late:d", "late:e")]
    return [
        Graph(guests, [("star:r000", "login", "1"), ("star:r399", "login", "2")], []),
        Graph(chain, [("chain:n0000", "login", "1"), ("chain:n1500", "login", "2")], []),
        Graph(chain[::-1], [("chain:n0000", "login", "1"), ("chain:n1500", "login", "2")], []),
        Graph(
            pair,
            [("late:a", "login", "1"), ("late:d", "login", "2"), ("late:e", "login", "1")],
            [("late:a", "late:e")],
        ),
    ]


def named_apart(graphs: Sequence[Graph]) -> list[Graph]:
    """The same graphs under names of their own."""

    def named(number: int, node: str) -> str:
        return f"{number:04}/{node}"

    return [
        Graph(
            [(named(n, a), named(n, b)) for a, b in graph.edges],
            [(named(n, node), kind, value) for node, kind, value in graph.values],
            [(named(n, a), named(n, b)) for a, b in graph.apart],
        )
        for n, graph in enumerate(graphs)
    ]


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Graph], Path]:
    graphs = named_apart([*(random_graph(seed) for seed in range(GRAPHS)), *special_graphs()])
    rows: list[Row] = []
    for graph in graphs:
        rows += graph.rows(len(rows) + 1)
    random.Random(1).shuffle(rows)
    model = "{{{{ config(materialized='merge_decisions') }}}} select * from {table}"
    folder = make_project(
        tmp_path_factory.mktemp("decisions"),
        {"given": (COLUMNS, rows), "nothing": (COLUMNS, [])},
        {"decisions": model.format(table="given"), "no_decisions": model.format(table="nothing")},
    )
    result = run_dbt(folder)
    assert result.returncode == 0, result.stdout
    return graphs, folder


def test_groups_and_refusals_are_those_of_a_loop_over_the_edges(
    decided: tuple[list[Graph], Path],
) -> None:
    graphs, folder = decided
    rows = rows_of(
        folder, "select left_node, right_node, refused_by, left_group, right_group from decisions"
    )
    groups = {
        node: group
        for left, right, _, *ends in rows
        for node, group in zip((left, right), ends, strict=True)
    }
    refused = {(left, right): why for left, right, why, *_ in rows if why}
    wanted_groups: dict[str, str] = {}
    wanted_refusals: dict[tuple[str, str], str] = {}
    for graph in graphs:
        found = reference(graph)
        wanted_groups |= found[0]
        wanted_refusals |= found[1]
    assert groups == wanted_groups
    assert set(refused) == set(wanted_refusals)
    assert len(refused) > GRAPHS / 3 and set(refused.values()) == {"login", "email", "different"}


def test_no_refused_edge_is_inside_a_group_and_no_other_between_two(
    decided: tuple[list[Graph], Path],
) -> None:
    assert rows_of(
        decided[1],
        "select count(*) from decisions where (refused_by is null) <> (left_group = right_group)",
    ) == [(0,)]


def test_nothing_to_decide_is_an_empty_table(decided: tuple[list[Graph], Path]) -> None:
    assert rows_of(decided[1], "from no_decisions") == []

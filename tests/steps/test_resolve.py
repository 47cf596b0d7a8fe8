"""Merges and refusals, against a loop that takes one edge after the other."""

import random
from itertools import pairwise, product

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.steps.match.resolve import EDGES, match_edges, resolve
from orchestration.steps.match.rounds import WRITTEN_PAIRS
from tests.steps.one_by_one import Edge, Pair, one_by_one, table_of_edges, table_of_pairs


def assert_as_expected(edges: list[Edge], pairs: list[Pair]) -> None:
    expected = one_by_one(edges, pairs)
    found = resolve(table_of_edges(edges), table_of_pairs(pairs))
    assert dict(zip(*found.groups.to_pydict().values(), strict=True)) == expected.groups
    assert [
        (row["left_record"], row["right_record"]) for row in found.joins.to_pylist()
    ] == expected.joins
    for row in found.refusals.to_pylist():
        wanted = expected.refused[tuple(row[name] for name in EDGES.names[:5])]
        assert (
            row["left_group"],
            row["right_group"],
            row["left_size"],
            row["right_size"],
            row["against_count"],
        ) == wanted
    # Weaker edges between two groups that are refused without anything having changed are
    # counted with the first.
    assert (
        sum(found.refusals["edges_count"].to_pylist()) >= len(expected.refused)
        or not expected.refused
    )
    assert bool(len(found.refusals)) == bool(expected.refused)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[Edge], list[Pair]]:
    """Small graphs in which ties, repeated edges, loops and objections are all common."""
    records = [f"r{number}" for number in range(draw(st.integers(2, 9)))]
    record = st.sampled_from(records)
    edge = st.tuples(
        record,
        record,
        st.sampled_from(["email", "name_match"]),
        st.integers(1, 2),
        st.sampled_from([None, 2.0, 3.0, 5.0]),
        st.integers(0, 9).map(lambda number: number == 0),
    )
    pairs = {
        (left, right): draw(
            st.sampled_from([(0.0, False), (0.0, False), (-11.0, False), (-9.0, True)])
        )
        for left in records
        for right in records
        if left < right and draw(st.booleans())
    }
    return draw(st.lists(edge, min_size=1, max_size=25)), [
        (*pair, *found) for pair, found in pairs.items()
    ]


@given(graphs())
@settings(max_examples=120, deadline=None)
def test_rounds_decide_as_the_loop_does(graph: tuple[list[Edge], list[Pair]]) -> None:
    assert_as_expected(*graph)


@pytest.mark.parametrize("seed", range(6))
def test_rounds_decide_as_the_loop_does_on_larger_graphs(seed: int) -> None:
    rng = random.Random(seed)
    edges, pairs = crowded_graph(rng, people=60, records=400, wrong_share=0.3)
    assert_as_expected(edges, pairs)


def crowded_graph(
    rng: random.Random, people: int, records: int, wrong_share: float
) -> tuple[list[Edge], list[Pair]]:
    """Records of people, edges mostly within them, and pairs of two people that mostly object."""
    person = {f"r{number:04}": rng.randrange(people) for number in range(records)}
    names = sorted(person)
    edges: list[Edge] = []
    for _ in range(records * 2):
        left = rng.choice(names)
        same = [name for name in names if person[name] == person[left]]
        right = rng.choice(names if rng.random() < wrong_share else same)
        edges.append(
            (
                left,
                right,
                rng.choice(["email", "name_match"]),
                rng.randint(1, 3),
                rng.choice([None, 4.0, rng.random() * 9]),
                False,
            )
        )
    pairs = [
        (
            left,
            right,
            -12.0 if person[left] != person[right] and rng.random() < 0.6 else 1.0,
            rng.random() < 0.02,
        )
        for left in names
        for right in names
        if left < right and rng.random() < 0.5
    ]
    return edges, pairs


def test_the_order_of_rows_changes_nothing() -> None:
    rng = random.Random(3)
    edges, pairs = crowded_graph(rng, people=30, records=150, wrong_share=0.3)
    first = resolve(table_of_edges(edges), table_of_pairs(pairs))
    assert len(first.refusals)
    for _ in range(20):
        rng.shuffle(edges)
        rng.shuffle(pairs)
        turned = [
            (right, left, *rest) if rng.random() < 0.5 else (left, right, *rest)
            for left, right, *rest in edges
        ]
        again = resolve(table_of_edges(turned), table_of_pairs(pairs))  # type: ignore[arg-type]
        assert again.groups.equals(first.groups)
        assert again.refusals.drop_columns(["left_record", "right_record"]).equals(
            first.refusals.drop_columns(["left_record", "right_record"])
        )


def test_a_family_with_one_mailbox_stays_apart() -> None:
    edges: list[Edge] = [
        ("anna", "ben", "email", 3, None, False),
        ("ben", "ben-2", "name_match", 9, 8.0, False),
    ]
    pairs = [
        ("anna", "ben", -4.0, True),
        ("anna", "ben-2", -6.0, True),
        ("ben", "ben-2", 8.0, False),
    ]
    found = resolve(table_of_edges(edges), table_of_pairs(pairs))
    assert found.groups.to_pydict() == {
        "record_id": ["anna", "ben", "ben-2"],
        "group_id": ["anna", "ben", "ben"],
    }
    assert found.refusals.to_pylist() == [
        {
            **{
                "left_record": "anna",
                "right_record": "ben",
                "rule": "email",
                "priority": 3,
                "weight": None,
            },
            **{
                "left_group": "anna",
                "left_size": 1,
                "right_group": "ben",
                "right_size": 1,
                "against_count": 1,
                "edges_count": 1,
            },
        }
    ]
    assert found.refusing_pairs.to_pylist() == [
        {
            "left_record": "anna",
            "right_record": "ben",
            "against_left": "anna",
            "against_right": "ben",
            "weight": -4.0,
            "is_vetoed": True,
        }
    ]
    certain: list[Edge] = [("anna", "ben", "login", 1, None, True)]
    assert set(
        resolve(table_of_edges(certain), table_of_pairs(pairs)).groups["group_id"].to_pylist()
    ) == {"anna"}


def test_one_objection_among_many_pairs_splits_nobody() -> None:
    """A person with many records has one odd one:
    a quarter of the cross pairs must speak against a merge."""
    ones, twos = [f"a{number}" for number in range(5)], [f"b{number}" for number in range(5)]
    edges: list[Edge] = [
        (left, right, "email", 1, None, False)
        for group in (ones, twos)
        for left, right in pairwise(group)
    ]
    edges.append(("a0", "b0", "name_match", 9, 7.0, False))
    crossing = list(product(ones, twos))
    for count, groups in ((6, 1), (7, 2)):
        found = resolve(
            table_of_edges(edges),
            table_of_pairs(
                [(*cross, -11.0 - place, False) for place, cross in enumerate(crossing[:count])]
            ),
        )
        assert len(set(found.groups["group_id"].to_pylist())) == groups
    found = resolve(
        table_of_edges(edges),
        table_of_pairs([(*cross, -11.0 - place, False) for place, cross in enumerate(crossing)]),
    )
    assert found.refusals["against_count"].to_pylist() == [25]
    assert found.refusing_pairs["weight"].to_pylist() == [
        -35.0 + place for place in range(WRITTEN_PAIRS)
    ]


def test_a_long_chain_and_nothing() -> None:
    chain: list[Edge] = [
        (f"r{number:05}", f"r{number + 1:05}", "email", 1, None, False) for number in range(10_000)
    ]
    assert set(
        resolve(table_of_edges(chain), table_of_pairs([])).groups["group_id"].to_pylist()
    ) == {"r00000"}
    empty = resolve(table_of_edges([]), table_of_pairs([]))
    assert [
        len(table) for table in (empty.groups, empty.joins, empty.refusals, empty.refusing_pairs)
    ] == [0, 0, 0, 0]


def test_only_likely_pairs_with_a_ground_are_edges() -> None:
    pairs = table_of_pairs([("a", "b", 2.1, False), ("b", "c", 1.9, False), ("c", "d", 2.5, False)])
    pairs = pairs.set_column(
        pairs.column_names.index("has_ground"), "has_ground", pa.array([True, True, False])
    )
    assert match_edges(pairs, 9).to_pylist() == [
        {
            "left_record": "a",
            "right_record": "b",
            "rule": "name_match",
            "priority": 9,
            "weight": 2.1,
            "is_certain": False,
        }
    ]

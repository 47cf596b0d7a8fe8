"""Who is merged: the fast form of the loop in tests/steps/test_resolve.py, its specification.

That loop takes edges strongest first, and refuses a merge that the records themselves speak
against. Where nothing in a component speaks against anything, what the loop would do follows from
the component alone; where something does, the same decisions are taken in rounds (`rounds.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree

from orchestration.steps.match.columns import THRESHOLD
from orchestration.steps.match.rounds import Integers, Refusal, Rounds

# A pair speaks against a merge from this weight down, or when it is vetoed.
AGAINST_WEIGHT = -10.0

# Edges: 1 is the strongest priority, and within one the larger weight is stronger. An edge without
# a weight has that of its scored pair, and is the strongest where the pair was not scored.
# A certain edge is never refused.
EDGES = pa.schema(
    [
        ("left_record", pa.string()),
        ("right_record", pa.string()),
        ("rule", pa.string()),
        ("priority", pa.int64()),
        ("weight", pa.float64()),
        ("is_certain", pa.bool_()),
    ]
)


@dataclass(frozen=True)
class Resolution:
    """What became of the records: tables in an order that hangs on values alone.

    groups: record_id, group_id (the smallest record id in it), one row per record
    that an edge names.
    joins: the edges (`EDGES`) that merged two groups, one per merge, strongest first; together
    they make the groups.
    refusals: an edge per refused merge that stands, with the two groups as they were (smallest
    record, size), how many of their cross pairs speak against it, and how many weaker edges between
    the same two groups were refused with it.
    refusing_pairs: for each refusal some of the pairs that speak against it, the heaviest first.
    """

    groups: pa.Table
    joins: pa.Table
    refusals: pa.Table
    refusing_pairs: pa.Table


def match_edges(pairs: pa.Table, priority: int, threshold: float = THRESHOLD) -> pa.Table:
    """The scored pairs that are an edge: at least as probable as the threshold,
    and with a ground."""
    likely = pairs.filter(
        pc.and_(pc.greater_equal(pairs["probability"], threshold), pairs["has_ground"])
    )
    size = len(likely)
    columns = [
        likely["left_record"],
        likely["right_record"],
        ["name_match"] * size,
        [priority] * size,
        likely["weight"],
        [False] * size,
    ]
    return pa.table(columns, schema=EDGES)


def resolve(edges: pa.Table, pairs: pa.Table) -> Resolution:
    """Merge along `edges` (`EDGES`), heeding the scored `pairs` (those of match_records);
    a pair that was not scored objects to nothing."""
    ids = pc.unique(
        pa.chunked_array([*edges["left_record"].chunks, *edges["right_record"].chunks], pa.string())
    ).sort()
    edges = edges.take(_strength(edges, pairs, ids))
    left, right = _numbers(edges["left_record"], ids), _numbers(edges["right_record"], ids)
    against = pairs.filter(
        pc.or_(pc.less(pairs["weight"], AGAINST_WEIGHT), pairs["is_vetoed"])
    ).sort_by(
        [("weight", "ascending"), ("left_record", "ascending"), ("right_record", "ascending")]
    )
    against_left, against_right = (
        _numbers(against["left_record"], ids),
        _numbers(against["right_record"], ids),
    )
    known = (against_left >= 0) & (against_right >= 0)

    component = _components(len(ids), left, right)
    inside = known & (component[against_left] == component[against_right])
    conflicted = np.zeros(len(ids), dtype=bool)
    conflicted[component[against_left[inside]]] = True
    careful = np.flatnonzero(conflicted[component[left]])
    against = against.filter(pa.array(inside))
    rounds = Rounds(
        len(ids),
        left,
        right,
        edges["is_certain"].to_numpy(),
        against_left[inside],
        against_right[inside],
    )
    rounds.run(careful)

    # Where nothing objects every edge holds, and those that join are the smallest spanning forest.
    plain = np.flatnonzero(~conflicted[component[left]])
    group = np.where(conflicted[component], rounds.group, _smallest(component))
    joins = np.sort(
        np.concatenate(
            [_forest(len(ids), left, right, plain), np.array(rounds.joins, dtype=np.int64)]
        )
    )
    standing = [
        refusal
        for refusal in rounds.refusals
        if group[left[refusal.edge]] != group[right[refusal.edge]]
    ]
    standing.sort(key=lambda refusal: refusal.edge)
    return Resolution(
        groups=pa.table({"record_id": ids, "group_id": ids.take(pa.array(group))}),
        joins=edges.take(pa.array(joins)),
        refusals=_refusals(edges, ids, standing),
        refusing_pairs=_refusing_pairs(edges, against, standing),
    )


def _strength(edges: pa.Table, pairs: pa.Table, ids: pa.Array) -> pa.Array:
    """The order of edges, strongest first, ties by value; never by the order of rows."""
    low, high = _ends(edges, ids)
    weight = pc.fill_null(edges["weight"], float("nan")).to_numpy()
    scored = _weights(pairs, ids, low * len(ids) + high)
    weight = np.where(np.isnan(weight), scored, weight)
    rule = pc.rank(
        edges["rule"].combine_chunks() if len(edges) else pa.array([], pa.string()),
        tiebreaker="dense",
    ).to_numpy()
    keys = (~edges["is_certain"].to_numpy(), rule, high, low, -weight, edges["priority"].to_numpy())
    return pa.array(np.lexsort(keys))


def _weights(pairs: pa.Table, ids: pa.Array, wanted: Integers) -> npt.NDArray[np.float64]:
    """The weights of the pairs with these keys; infinite where a pair was not scored."""
    low, high = _ends(pairs, ids)
    known = low >= 0
    keys, weights = (low * len(ids) + high)[known], pairs["weight"].to_numpy()[known]
    order = np.argsort(keys)
    keys, weights = np.append(keys[order], -1), np.append(weights[order], np.inf)
    place = np.searchsorted(keys[:-1], wanted)
    return np.where(keys[place] == wanted, weights[place], np.inf)


def _ends(table: pa.Table, ids: pa.Array) -> tuple[Integers, Integers]:
    a, b = _numbers(table["left_record"], ids), _numbers(table["right_record"], ids)
    return np.minimum(a, b), np.maximum(a, b)


def _numbers(records: pa.ChunkedArray, ids: pa.Array) -> Integers:
    """Record ids as their places among the sorted ids; -1 where no edge names the record."""
    numbers: Integers = pc.fill_null(pc.index_in(records, ids), -1).to_numpy().astype(np.int64)
    return numbers


def _components(nodes: int, left: Integers, right: Integers) -> Integers:
    graph = coo_matrix((np.ones(len(left), dtype=np.int8), (left, right)), (nodes, nodes))
    component: Integers = connected_components(graph, directed=False)[1].astype(np.int64)
    return component


def _smallest(component: Integers) -> Integers:
    """Per node the smallest node of its component."""
    smallest = np.zeros(len(component), dtype=np.int64)
    nodes = np.arange(len(component))[::-1]
    smallest[component[::-1]] = nodes
    return smallest[component]


def _forest(nodes: int, left: Integers, right: Integers, edges: Integers) -> Integers:
    """Of edges that all hold, those that the loop in order of strength would have
    joined by (Borůvka)."""
    # Of several edges between two nodes the strongest counts; zero would mean no edge.
    low, high = np.minimum(left[edges], right[edges]), np.maximum(left[edges], right[edges])
    _, first = np.unique(low * nodes + high, return_index=True)
    first = first[low[first] != high[first]]
    graph = coo_matrix((edges[first] + 1.0, (low[first], high[first])), (nodes, nodes))
    forest: Integers = minimum_spanning_tree(graph).data.astype(np.int64) - 1
    return forest


def _refusals(edges: pa.Table, ids: pa.Array, refusals: list[Refusal]) -> pa.Table:
    named = edges.take(pa.array([refusal.edge for refusal in refusals], pa.int64())).drop_columns(
        ["is_certain"]
    )

    def add(table: pa.Table, name: str, value: Callable[[Refusal], int]) -> pa.Table:
        return table.append_column(
            name, pa.array([value(refusal) for refusal in refusals], pa.int64())
        )

    for side, name in enumerate(("left", "right")):
        groups = pa.array([refusal.groups[side] for refusal in refusals], pa.int64())
        named = named.append_column(f"{name}_group", ids.take(groups))
        named = add(named, f"{name}_size", lambda refusal, side=side: refusal.sizes[side])  # type: ignore[misc]
    named = add(named, "against_count", lambda refusal: refusal.against_count)
    return add(named, "edges_count", lambda refusal: refusal.edges_count)


def _refusing_pairs(edges: pa.Table, against: pa.Table, refusals: list[Refusal]) -> pa.Table:
    """(left_record, right_record) of the refused edge, and the pair against it with its weight and
    whether it is vetoed."""
    of_edge = pa.array([refusal.edge for refusal in refusals for _ in refusal.against], pa.int64())
    pairs = against.take(
        pa.array(
            [number for refusal in refusals for number in refusal.against.tolist()], pa.int64()
        )
    )
    named = edges.select(["left_record", "right_record"]).take(of_edge)
    columns = {
        "against_left": "left_record",
        "against_right": "right_record",
        "weight": "weight",
        "is_vetoed": "is_vetoed",
    }
    for name, source in columns.items():
        named = named.append_column(name, pairs[source])
    return named

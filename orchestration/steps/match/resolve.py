"""Who is merged: edges are taken strongest first, and a merge that the records themselves speak
against is refused.

The decisions are those of a loop over the edges in order of strength; they are taken in rounds
instead. An edge that is the strongest of both groups it touches cannot be reached by any other
decision, so all such edges of a round are decided at once.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree

from orchestration.steps.match.columns import THRESHOLD

Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]

# A pair speaks against a merge from this weight down, or when it is vetoed; a merge is refused when
# more than this share does.
AGAINST_WEIGHT = -10.0
AGAINST_SHARE = 0.25
# Of a refused merge, as many of the pairs that speak against it are written out,
# the heaviest objections first.
WRITTEN_PAIRS = 20

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
    refusing_pairs: for each refusal up to `WRITTEN_PAIRS` of the pairs that speak against it.
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
    rounds = _Rounds(
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


@dataclass(frozen=True)
class _Refusal:
    edge: int
    groups: tuple[int, int]
    sizes: tuple[int, int]
    against_count: int
    edges_count: int
    against: Integers


@dataclass
class _Rounds:
    """The careful decision.

    Edges are numbered by strength, nodes by value; a group is called by its smallest node.
    """

    nodes: int
    left: Integers
    right: Integers
    is_certain: Booleans
    against_left: Integers
    against_right: Integers
    joins: list[int] = field(default_factory=list)
    refusals: list[_Refusal] = field(default_factory=list)

    def run(self, edges: Integers) -> None:
        """Decide `edges` (ascending) until none is left."""
        self.group = np.arange(self.nodes)
        self.size = np.ones(self.nodes, dtype=np.int64)
        self.left_over = np.arange(len(self.against_left))
        # Written once; every round touches only the places it sets.
        self.best = np.full(self.nodes, len(self.left), dtype=np.int64)
        self.partner = np.full(self.nodes, -1, dtype=np.int64)
        while len(edges):
            edges = self._round(edges)

    def _round(self, edges: Integers) -> Integers:
        a, b = self.group[self.left[edges]], self.group[self.right[edges]]
        apart = a != b
        edges, a, b = edges[apart], a[apart], b[apart]
        best = self._strongest(edges, a, b)
        mutual = (best[a] == edges) & (best[b] == edges)
        self._forget(a, b)
        chosen, first, second = (
            edges[mutual],
            np.minimum(a[mutual], b[mutual]),
            np.maximum(a[mutual], b[mutual]),
        )
        objecting = self._objecting(first, second)
        counts = np.bincount(objecting[0], minlength=len(chosen))
        is_refused = (
            counts > AGAINST_SHARE * (self.size[first] * self.size[second])
        ) & ~self.is_certain[chosen]
        edges = self._refuse(edges, a, b, chosen, first, second, is_refused, objecting)

        first, second = first[~is_refused], second[~is_refused]
        self.joins.extend(chosen[~is_refused].tolist())
        self.size[first] += self.size[second]
        renamed = np.arange(self.nodes)
        renamed[second] = first
        self.group = renamed[self.group]
        return edges

    def _strongest(self, edges: Integers, a: Integers, b: Integers) -> Integers:
        """The strongest edge of every group:
        edges ascend, so the last one written from behind is the smallest."""
        self.best[a[::-1]] = edges[::-1]
        other = np.full_like(self.best, len(self.left))
        other[b[::-1]] = edges[::-1]
        np.minimum(self.best, other, out=self.best)
        return self.best

    def _forget(self, a: Integers, b: Integers) -> None:
        self.best[a] = self.best[b] = len(self.left)

    def _objecting(self, first: Integers, second: Integers) -> tuple[Integers, Integers]:
        """Of each chosen pair of groups the pairs of records against it:
        (place among the chosen, number of the pair)."""
        slot = np.full(self.nodes, -1, dtype=np.int64)
        slot[first] = slot[second] = np.arange(len(first))
        a, b = (
            self.group[self.against_left[self.left_over]],
            self.group[self.against_right[self.left_over]],
        )
        apart = a != b
        self.left_over, a, b = self.left_over[apart], a[apart], b[apart]
        crossing = (slot[a] == slot[b]) & (slot[a] >= 0)
        return slot[a[crossing]], self.left_over[crossing]

    def _refuse(
        self,
        edges: Integers,
        a: Integers,
        b: Integers,
        chosen: Integers,
        first: Integers,
        second: Integers,
        is_refused: Booleans,
        objecting: tuple[Integers, Integers],
    ) -> Integers:
        """Write the refusals down; returns the edges still to decide.

        With a refused edge go all weaker ones between the same groups that come before the next
        edge of either that leads elsewhere or is certain: nothing could change until then.
        """
        if not is_refused.any():
            return edges
        self.partner[first[is_refused]], self.partner[second[is_refused]] = (
            second[is_refused],
            first[is_refused],
        )
        between = self.partner[a] == b
        may_change = ~between | self.is_certain[edges]
        elsewhere = self._strongest(edges[may_change], a[may_change], b[may_change])
        gone = between & (edges < np.minimum(elsewhere[a], elsewhere[b]))
        self._forget(a, b)
        dropped = dict(
            zip(*np.unique(np.minimum(a[gone], b[gone]), return_counts=True), strict=True)
        )
        for place in np.flatnonzero(is_refused):
            pairs = objecting[1][objecting[0] == place]
            one, two = int(first[place]), int(second[place])
            self.refusals.append(
                _Refusal(
                    edge=int(chosen[place]),
                    groups=(one, two),
                    sizes=(int(self.size[one]), int(self.size[two])),
                    against_count=len(pairs),
                    edges_count=int(dropped[one]),
                    against=pairs[:WRITTEN_PAIRS],
                )
            )
        self.partner[first[is_refused]] = self.partner[second[is_refused]] = -1
        return edges[~gone]


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


def _refusals(edges: pa.Table, ids: pa.Array, refusals: list[_Refusal]) -> pa.Table:
    named = edges.take(pa.array([refusal.edge for refusal in refusals], pa.int64())).drop_columns(
        ["is_certain"]
    )

    def add(table: pa.Table, name: str, value: Callable[[_Refusal], int]) -> pa.Table:
        return table.append_column(
            name, pa.array([value(refusal) for refusal in refusals], pa.int64())
        )

    for side, name in enumerate(("left", "right")):
        groups = pa.array([refusal.groups[side] for refusal in refusals], pa.int64())
        named = named.append_column(f"{name}_group", ids.take(groups))
        named = add(named, f"{name}_size", lambda refusal, side=side: refusal.sizes[side])  # type: ignore[misc]
    named = add(named, "against_count", lambda refusal: refusal.against_count)
    return add(named, "edges_count", lambda refusal: refusal.edges_count)


def _refusing_pairs(edges: pa.Table, against: pa.Table, refusals: list[_Refusal]) -> pa.Table:
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

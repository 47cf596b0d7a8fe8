"""What the loop in tests/steps/test_resolve.py decides edge by edge, decided in rounds of many.

An edge that is the strongest of both groups it touches cannot be reached by any other decision,
so all such edges of a round are decided at once.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]

# A merge is refused when more than this share of the pairs across it speaks against it.
AGAINST_SHARE = 0.25
# Of a refused merge, as many of the pairs that speak against it are written out,
# the heaviest objections first.
WRITTEN_PAIRS = 20


@dataclass(frozen=True)
class Refusal:
    """A merge refused: the strongest edge between two groups as they were then, how many weaker
    ones (`edges_count`, itself included) went with it, how many pairs of records spoke against it
    and the numbers of the heaviest."""

    edge: int
    groups: tuple[int, int]
    sizes: tuple[int, int]
    against_count: int
    edges_count: int
    against: Integers


@dataclass
class Rounds:
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
    refusals: list[Refusal] = field(default_factory=list)

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
                Refusal(
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

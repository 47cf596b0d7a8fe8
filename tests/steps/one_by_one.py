"""Merges and refusals as a loop decides them that takes one edge after the other."""

from dataclasses import dataclass
from itertools import product

import pyarrow as pa

from orchestration.steps.match.resolve import AGAINST_WEIGHT, EDGES
from orchestration.steps.match.rounds import AGAINST_SHARE
from orchestration.steps.match.score import PAIR_SCHEMA

Edge = tuple[str, str, str, int, float | None, bool]
Pair = tuple[str, str, float, bool]


@dataclass
class Expected:
    groups: dict[str, str]
    joins: list[tuple[str, str]]
    refused: dict[tuple[object, ...], tuple[str, str, int, int, int]]


def table_of_edges(edges: list[Edge]) -> pa.Table:
    return pa.Table.from_pylist(
        [dict(zip(EDGES.names, edge, strict=True)) for edge in edges], schema=EDGES
    )


def table_of_pairs(pairs: list[Pair]) -> pa.Table:
    rows = [
        {
            "left_record": left,
            "right_record": right,
            "weight": weight,
            "probability": 1 / (1 + 2.0**-weight),
            "is_vetoed": vetoed,
        }
        for left, right, weight, vetoed in pairs
    ]
    return pa.Table.from_pylist([{**row, "has_ground": True} for row in rows], schema=PAIR_SCHEMA)


def one_by_one(edges: list[Edge], pairs: list[Pair]) -> Expected:
    """The decisions as they are meant: a loop over the edges, strongest first."""
    against = {frozenset(pair[:2]) for pair in pairs if pair[2] < AGAINST_WEIGHT or pair[3]}
    scored = {frozenset(pair[:2]): pair[2] for pair in pairs}
    group = {record: {record} for edge in edges for record in edge[:2]}
    joins, refused = [], {}

    def strength(edge: Edge) -> tuple[object, ...]:
        left, right, rule, priority, weight, is_certain = edge
        if weight is None:
            weight = scored.get(frozenset((left, right)), float("inf"))
        return priority, -weight, min(left, right), max(left, right), rule, not is_certain

    for left, right, rule, priority, weight, is_certain in sorted(edges, key=strength):
        one, two = group[left], group[right]
        if one is two:
            continue
        count = sum(frozenset(cross) in against for cross in product(one, two))
        if count > AGAINST_SHARE * len(one) * len(two) and not is_certain:
            first, second = sorted((one, two), key=min)
            refused[left, right, rule, priority, weight] = (
                min(first),
                min(second),
                len(first),
                len(second),
                count,
            )
            continue
        joins.append((left, right))
        one |= two
        for record in two:
            group[record] = one
    standing = {
        edge: found for edge, found in refused.items() if group[edge[0]] is not group[edge[1]]
    }
    return Expected({record: min(found) for record, found in group.items()}, joins, standing)

"""Why records are one customer, and why others are not:
read from the published generation's evidence, one customer at a time."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

from orchestration.steps.addresses.step import addresses_in

# Evidence that holds: of the strong tier what no limit refused, of the device tier
# what is not ambiguous.
_EVIDENCE = """
with held as (
    select
        edges.left_node,
        edges.right_node,
        edges.match_rule,
        edges.priority,
        edges.match_confidence,
        edges.first_seen_at
    from identity.identity_edges as edges
    left join (
        select left_node, right_node from identity.merge_decisions where refused_by is not null
    ) as refused using (left_node, right_node)
    where edges.is_strong and refused.left_node is null
    union all
    select
        links.record_id,
        links.device_node,
        links.identifier_type,
        types.priority,
        links.match_confidence,
        records.first_seen_at
    from identity.device_links as links
    join seeds.identifier_types as types using (identifier_type)
    join identity.source_records as records using (record_id)
    where not links.is_ambiguous
)
select * from held
where left_node in (select record_id from identity.identity_map where customer_id = $customer)
order by priority, first_seen_at, left_node, right_node
"""
_RECORDS = """
select map.record_id, map.source_name, map.match_rule, map.match_confidence, records.first_seen_at
from identity.identity_map as map
join identity.source_records as records using (record_id)
where map.customer_id = $customer
order by records.first_seen_at, map.record_id
"""
_REFUSED = """
with asked as (
    select
        left_records.customer_id as left_customer,
        right_records.customer_id as right_customer,
        refusals.*
    from identity.identity_refusals as refusals
    join identity.identity_map as left_records on refusals.left_node = left_records.record_id
    left join identity.identity_components as right_nodes on refusals.right_node = right_nodes.node
    left join identity.identity_components as members
        on right_nodes.component = members.component
        and members.node in (select record_id from identity.source_records)
    left join identity.identity_map as right_records on members.node = right_records.record_id
)
select distinct left_node, right_node, match_rule, refused_by, left_customer, right_customer
from asked
where left_customer = $customer or right_customer = $customer
order by left_node, right_node
"""
# Values that records of both carry, and why they join nobody.
_IN_COMMON = """
with carried as (
    select map.customer_id, identifiers.*
    from identity.identifiers as identifiers
    join identity.identity_map as map using (record_id)
    where map.customer_id in ($left, $right)
),
pairs as (
    select distinct
        mine.identifier_type, mine.identifier_value, mine.rejection_reason, mine.rejected_value_hash
    from carried as mine
    join carried as theirs
        on mine.identifier_type = theirs.identifier_type
        and coalesce(mine.identifier_value, mine.rejected_value_hash)
            = coalesce(theirs.identifier_value, theirs.rejected_value_hash)
    where mine.customer_id = $left and theirs.customer_id = $right
)
select
    pairs.identifier_type,
    pairs.identifier_value,
    coalesce(
        pairs.rejection_reason,
        if(shared.is_over_cap, 'over_cap', null),
        if(not types.is_strong, 'ambiguous', null)
    ) as reason,
    shared.holders_count
from pairs
join seeds.identifier_types as types using (identifier_type)
left join identity.shared_identifiers as shared using (identifier_type, identifier_value)
order by all
"""
_FOUND = """
select customer_id, record_id
from identity.identity_map
where record_id = $term or customer_id = $term
union all
select customer_id, null from identity.identity_aliases where alias_customer_id = $term
union all
select map.customer_id, map.record_id
from identity.identifiers
join identity.identity_map as map using (record_id)
where list_contains($values, identifiers.identifier_value)
order by all
"""


@dataclass(frozen=True)
class Evidence:
    """A record and what joins it: an identifier (`type:value`), or another record."""

    record_id: str
    node: str
    rule: str
    confidence: float
    first_seen_at: datetime | None


@dataclass(frozen=True)
class Refusal:
    """A merge that `rule` asked for and that `refused_by` forbade:
    a limit, `different`, or `unlike`."""

    record_id: str
    node: str
    rule: str
    refused_by: str
    customers: tuple[str, str | None]


class Explainer:
    """Answers from one generation."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def find(self, term: str) -> tuple[str, str | None] | None:
        """(customer id, record id) of a record id, a customer id (a retired one, too) or
        an identifier's value; None when nobody has it.

        Of a value that several customers carry, the first by id.
        """
        found = self._rows(
            _FOUND, term=term, values=[term, term.strip().lower(), *addresses_in(term)]
        )
        return (found[0][0], found[0][1]) if found else None

    def records(self, customer_id: str) -> list[tuple[Any, ...]]:
        """(record id, source, rule, confidence, first seen) of a customer's
        records, oldest first."""
        return self._rows(_RECORDS, customer=customer_id)

    def evidence(self, customer_id: str) -> list[Evidence]:
        """What joins a customer's records, strongest first."""
        return [
            Evidence(left, right, rule, float(confidence), seen)
            for left, right, rule, _, confidence, seen in self._rows(
                _EVIDENCE, customer=customer_id
            )
        ]

    def path(self, customer_id: str, start: str, end: str) -> list[Evidence]:
        """The shortest path of evidence from one record of a customer to another;
        of equally short ones the strongest."""
        steps: dict[str, list[tuple[str, Evidence]]] = {}
        for found in self.evidence(customer_id):
            steps.setdefault(found.record_id, []).append((found.node, found))
            steps.setdefault(found.node, []).append((found.record_id, found))
        came_by: dict[str, tuple[str, Evidence] | None] = {start: None}
        waiting = deque([start])
        while waiting and end not in came_by:
            here = waiting.popleft()
            for there, found in steps.get(here, []):
                if there not in came_by:
                    came_by[there] = (here, found)
                    waiting.append(there)
        path: list[Evidence] = []
        node = end
        while step := came_by.get(node):
            node = step[0]
            path.insert(0, step[1])
        return path

    def refusals(self, customer_id: str) -> list[Refusal]:
        """Merges of this customer with others that were refused."""
        found = self._rows(_REFUSED, customer=customer_id)
        return [
            Refusal(left, right, rule, by, (mine, theirs))
            for left, right, rule, by, mine, theirs in found
        ]

    def in_common(self, left_customer: str, right_customer: str) -> list[tuple[Any, ...]]:
        """(type, value or None, why it joins nobody or None, holders) of values that
        records of both carry."""
        return self._rows(_IN_COMMON, left=left_customer, right=right_customer)

    def aliases(self, customer_id: str) -> list[tuple[Any, ...]]:
        """(retired id, merged or split, when) that answer to a customer."""
        query = (
            "select alias_customer_id, change_type, valid_from from identity.identity_aliases"
            " where customer_id = $customer order by all"
        )
        return self._rows(query, customer=customer_id)

    def _rows(self, query: str, **values: str | list[str]) -> list[tuple[Any, ...]]:
        return self._connection.execute(query, values).fetchall()


def masked(node: str) -> str:
    """A node without what would tell whose it is: `email:a…@e….net`, `phone:+49…17`;
    record ids are internal and stay."""
    kind, _, value = node.partition(":")
    if kind == "email" and "@" in value:
        local, _, domain = value.rpartition("@")
        return f"{kind}:{local[:1]}…@{domain[:1]}….{domain.rpartition('.')[2]}"
    if kind == "phone":
        return f"{kind}:{value[:3]}…{value[-2:]}"
    return node

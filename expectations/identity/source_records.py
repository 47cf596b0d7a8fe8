"""identity.source_records: everything that any source says about a person,
before it is decided who is who."""

from expectations.guard import (
    GateContext,
    Guard,
    Suite,
    carried,
    measure,
    none,
    share,
    volume,
)

_TYPES = "(select list(identifier_type) from seeds.identifier_types)"


def _declared(account: str, kind: str) -> list[Guard]:
    """What an account's records are and know people by is said in its file, each guard by name:
    an undeclared kind has no rank, an identifier of no type joins nobody.

    `case` looks at an account's own records; both sides of an `and` are worked out for all.
    """
    own = f"case when source_name = '{account}' then"
    file = f"ingestion/sources/{kind}.yml"
    return [
        none(
            f"record kinds of {account} stand under record_kinds in {file}",
            f"{own} split_part(record_id, ':', 1)"
            " not in (select record_kind from declared.record_kinds) end",
        ),
        none(
            f"identifier types of {account} stand under identifier_types in {file}",
            f"{own} not list_has_all({_TYPES}, map_keys(identifiers)) end",
        ),
    ]


def suite(gate: GateContext) -> Suite:
    """Guards of the records that identity works on."""
    people = gate.feeding("people")
    required = [
        name
        for name, state in sorted(gate.sources.items())
        if state.enabled and state.required and (state.kind or name) in people
    ]
    present = [
        measure(
            f"records of {source}",
            f"count(*) filter (where source_name = '{source}')",
            at_least=1,
            unit="records",
        )
        for source in required
    ]
    declared = [
        guard
        for name, state in sorted(gate.sources.items())
        if state.enabled and (state.kind or name) in people
        for guard in _declared(name, state.kind or name)
    ]
    return Suite(
        (
            *volume(gate),
            *carried(gate.staged("people")),
            *present,
            *declared,
            share(
                "records with an identifier",
                "cardinality(identifiers) > 0",
                at_least=gate.threshold("identified_records_share", 0.7),
            ),
        ),
        sources=people,
    )

"""identity.source_records: everything that any source says about a person,
before it is decided who is who."""

from expectations.guard import GateContext, Suite, carried, measure, no_rows, share, volume

_UNDECLARED = """
    select distinct split_part(record_id, ':', 1)
    from identity.source_records
    where split_part(record_id, ':', 1) not in (select record_kind from declared.record_kinds)
"""


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
            f"records of {source}", f"count(*) filter (where source_name = '{source}')", at_least=1
        )
        for source in required
    ]
    return Suite(
        (
            *volume(gate),
            *carried(gate.staged("people")),
            *present,
            no_rows("record kinds are declared in ingestion/sources/<source>.yml", _UNDECLARED),
            share("records with an identifier", "cardinality(identifiers) > 0", at_least=0.7),
        ),
        sources=people,
    )

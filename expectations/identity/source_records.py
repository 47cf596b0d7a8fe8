"""identity.source_records: everything that any source says about a person,
before it is decided who is who."""

from expectations.guard import GateContext, Suite, measure, share, volume

PERSON_SOURCES = ("shopify", "stripe", "hubspot", "web", "cdnow", "online_retail")


def suite(gate: GateContext) -> Suite:
    """Guards of the records that identity works on."""
    enabled = [
        source for source in PERSON_SOURCES if gate.enabled(source) and gate.source(source).required
    ]
    present = [
        measure(
            f"records of {source}", f"count(*) filter (where source_name = '{source}')", at_least=1
        )
        for source in enabled
    ]
    return Suite(
        (
            *volume(gate),
            *present,
            share("records with an identifier", "cardinality(identifiers) > 0", at_least=0.7),
        ),
        sources=PERSON_SOURCES,
    )

"""identity.identity_map: the answer to who is who.

What goes wrong here goes wrong everywhere, so its blast radius is limited.
"""

from expectations.guard import Compared, GateContext, Suite, measure, volume

# Of fewer records each may well have another of the same person: a shop's first days, a trial.
FEW_RECORDS = 100


def suite(gate: GateContext) -> Suite:
    """Guards of the map from source record to customer."""
    sizes = "select count(*) as records from identity.identity_map group by customer_id"
    moved = "(select value from identity.identity_measures where measure = 'records_moved')"
    guards = [
        *volume(gate),
        measure(
            "largest customer, records",
            f"(select max(records) from ({sizes}))",
            at_most=gate.threshold("largest_identity_records", 200),
        ),
        measure(
            "share of records merged with others",
            f"case when count(*) >= {FEW_RECORDS}"
            f" then 1 - (select count(*) from ({sizes}) where records = 1) / count(*) end",
            at_most=gate.threshold("merged_records_share", 0.99),
            optional=True,
        ),
        # Merging too much shows as fewer customers for the same records, splitting as more.
        measure(
            "customers per record",
            "count(distinct customer_id) / count(*)",
            compared=Compared(drop=0.25, rise=0.25),
        ),
        measure(
            "customers per record as usual",
            "count(distinct customer_id) / count(*)",
            severity="warning",
            compared=Compared(drop=0.05, rise=0.05),
        ),
    ]
    if gate.has("identity.identity_measures"):
        guards.append(
            measure("share of records that changed customer", f"{moved} / count(*)", at_most=0.2)
        )
        guards.append(
            measure(
                "few records changed customer",
                f"{moved} / count(*)",
                at_most=0.05,
                severity="warning",
            )
        )
    return Suite(tuple(guards), sources=gate.feeding("people"))

"""identity.identity_map: the answer to who is who.

What goes wrong here goes wrong everywhere, so its blast radius is limited.
"""

from expectations.guard import Compared, GateContext, Suite, measure, of_enough, volume


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
            unit="records",
        ),
        measure(
            "share of records merged with others",
            of_enough(f"1 - (select count(*) from ({sizes}) where records = 1) / count(*)"),
            at_most=gate.threshold("merged_records_share", 0.99),
            # Where each person has an account and an order, all records are merged.
            severity="warning",
            optional=True,
            unit="share",
        ),
        # Merging too much shows as fewer customers for the same records, splitting as more.
        measure(
            "customers per record",
            of_enough("count(distinct customer_id) / count(*)"),
            compared=Compared(drop=0.25, rise=0.25),
            optional=True,
            unit="customers",
        ),
        measure(
            "customers per record as usual",
            of_enough("count(distinct customer_id) / count(*)"),
            optional=True,
            severity="warning",
            compared=Compared(drop=0.05, rise=0.05),
            unit="customers",
        ),
    ]
    if gate.has("identity.identity_measures"):
        guards.append(
            measure(
                "share of records that changed customer",
                of_enough(f"{moved} / count(*)"),
                at_most=0.2,
                optional=True,
                unit="share",
            )
        )
        guards.append(
            measure(
                "few records changed customer",
                of_enough(f"{moved} / count(*)"),
                at_most=0.05,
                optional=True,
                severity="warning",
                unit="share",
            )
        )
    return Suite(tuple(guards), sources=gate.feeding("people"))

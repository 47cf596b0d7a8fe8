"""marts.late_data: by how much months that were over still moved.

Some always comes late; a jump is a mended source, or a broken one.
"""

from expectations.guard import GateContext, Suite, measure


def suite(gate: GateContext) -> Suite:
    """Guards of what came late. The first month that is over makes the first row."""
    return Suite(
        (
            measure(
                "largest move of a past month within this one",
                (
                    "max(abs(moved_revenue) / nullif(abs(net_revenue), 0))"
                    " filter (where months_later > 0 and known_month = date_trunc('month',"
                    " getvariable('as_of_date')))"
                ),
                at_most=0.1,
                severity="warning",
                optional=True,
                unit="share",
            ),
        ),
        may_be_empty=True,
    )

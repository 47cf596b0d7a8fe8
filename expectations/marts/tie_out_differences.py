"""marts.tie_out_differences: where two tellings of the same money differ.

Few, small and explained, or somebody has to look.
"""

from expectations.guard import Compared, GateContext, Suite, measure


def suite(gate: GateContext) -> Suite:
    """Guards of the list of differences; an empty one is the best."""
    unexplained = "count(*) filter (where explanation = 'none')"
    return Suite(
        (
            measure(
                "differences that nothing explains", unexplained, at_most=0, severity="warning"
            ),
            measure(
                "differences that nothing explains, of all orders",
                f"{unexplained} / nullif((select count(*) from core.orders), 0)",
                at_most=0.02,
                optional=True,
            ),
            measure(
                "differences as usual", "count(*)", severity="warning", compared=Compared(rise=1.0)
            ),
        ),
        may_be_empty=True,
    )

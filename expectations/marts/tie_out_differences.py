"""marts.tie_out_differences: where two tellings of the same money differ.

Few, small and explained, or somebody has to look.
"""

from expectations.guard import Compared, GateContext, Suite, measure, of_enough


def suite(gate: GateContext) -> Suite:
    """Guards of the list of differences; an empty one is the best."""
    unexplained = "count(*) filter (where explanation = 'none')"
    orders = "(select count(*) from core.orders)"
    return Suite(
        (
            measure(
                "differences that nothing explains",
                unexplained,
                at_most=0,
                severity="warning",
                unit="orders",
            ),
            measure(
                "differences that nothing explains, of all orders",
                of_enough(f"{unexplained} / {orders}", orders),
                at_most=0.02,
                optional=True,
                unit="share",
            ),
            measure(
                "differences as usual",
                "count(*)",
                severity="warning",
                compared=Compared(rise=1.0),
                unit="orders",
            ),
        ),
        may_be_empty=True,
    )

"""marts.rfm_scores: recency, frequency and value in fifths."""

from expectations.guard import Compared, GateContext, Suite, equal, measure, share


def suite(gate: GateContext) -> Suite:
    """Guards of scores, one row per buyer."""
    return Suite(
        (
            equal("buyers of purchase histories and of scores", "count(*)", "select count(*) from marts.purchase_histories"),
            # Fifths hold a fifth each, more or less: a mean far from the middle says that the ranking did not rank.
            measure("mean recency score", "avg(recency_score)", at_least=1.5, at_most=4.5, severity="warning"),
            share(
                "buyers in the best segment",
                "rfm_segment = 'champions'",
                at_most=0.5,
                severity="warning",
                compared=Compared(drop=0.5, rise=0.5),
            ),
        ),
        sources=("shopify", "cdnow"),
    )

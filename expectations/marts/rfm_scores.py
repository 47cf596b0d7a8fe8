"""marts.rfm_scores: recency, frequency and value in fifths."""

from expectations.guard import Compared, GateContext, Suite, equal, expect, share


def suite(gate: GateContext) -> Suite:
    """Guards of scores, one row per buyer."""
    return Suite(
        (
            equal(
                "buyers of purchase histories and of scores",
                "count(*)",
                "select count(*) from marts.purchase_histories",
            ),
            # Fifths hold a fifth each, more or less: a mean far from the middle says that
            # the ranking did not rank.
            expect(
                "mean recency score",
                "ExpectColumnMeanToBeBetween",
                severity="warning",
                column="recency_score",
                min_value=1.5,
                max_value=4.5,
            ),
            share(
                "buyers in the best segment",
                "rfm_segment = 'champions'",
                at_most=0.5,
                severity="warning",
                compared=Compared(drop=0.5, rise=0.5),
            ),
        ),
        sources=gate.feeding("orders"),
    )

"""Figures of topic `money` about the purchase models: are the intervals as wide as they say,
and is the truth found where it is known?"""

import math
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from money_shops import TRUTH, as_of, connect_to, simulate

from orchestration.steps.ltv.accuracy import tenths
from orchestration.steps.ltv.report import LtvReport
from orchestration.steps.ltv.step import run_ltv

HISTORY_DAYS, FUTURE_DAYS = 1_095, 365
# Shops as (season, drift): as the models suppose, growing and shrinking rates, seasons of two
# sizes, both together.
KINDS = ((0.0, 0.0), (0.0, 0.1), (0.0, -0.1), (0.15, 0.0), (0.3, 0.0), (0.15, -0.05))
NORMAL_99 = 2.5758
TRUTH_SEEDS = (77, 601, 602)

COVERED = """
select
    count(*) filter (where interval_basis = 'model and backtest') as intervals,
    count(*) filter (
        where actual between predicted_revenue_low and predicted_revenue_high
    ) as covered,
    count(*) filter (where predicted_revenue_low is null) as fallbacks
from (
    select totals.*, coalesce(sum(purchases.amount), 0) as actual
    from read_parquet($totals) as totals
    inner join marts.purchase_histories on true
    left join marts.first_touches using (customer_id)
    left join purchases
        on purchases.customer_id = purchase_histories.customer_id
        and purchases.day > $as_of::date and purchases.day <= $as_of::date + totals.horizon_days
    where totals.segment in ('all customers', first_touches.first_channel)
    group by all
)
"""

FORECAST_AND_FUTURE = """
select scores.expected_orders_365_days::double as expected, count(purchases.day)::double as actual
from read_parquet($scores) as scores
left join purchases
    on purchases.customer_id = scores.customer_id
    and purchases.day > $as_of::date and purchases.day <= $as_of::date + 365
group by scores.customer_id, scores.expected_orders_365_days
order by scores.customer_id
"""


def measure(size: str) -> list[dict[str, Any]]:
    """Coverage over simulated shops, recovery and calibration on one large one."""
    rounds, kinds, customers, large = (
        (2, KINDS, 4_000, 20_000) if size == "full" else (1, KINDS[:1], 1_500, 1_500)
    )
    return [*_coverage(rounds, kinds, customers), *_truth(large)]


def _coverage(
    rounds: int, kinds: tuple[tuple[float, float], ...], customers: int
) -> list[dict[str, Any]]:
    """Every shop's totals of the next 90 and 365 days, all customers' and each channel's,
    against what came."""
    sums = {kind: [0, 0, 0] for kind in kinds}
    for number in range(rounds):
        for place, kind in enumerate(kinds):
            shop = simulate(
                customers,
                HISTORY_DAYS + FUTURE_DAYS,
                1_000 * number + place,
                season=kind[0],
                drift=kind[1],
            )
            with TemporaryDirectory() as folder, connect_to(shop, HISTORY_DAYS - 1) as connection:
                run_ltv(connection, Path(folder), as_of_date=as_of(HISTORY_DAYS - 1))
                values = {
                    "totals": f"{folder}/ltv_totals.parquet",
                    "as_of": as_of(HISTORY_DAYS - 1),
                }
                found = connection.execute(COVERED, values).fetchall()[0]
            sums[kind] = [before + more for before, more in zip(sums[kind], found, strict=True)]
    intervals, covered, fallbacks = (sum(column) for column in zip(*sums.values(), strict=True))
    windows = rounds * len(kinds) * 2
    by_kind = ", ".join(
        f"season {kind[0]:g} drift {kind[1]:g}: {hit / told:.2f}"
        if told
        else f"season {kind[0]:g} drift {kind[1]:g}: none"
        for kind, (told, hit, _) in sums.items()
    )
    note = (
        f"80 % intervals; {windows} windows of 90 and 365 days, {intervals} totals,"
        f" {fallbacks} withheld by fallback; {by_kind}"
    )
    return [
        _figure(
            "total_interval_coverage",
            round(covered / max(intervals, 1), 3),
            ">= .70 and <= .90",
            note,
        ),
        _figure("total_interval_windows", windows, ">= 20"),
    ]


def _truth(customers: int) -> list[dict[str, Any]]:
    """Shops that are as MBG/NBD and Gamma-Gamma suppose, forecast after two years;
    the third year tells how good that was."""
    reports, worst = zip(*(_known_shop(customers, seed) for seed in TRUTH_SEEDS), strict=True)
    fits = {found.model: found for found in reports[0].fits}
    figures, note = [], f"simulated shop, {reports[0].customers_count:,} customers, two years"
    for model, truth in TRUTH.items():
        for (name, value), true in zip(fits[model].parameters.items(), truth, strict=True):
            error = fits[model].log_standard_errors[name] or 0.0
            low, high = (value * math.exp(sign * NORMAL_99 * error) for sign in (-1, 1))
            within = f"true {true}; 99 % interval {low:.3f} to {high:.3f}; {note}"
            figures.append(
                _figure(
                    f"recovered_{model}_{name}_z",
                    round(math.log(value / true) / error, 2),
                    ">= -2.58 and <= 2.58",
                    within,
                )
            )
    others = ", ".join(
        f"{share:.3f} by {report.method}"
        for share, report in zip(worst[1:], reports[1:], strict=True)
    )
    shown = (
        "actual / expected orders of each tenth of the expected orders, a year ahead,"
        f" by {reports[0].method}; {note}; others: {others}"
    )
    figures.append(_figure("calibration_worst_decile", round(worst[0], 3), "<= .10", shown))
    return figures


def _known_shop(customers: int, seed: int) -> tuple[LtvReport, float]:
    """One such shop: the report, and how far its worst tenth was off."""
    days = 730
    # First purchases come evenly over the three years: two customers of three have bought when
    # the forecast is made.
    shop = simulate(customers * 3 // 2, days + FUTURE_DAYS, seed)
    with TemporaryDirectory() as folder, connect_to(shop, days - 1) as connection:
        report = run_ltv(connection, Path(folder), as_of_date=as_of(days - 1))
        values = {"scores": str(report.scores_file), "as_of": as_of(days - 1)}
        rows = connection.execute(FORECAST_AND_FUTURE, values).fetchnumpy()
    found = tenths(np.ones(len(rows["expected"])), rows["actual"], rows["expected"])
    return report, max(abs(came / told - 1) for _, _, came, told in found)


def _figure(name: str, value: float, bar: str, note: str = "") -> dict[str, Any]:
    return {"name": name, "value": value, "unit": "", "bar": bar, "note": note}

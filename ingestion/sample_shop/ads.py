"""The ad platform's file: what the paid campaigns cost and brought per day; the last days are restated every night."""

from __future__ import annotations

import numpy as np

from ingestion.sample_shop.days import date_of, local_day
from ingestion.sample_shop.draw import Ints, stream
from ingestion.sample_shop.landing import Landing
from ingestion.sample_shop.parameters import DAYS
from ingestion.sample_shop.people import People
from ingestion.sample_shop.visits import FIRST, PURCHASE, Visits
from ingestion.sample_shop.words import AD_ACCOUNT_CURRENCY, CAMPAIGNS

# Most clicks leave no visit that the tracker sees as a person's.
CLICKS_PER_FIRST_VISIT = 16.0
CLICKS_PER_LATER_VISIT = 1.5
CONVERSION_DAYS = 30  # the platform counts a purchase that follows the click so soon
RESTATED_DAYS = 3
KNOWN_SHARE = (0.94, 0.985, 0.996, 1.0)  # of the final figures after 0, 1, 2 and more days
HEADER = "customer_id,campaign_id,campaign_name,date,currency_code,cost_micros,impressions,clicks,conversions"
PAID = [index for index, campaign in enumerate(CAMPAIGNS) if campaign.ad_campaign is not None]


class AdCounts:
    """Visits, and purchases that the platform counts as its own, per campaign and day, gathered over all chunks."""

    def __init__(self) -> None:
        self.first_visits: Ints = np.zeros((len(CAMPAIGNS), DAYS), dtype=np.int64)
        self.later_visits: Ints = np.zeros((len(CAMPAIGNS), DAYS), dtype=np.int64)
        self.conversions: Ints = np.zeros((len(CAMPAIGNS), DAYS), dtype=np.int64)

    def add(self, visits: Visits, people: People) -> None:
        """Count a chunk's visits."""
        day = np.clip(local_day(visits.anchor), 0, DAYS - 1)
        is_first = visits.kind == FIRST
        clicked = np.zeros(people.count, dtype=np.int64)
        clicked[visits.person[is_first]] = day[is_first]
        converts = (visits.kind == PURCHASE) & (day - clicked[visits.person] <= CONVERSION_DAYS)
        for target, chosen, campaign in (
            (self.first_visits, is_first, visits.campaign),
            (self.later_visits, ~is_first, visits.campaign),
            (self.conversions, converts, people.campaign[visits.person]),
        ):
            np.add.at(target, (campaign[chosen], day[chosen]), 1)


def land_ads(landing: Landing, counts: AdCounts, seed: int) -> None:
    """Deliver the campaigns' days: all of history at once, then each night its day and the three before, restated."""
    rng = stream(seed, 0, "ads")
    shape = (len(CAMPAIGNS), DAYS)
    clicks = rng.poisson(CLICKS_PER_FIRST_VISIT * counts.first_visits + CLICKS_PER_LATER_VISIT * counts.later_visits + 0.5)
    price = np.array([campaign.cost_per_click for campaign in CAMPAIGNS])[:, None] * rng.uniform(0.85, 1.15, shape)
    cost = np.rint(clicks * price * 1_000_000).astype(np.int64)
    impressions = clicks * rng.integers(15, 40, shape) + rng.integers(0, 60, shape)
    conversions = counts.conversions * rng.uniform(0.8, 1.1, shape)

    def lines(days: range, seen_on: int) -> list[str]:
        result = []
        for day in days:
            known = KNOWN_SHARE[min(seen_on - day, RESTATED_DAYS)]
            for index in PAID:
                campaign = CAMPAIGNS[index]
                assert campaign.ad_account is not None
                result.append(
                    f"{campaign.ad_account},{campaign.ad_campaign},{campaign.name},{date_of(day).isoformat()},"
                    f"{AD_ACCOUNT_CURRENCY[campaign.ad_account]},{int(cost[index, day] * known)},"
                    f"{int(impressions[index, day] * known)},{int(clicks[index, day] * known)},"
                    f"{conversions[index, day] * known:.2f}"
                )
        return result

    first_night = landing.history_day
    for night in range(first_night, DAYS):
        first_day = 0 if night == first_night else night - RESTATED_DAYS
        content = lines(range(max(first_day, 0), night + 1), night)
        landing.land_bytes("google_ads.campaign_days", night, ("\n".join([HEADER, *content]) + "\n").encode(), len(content))

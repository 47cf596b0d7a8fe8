"""The ad platforms' files: what the paid campaigns cost and brought per day;
the last days are restated every night."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ingestion.samples.shop.days import date_of, local_day
from ingestion.samples.shop.draw import Floats, Ints, stream
from ingestion.samples.shop.landing import Landing
from ingestion.samples.shop.parameters import DAYS
from ingestion.samples.shop.people import People
from ingestion.samples.shop.visits import FIRST, PURCHASE, Visits
from ingestion.samples.shop.words import AD_ACCOUNTS, CAMPAIGNS

# Most clicks leave no visit that the tracker sees as a person's.
CLICKS_PER_FIRST_VISIT = 16.0
CLICKS_PER_LATER_VISIT = 1.5
CONVERSION_DAYS = 30  # the platform counts a purchase that follows the click so soon
RESTATED_DAYS = 3
KNOWN_SHARE = (0.94, 0.985, 0.996, 1.0)  # of the final figures after 0, 1, 2 and more days
GOOGLE_HEADER = (
    "customer_id,campaign_id,campaign_name,date,currency_code,cost_micros,"
    "impressions,clicks,conversions"
)
META_HEADER = (
    "account_id,account_currency,campaign_id,campaign_name,date_start,date_stop,impressions,reach,"
    "clicks,inline_link_clicks,spend,actions"
)


class AdCounts:
    """Visits, and purchases that the platform counts as its own, per campaign and day,
    gathered over all chunks."""

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


@dataclass(frozen=True)
class _Figures:
    """What is finally known of each campaign (row) and day (column)."""

    clicks: Ints
    cost: Ints  # millionths of the account's currency
    impressions: Ints
    conversions: Floats
    other_clicks: Ints  # on a picture or a profile: Meta counts them as clicks, too
    frequency: Floats  # how often one person was shown an ad


def _draw_figures(counts: AdCounts, seed: int) -> _Figures:
    rng = stream(seed, 0, "ads")
    shape = (len(CAMPAIGNS), DAYS)
    clicks = rng.poisson(
        CLICKS_PER_FIRST_VISIT * counts.first_visits
        + CLICKS_PER_LATER_VISIT * counts.later_visits
        + 0.5
    )
    price = np.array([campaign.cost_per_click for campaign in CAMPAIGNS])[:, None] * rng.uniform(
        0.85, 1.15, shape
    )
    cost = np.rint(clicks * price * 1_000_000).astype(np.int64)
    impressions = clicks * rng.integers(15, 40, shape) + rng.integers(0, 60, shape)
    conversions = counts.conversions * rng.uniform(0.8, 1.1, shape)
    social = stream(seed, 0, "meta_ads")
    return _Figures(
        clicks,
        cost,
        impressions,
        conversions,
        social.poisson(0.4 * clicks),
        social.uniform(1.05, 1.6, shape),
    )


def _google_line(figures: _Figures, index: int, day: int, known: float) -> str:
    campaign = CAMPAIGNS[index]
    assert campaign.ad_account is not None
    return (
        f"{campaign.ad_account},{campaign.ad_campaign},{campaign.name},{date_of(day).isoformat()},"
        f"{AD_ACCOUNTS[campaign.ad_account].currency},{int(figures.cost[index, day] * known)},"
        f"{int(figures.impressions[index, day] * known)},{int(figures.clicks[index, day] * known)},"
        f"{figures.conversions[index, day] * known:.2f}"
    )


def _meta_line(figures: _Figures, index: int, day: int, known: float) -> str:
    campaign = CAMPAIGNS[index]
    assert campaign.ad_account is not None
    date = date_of(day).isoformat()
    clicks = int(figures.clicks[index, day] * known)
    impressions = int(figures.impressions[index, day] * known)
    bought = round(figures.conversions[index, day] * known)
    actions = [("link_click", clicks), *([("omni_purchase", bought)] if bought else [])]
    told = ",".join(
        f'{{""action_type"":""{kind}"",""value"":""{value}""}}' for kind, value in actions
    )
    return (
        f"{campaign.ad_account},{AD_ACCOUNTS[campaign.ad_account].currency},{campaign.ad_campaign},"
        f"{campaign.name},{date},{date},"
        f"{impressions},{int(impressions / figures.frequency[index, day])},"
        f"{clicks + int(figures.other_clicks[index, day] * known)},"
        f'{clicks},{figures.cost[index, day] * known / 1_000_000:.2f},"[{told}]"'
    )


PLATFORMS = (
    ("google_ads", GOOGLE_HEADER, _google_line),
    ("meta_ads", META_HEADER, _meta_line),
)


def land_ads(landing: Landing, counts: AdCounts, seed: int) -> None:
    """Deliver the campaigns' days: all of history at once,
    then each night its day and the three before, restated."""
    figures = _draw_figures(counts, seed)
    first_night = landing.history_day
    for platform, header, line in PLATFORMS:
        booked = [
            i
            for i, campaign in enumerate(CAMPAIGNS)
            if campaign.ad_account and AD_ACCOUNTS[campaign.ad_account].platform == platform
        ]
        for night in range(first_night, DAYS):
            first_day = 0 if night == first_night else max(night - RESTATED_DAYS, 0)
            content = [
                line(figures, index, day, KNOWN_SHARE[min(night - day, RESTATED_DAYS)])
                for day in range(first_day, night + 1)
                for index in booked
            ]
            landing.land_bytes(
                f"{platform}.campaign_days",
                night,
                ("\n".join([header, *content]) + "\n").encode(),
                len(content),
            )

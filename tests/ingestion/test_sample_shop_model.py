"""What the sample shop is drawn from: the calendar, the rates,
and purchases that follow the models they claim to."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from ingestion.samples.shop import days
from ingestion.samples.shop.parameters import DAYS, END, START, TIME_ZONE, Parameters
from ingestion.samples.shop.people import BUYER, People, draw_people
from ingestion.samples.shop.purchases import Purchases, draw_lives, draw_purchases
from ingestion.samples.shop.rates import CURRENCIES, Rates

N = 40_000


@pytest.fixture(scope="module")
def people() -> People:
    return draw_people(Parameters(), 7, 0, 0, N)


@pytest.fixture(scope="module")
def purchases(people: People) -> Purchases:
    return draw_purchases(people, Parameters(), 7, 0)


def test_the_shops_days_follow_its_clock_changes() -> None:
    zone = ZoneInfo(TIME_ZONE)
    hours = np.arange(days.FIRST_MOMENT, days.CLOSING_MOMENT, 1_800_000)
    local = [datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone) for ms in hours[::7]]
    assert days.local_day(hours[::7]).tolist() == [(moment.date() - START).days for moment in local]
    assert days.offset(hours[::7]).tolist() == [
        int(moment.utcoffset().total_seconds() * 1000) for moment in local
    ]
    noon = days.to_utc(np.arange(DAYS), np.full(DAYS, 12 * days.HOUR))
    assert [datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone).hour for ms in noon] == [
        12
    ] * DAYS
    assert days.date_of(DAYS - 1) == END


def test_rates_of_purchase_and_dropout_are_gamma_and_beta(people: People) -> None:
    parameters = Parameters()
    buyers = people.kind == BUYER
    rate, dropout = people.rate[buyers], people.dropout[buyers]
    n = len(rate)
    assert abs(n / N - parameters.buyers) < 0.01
    assert abs(rate.mean() - parameters.r / parameters.alpha) < 4 * np.sqrt(
        parameters.r
    ) / parameters.alpha / np.sqrt(n)
    assert abs(
        dropout.mean() - parameters.a / (parameters.a + parameters.b)
    ) < 4 * dropout.std() / np.sqrt(n)
    assert np.isnan(people.rate[~buyers]).all()


def test_the_share_who_never_come_back_is_what_the_model_says(
    people: People, purchases: Purchases
) -> None:
    """P(no second purchase within T | lambda, p) = p + (1 - p) exp(-lambda T):
    gone after the first, or not yet back."""
    lives = draw_lives(people, purchases, 7, 0)
    buyers = np.flatnonzero(people.kind == BUYER)
    weeks = (days.CLOSING_MOMENT - lives.first_purchase[buyers]) / days.DAY / 7
    expected = people.dropout[buyers] + (1 - people.dropout[buyers]) * np.exp(
        -people.rate[buyers] * weeks
    )
    once = lives.orders[buyers] == 1
    assert (lives.orders[buyers] >= 1).all()
    assert (
        abs(once.mean() - expected.mean())
        < 4 * np.sqrt((expected * (1 - expected)).sum()) / len(buyers) + 0.002
    )


def test_order_values_are_around_each_persons_mean(people: People, purchases: Purchases) -> None:
    parameters = Parameters()
    real = purchases.sequence >= 0
    ratio = purchases.euros[real] / people.value[purchases.person[real]]
    assert abs(ratio.mean() - 1) < 0.01
    assert abs(ratio.var() - 1 / parameters.value_p) < 0.01
    means = people.value[people.kind == BUYER]
    assert (
        abs(np.median(means) / (parameters.value_p * parameters.value_gamma / 3.474) - 1) < 0.03
    )  # median of Gamma(3.8) = 3.474


def test_lives_are_in_order(people: People, purchases: Purchases) -> None:
    lives = draw_lives(people, purchases, 7, 0)
    buyers = lives.first_purchase < days.NEVER
    assert (lives.first_touch[buyers] < lives.first_purchase[buyers]).all()
    assert (lives.first_touch >= days.FIRST_MOMENT).all()
    assert (lives.first_touch <= lives.last_touch).all()
    assert (purchases.placed >= days.FIRST_MOMENT).all()
    assert (purchases.placed < days.CLOSING_MOMENT).all()
    assert (np.diff(purchases.person) >= 0).all()


def test_the_bank_publishes_on_working_days_newest_first() -> None:
    content, rows = Rates(7).csv(date(2024, 6, 24), date(2024, 7, 7))
    header, *lines = content.decode().splitlines()
    assert header.startswith("Date,USD,JPY,") and header.endswith(",ZAR,")
    assert rows == len(lines) == 10
    dates = [date.fromisoformat(line.split(",")[0]) for line in lines]
    assert dates == sorted(dates, reverse=True)
    assert all(day.weekday() < 5 for day in dates)
    assert all(line.count(",") == len(CURRENCIES) + 1 and line.endswith(",") for line in lines)
    assert all("N/A" in line for line in lines)


def test_a_day_without_a_rate_has_the_last_published_one() -> None:
    rates = Rates(7)
    table = rates.table(["EUR", "USD"])
    assert table.shape == (DAYS, 2)
    assert (table[:, 0] == 1).all()
    friday, sunday = days.day_of(date(2026, 6, 26)), days.day_of(date(2026, 6, 28))
    assert table[friday, 1] == table[sunday, 1] == float(rates.texts[date(2026, 6, 26)][0])
    assert Rates(8).table(["USD"])[-1, 0] != table[-1, 1]

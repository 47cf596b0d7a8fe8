"""When people buy and for how much: BG/NBD lives and Gamma-Gamma values
(Fader, Hardie and Lee 2005; Fader and Hardie 2013).

A customer buys first at some time, then at exponential gaps of rate lambda, and leaves for good
after any purchase, the first included, with chance p. Order values are Gamma(p, rate nu) around
the customer's own mean p / nu.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ingestion.samples.shop.days import CLOSING_MOMENT, DAY, FIRST_MOMENT, NEVER, to_utc
from ingestion.samples.shop.draw import (
    Flags,
    Floats,
    Ints,
    chance,
    pick,
    running_index,
    stream,
    time_of_day,
)
from ingestion.samples.shop.parameters import DAYS, Parameters
from ingestion.samples.shop.people import BUYER, TEST_ACCOUNT, People

FIRST_PURCHASE_DAY = (
    6  # nobody buys earlier, so that the visits before a first purchase fit into the calendar
)


@dataclass
class Purchases:
    """One entry per order, by person and time."""

    person: Ints  # position in the chunk
    placed: Ints  # UTC milliseconds
    euros: Floats  # what the customer pays, before refunds
    sequence: Ints  # 0 = the person's first real order; -1 for void and test orders
    is_void: Flags
    is_test: Flags


def purchase_times(people: People, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """Every purchase as (person, days since the shop opened), by the BG/NBD process; not sorted."""
    person = np.flatnonzero(people.kind == BUYER)
    # A shop that grows a little: somewhat more first purchases in the second year.
    day = FIRST_PURCHASE_DAY + (DAYS - FIRST_PURCHASE_DAY) * rng.random(len(person)) ** 0.9
    persons, days = [person], [day]
    while len(person):
        stays = ~chance(rng, people.dropout[person], len(person))
        person, day = person[stays], day[stays]
        day = day + rng.exponential(7 / people.rate[person])
        within = day < DAYS
        person, day = person[within], day[within]
        persons.append(person)
        days.append(day)
    return np.concatenate(persons), np.concatenate(days)


def draw_purchases(people: People, parameters: Parameters, seed: int, chunk: int) -> Purchases:
    """All orders of the chunk: the model's purchases, and beside them void and test orders,
    which are no purchases."""
    rng = stream(seed, chunk, "purchases")
    person, days = purchase_times(people, rng)
    real = len(person)
    void = person[chance(rng, parameters.void_orders, real)]
    testers = np.flatnonzero(people.kind == TEST_ACCOUNT)
    test = np.concatenate([testers, testers[chance(rng, 0.5, len(testers))]])
    extra_days = rng.uniform(FIRST_PURCHASE_DAY, DAYS, len(void) + len(test))
    person = np.concatenate([person, void, test])
    day = np.concatenate([days, extra_days]).astype(np.int64)
    n = len(person)
    is_void = np.zeros(n, dtype=bool)
    is_void[real : real + len(void)] = True
    is_test = np.zeros(n, dtype=bool)
    is_test[real + len(void) :] = True

    placed = to_utc(day, time_of_day(rng, n))
    mean = np.where(is_test, 10.0, people.value[person])
    euros = rng.gamma(parameters.value_p, mean / parameters.value_p)

    drawn = Purchases(person, placed, euros, np.full(n, -1), is_void, is_test)
    drawn = pick(
        drawn, np.lexsort((np.arange(n), placed, is_void | is_test, person))
    )  # real orders first, in time
    drawn.sequence = np.where(drawn.is_void | drawn.is_test, -1, running_index(drawn.person))
    return pick(drawn, np.lexsort((drawn.sequence, drawn.placed, drawn.person)))


@dataclass
class Lives:
    """When each person of a chunk came, signed up and was last there;
    UTC milliseconds, NEVER where it does not apply."""

    first_touch: Ints
    last_touch: Ints
    account_at: Ints
    first_purchase: Ints
    last_purchase: Ints
    orders: Ints  # real orders


def draw_lives(people: People, purchases: Purchases, seed: int, chunk: int) -> Lives:
    """The frame of each person's life in the shop, around the purchases drawn."""
    rng = stream(seed, chunk, "lives")
    n = people.count
    real = purchases.sequence >= 0
    first_purchase = np.full(n, NEVER)
    last_purchase = np.full(n, NEVER)
    first = purchases.sequence == 0
    first_purchase[purchases.person[first]] = purchases.placed[first]
    last_purchase[purchases.person[real]] = purchases.placed[
        real
    ]  # sorted by time: the last one stays
    orders = np.bincount(purchases.person[real], minlength=n)

    came = to_utc(rng.integers(1, DAYS - 1, n), time_of_day(rng, n))
    before = (rng.exponential(10 * DAY, n)).astype(np.int64) + DAY // 48
    buys = first_purchase < NEVER
    first_touch = np.where(
        buys, np.maximum(np.where(buys, first_purchase, 0) - before, FIRST_MOMENT + DAY // 4), came
    )
    stays = (rng.exponential(45 * DAY, n)).astype(np.int64)
    last_seen = np.where(buys, np.where(buys, last_purchase, 0), came) + stays
    last_touch = np.minimum(last_seen, CLOSING_MOMENT - DAY // 24)

    account_at = np.full(n, NEVER)
    makes = (purchases.sequence >= 0) & (
        purchases.sequence == people.account_order[purchases.person]
    )
    account_at[purchases.person[makes]] = purchases.placed[makes] - 4 * 60_000
    without_order = (people.account_order == 0) & ~buys
    account_at[without_order] = first_touch[without_order] + 3 * 60_000
    testers = people.kind == TEST_ACCOUNT
    account_at[testers] = FIRST_MOMENT + DAY
    first_touch[testers] = FIRST_MOMENT + DAY - 60_000
    return Lives(
        first_touch,
        np.maximum(last_touch, first_touch),
        account_at,
        first_purchase,
        last_purchase,
        orders,
    )

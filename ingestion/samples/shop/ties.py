"""What people share, so that records of several persons carry one value:
mailboxes, numbers, devices, accounts.

The counts are exact shares of the chunk, not coin tosses, so that a small shop has every case
too. Members of such a group buy rarely: of a few hundred persons, one pair of heavy buyers would
otherwise decide every measure of accuracy.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ingestion.samples.shop.days import NEVER, to_utc
from ingestion.samples.shop.draw import Flags, Ints, chance, running_index, stream
from ingestion.samples.shop.parameters import DAYS, Parameters
from ingestion.samples.shop.people import BUYER, TEST_ACCOUNT, TEST_ACCOUNT_USERS, People
from ingestion.samples.shop.purchases import Purchases

OFFICE_USERS = 20  # more than any sane limit on the persons of one mailbox
KIOSK_USERS = 20
KIOSKS = 3  # at most; device keys -1, -2, -3
SMALLEST = 200  # persons; a smaller chunk has no office, no kiosk and no shared account


def draw_ties(
    people: People, purchases: Purchases, parameters: Parameters, seed: int, chunk: int
) -> People:
    """The same people with what they share; needs their purchases,
    to choose whose records really meet."""
    rng = stream(seed, chunk, "ties")
    n = people.count
    first_order = np.full(n, NEVER)
    first = purchases.sequence == 0
    first_order[purchases.person[first]] = purchases.placed[first]
    orders = np.bincount(purchases.person[purchases.sequence >= 0], minlength=n)
    rare = (people.kind == BUYER) & ~people.is_offline & (orders <= 2 + n // 4000)

    tied = replace(
        people,
        last_name=people.last_name.copy(),
        details=people.details.copy(),
        account_order=people.account_order.copy(),
        has_phone=people.has_phone.copy(),
    )
    free = people.kind != TEST_ACCOUNT
    _share_homes(tied, rng, free, rare, orders, parameters)
    _pass_on_phones(tied, rng, free, rare, first_order, parameters)
    if n >= SMALLEST:
        guests = np.flatnonzero(free & rare & (tied.account_order < 0))
        tied.uses_office[rng.permutation(guests)[:OFFICE_USERS]] = True
        _meet_at_kiosks(tied, rng, first_order, parameters)
        testers = np.flatnonzero(people.kind == TEST_ACCOUNT)[:TEST_ACCOUNT_USERS]
        tied.account_owner[testers] = people.number[testers[0]]
        tied.details[testers] = people.details[testers[0]]
    return tied


def _at_least_one(share: float, n: int, size: float) -> int:
    """How many groups of mean `size` make up a share of n persons; one in any shop of some size."""
    return max(round(share * n / size), int(n >= SMALLEST))


def _groups(
    rng: np.random.Generator, country: Ints, eligible: Flags, sizes: Ints
) -> tuple[Ints, Ints]:
    """Groups of people of one country, of these sizes: (members, head of each member);
    fewer where people run out."""
    pool = rng.permutation(np.flatnonzero(eligible))
    pool = pool[np.argsort(country[pool], kind="stable")]
    slots = len(pool) // 3
    trio = pool[: slots * 3].reshape(slots, 3)
    trio = rng.permutation(trio[country[trio[:, 0]] == country[trio[:, 2]]])[: len(sizes)]
    used = np.arange(3) < sizes[: len(trio), None]
    return trio[used], np.broadcast_to(trio[:, :1], trio.shape)[used]


def _share_homes(
    people: People,
    rng: np.random.Generator,
    free: Flags,
    rare: Flags,
    orders: Ints,
    parameters: Parameters,
) -> None:
    """Households: one address, mostly one surname, one device;
    some also one mailbox, some one telephone."""
    n = people.count
    families = _at_least_one(parameters.family_mailboxes, n, 2.25)
    phones = _at_least_one(parameters.household_phones, n, 2.25)
    others = round(parameters.households * n / 2.25) - families - phones
    for name, count, eligible in (
        ("mailbox", families, rare & (orders >= 2)),
        ("phone", phones, rare),
        ("device", max(others, 0), rare | (people.kind != BUYER)),
    ):
        sizes = np.where(np.arange(count) % 4 == 3, 3, 2)
        members, heads = _groups(rng, people.country, eligible & free, sizes)
        free[members] = False
        named = members[chance(rng, parameters.household_surname, len(members))]
        head_of = np.arange(n)
        head_of[members] = heads
        people.last_name[named] = people.last_name[head_of[named]]
        people.home[members] = people.home[heads]
        guests = members[members != heads]
        people.shared_device_of[guests] = people.number[head_of[guests]]
        if name == "mailbox":
            people.family[members] = people.number[heads]
            people.account_order[members] = 1  # first a guest, then an account of their own
        elif name == "phone":
            people.phone_owner[members] = people.number[heads]
            people.has_phone[members] = people.shares_phone[members] = True


def _pass_on_phones(
    people: People,
    rng: np.random.Generator,
    free: Flags,
    rare: Flags,
    first_order: Ints,
    parameters: Parameters,
) -> None:
    """Numbers given up by early customers and handed to late ones of the same country,
    who do not know them."""
    bought = np.flatnonzero(free & rare & (first_order < NEVER))
    if len(bought) < 6:
        return
    early, late = np.quantile(first_order[bought], (0.35, 0.65))
    givers = rng.permutation(bought[first_order[bought] < early])
    takers = rng.permutation(bought[first_order[bought] > late])
    keys = []
    for side in (givers, takers):
        side[:] = side[np.argsort(people.country[side], kind="stable")]
        keys.append(people.country[side] * people.count + running_index(people.country[side]))
    _, giver, taker = np.intersect1d(keys[0], keys[1], assume_unique=True, return_indices=True)
    chosen = rng.permutation(len(giver))[
        : _at_least_one(parameters.recycled_phones, people.count, 2)
    ]
    givers, takers = givers[giver[chosen]], takers[taker[chosen]]
    people.phone_owner[takers] = people.number[givers]
    people.phone_taker[givers] = people.number[takers]
    both = np.concatenate([givers, takers])
    people.has_phone[both] = people.shares_phone[both] = True
    free[both] = False


def _meet_at_kiosks(
    people: People, rng: np.random.Generator, first_order: Ints, parameters: Parameters
) -> None:
    """Account holders who once log in on a device in the store."""
    settled = to_utc(np.array([DAYS - 150]), np.array([0]))[
        0
    ]  # so that the visit to the store lies within the calendar
    able = np.flatnonzero(
        (people.kind == BUYER)
        & (people.account_order == 0)
        & ~people.is_offline
        & (first_order < settled)
    )
    users = rng.permutation(able)[: max(round(parameters.kiosk_users * people.count), KIOSK_USERS)]
    kiosks = max(min(len(users) // KIOSK_USERS, KIOSKS), 1)
    people.kiosk[users] = -1 - np.arange(len(users)) % kiosks

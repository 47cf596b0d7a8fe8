"""When people visit the shop's pages, on which device, from where, and what happens in a visit.

A visit is drawn as one row; `expand` turns visits into the tracker's calls, still as numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from ingestion.samples.shop.carts import Carts
from ingestion.samples.shop.days import CLOSING_MOMENT, DAY, NEVER
from ingestion.samples.shop.draw import Flags, Ints, chance, choose, pick, running_index, stream
from ingestion.samples.shop.orders import Orders
from ingestion.samples.shop.parameters import Parameters
from ingestion.samples.shop.people import BUYER, CRM_LEAD, NEWSLETTER_LEAD, TEST_ACCOUNT, People
from ingestion.samples.shop.purchases import Lives
from ingestion.samples.shop.words import PRODUCTS, RETURN_VISITS

DEVICES_PER_PERSON = 4
FIRST, BROWSE, SIGN_UP, CHECKOUT, PURCHASE = range(5)
EVENTS = (
    None, "Product List Viewed", "Product Viewed", "Product Added", "Checkout Started",
    "Payment Info Entered", "Order Completed", "Signed Up", "Email Captured",
)  # fmt: skip
LIST, VIEW, ADD, START, PAY, COMPLETE, SIGNED_UP, CAPTURED = range(1, 9)
PAGE, TRACK, IDENTIFY = range(3)


@dataclass
class Visits:
    """One entry per visit."""

    person: Ints  # position in the chunk
    kind: Ints
    anchor: Ints  # UTC milliseconds of the first call; of the last one for purchases and checkouts
    subject: Ints  # order or cart of the visit; -1 = none
    campaign: Ints
    device: Ints  # person number * DEVICES_PER_PERSON + slot; -1 to -3 = a kiosk
    logs_in: Flags
    length: Ints  # calls


def draw_visits(
    people: People,
    lives: Lives,
    orders: Orders,
    carts: Carts,
    parameters: Parameters,
    seed: int,
    chunk: int,
) -> Visits:
    """All visits of the chunk's persons; none of those who never come near the web."""
    rng = stream(seed, chunk, "visits")
    on_web = ~people.is_offline & (people.kind != CRM_LEAD)
    everyone = np.flatnonzero(on_web)
    on_web_orders = np.flatnonzero(~orders.is_pos)
    signers = np.flatnonzero(
        on_web & ((people.kind == NEWSLETTER_LEAD) | (lives.account_at < NEVER))
    )
    signers = signers[(lives.first_purchase[signers] == NEVER)]
    sign_up_at = np.where(lives.account_at < NEVER, lives.account_at, lives.first_touch + DAY // 8)
    mean = np.where(people.kind == BUYER, 2.6 + 2.7 * np.minimum(lives.orders, 12), 1.5)
    browsing = np.repeat(
        everyone, rng.poisson(np.where(people.kind == TEST_ACCOUNT, 0.5, mean))[everyone]
    )
    moment = rng.random(len(browsing)) ** 1.3
    browsed_at = lives.first_touch[browsing] + (
        (lives.last_touch - lives.first_touch)[browsing] * moment
    ).astype(np.int64)
    kiosk = np.flatnonzero((people.kiosk < 0) & (lives.account_at < NEVER) & (people.kind == BUYER))
    kiosk_at = lives.account_at[kiosk] + (rng.exponential(60, len(kiosk)) * DAY).astype(np.int64)

    groups = (
        (everyone, FIRST, lives.first_touch[everyone], -1),
        (browsing, BROWSE, browsed_at, -1),
        (signers, SIGN_UP, sign_up_at[signers], -1),
        (carts.person, CHECKOUT, carts.began, np.arange(len(carts.person))),
        (orders.person[on_web_orders], PURCHASE, orders.placed[on_web_orders], on_web_orders),
        (kiosk, BROWSE, kiosk_at, -1),
    )
    person = np.concatenate([group[0] for group in groups])
    kind = np.concatenate([np.full(len(group[0]), group[1]) for group in groups])
    anchor = np.concatenate([group[2] for group in groups])
    subject = np.concatenate([np.broadcast_to(group[3], len(group[0])) for group in groups])
    n = len(person)
    at_kiosk = np.arange(n) >= n - len(kiosk)

    campaigns = np.array([campaign for campaign, _ in RETURN_VISITS])
    campaign = campaigns[choose(rng, [share for _, share in RETURN_VISITS], n)]
    campaign = np.where(kind == FIRST, people.campaign[person], np.where(at_kiosk, 0, campaign))

    slot = np.where(
        chance(rng, 0.62, n), 0, rng.integers(0, 2**31, n) % people.device_count[person]
    )
    device = people.number[person] * DEVICES_PER_PERSON + slot
    shares = (people.shared_device_of[person] >= 0) & chance(rng, 0.3, n)
    device = np.where(shares, people.shared_device_of[person] * DEVICES_PER_PERSON, device)
    device = np.where(at_kiosk, people.kiosk[person], device)

    has_account = anchor >= lives.account_at[person]
    logs_in = has_account & chance(rng, 0.5, n) & (kind != FIRST)
    bought = kind == PURCHASE
    logs_in[bought] = orders.is_logged[subject[bought]]
    carted = kind == CHECKOUT
    logs_in[carted] = carts.is_logged[subject[carted]]
    logs_in |= at_kiosk | ((kind == SIGN_UP) & has_account)
    length = np.where(
        bought, 8, np.where(carted, 6, np.where(kind == SIGN_UP, 4, 2))
    ) + rng.geometric(1 / 6.5, n)
    drawn = Visits(person, kind, anchor, subject, campaign, device, logs_in, length)
    return pick(drawn, np.flatnonzero(anchor < CLOSING_MOMENT))


@dataclass
class Calls:
    """One entry per call of the tracker, in the order of receipt."""

    visit: Ints
    position: Ints  # within the visit
    type: Ints
    event: Ints
    product: Ints
    at: Ints
    received: Ints
    knows_user: Flags  # carries the login's id
    number: Ints  # stable number of the call in its chunk
    late: Ints


def expand(
    visits: Visits, orders: Orders, lives: Lives, parameters: Parameters, seed: int, chunk: int
) -> Calls:
    """The calls of every visit, with clock errors, late arrivals and repeated deliveries."""
    rng = stream(seed, chunk, "calls")
    visit = np.repeat(np.arange(len(visits.person)), visits.length)
    n = len(visit)
    position = running_index(visit)
    kind = visits.kind[visit]
    remaining = visits.length[visit] - 1 - position
    gap = np.minimum(rng.exponential(38_000, n), 600_000).astype(np.int64) + 400
    gap[position == 0] = 0
    elapsed = np.cumsum(gap)
    ends = np.cumsum(visits.length) - 1
    starts = ends - visits.length + 1
    ends_at_anchor = (visits.kind == PURCHASE) | (visits.kind == CHECKOUT)
    reference = np.where(ends_at_anchor, elapsed[ends], elapsed[starts])
    at = visits.anchor[visit] + elapsed - reference[visit]

    call_type = np.where((position == 0) | chance(rng, 0.55, n), PAGE, TRACK)
    event = np.where(call_type == TRACK, np.where(chance(rng, 0.3, n), LIST, VIEW), 0)
    for visit_kind, tail in (
        (PURCHASE, (COMPLETE, PAY, START, ADD)),
        (CHECKOUT, (START, ADD)),
    ):
        for back, name in enumerate(tail):
            here = (kind == visit_kind) & (remaining == back)
            event[here], call_type[here] = name, TRACK
    signs = (kind == SIGN_UP) & (remaining == 0)
    event[signs] = np.where(visits.logs_in[visit[signs]], SIGNED_UP, CAPTURED)
    call_type[signs] = TRACK

    # Where in the visit the person becomes known: at once, or (new accounts, guests) only at
    # the checkout's form.
    late_login = (visits.kind == SIGN_UP) | (
        (visits.kind == PURCHASE) & chance(rng, 0.3, len(visits.kind))
    )
    bought = np.flatnonzero(visits.kind == PURCHASE)
    late_login[bought] |= (
        orders.placed[visits.subject[bought]] - lives.account_at[visits.person[bought]]
        <= 5 * 60_000
    )
    tail_length = np.where(visits.kind == SIGN_UP, 1, 4)
    known_at = np.where(late_login, visits.length - 1 - tail_length, 1)
    gives = ((visits.kind == PURCHASE) | (visits.kind == CHECKOUT)) & chance(
        rng, 0.5, len(visits.kind)
    )
    gives |= visits.kind == SIGN_UP
    mail_at = np.where(
        visits.kind == SIGN_UP,
        visits.length - 2,
        np.where(visits.kind == CHECKOUT, 3, visits.length - 5),
    )
    identifies = np.where(visits.logs_in, known_at, np.where(gives, mail_at, -1))
    is_identify = position == identifies[visit]
    call_type[is_identify], event[is_identify] = IDENTIFY, 0
    knows_user = visits.logs_in[visit] & (position >= known_at[visit])

    received = at + rng.integers(150, 2_500, n)
    offline = chance(rng, 0.004, n)  # phones without a net send later
    received[offline] += rng.integers(60_000, 10 * 3_600_000, int(offline.sum()))
    wrong_clock = chance(rng, parameters.future_clocks, n)
    at = np.where(wrong_clock, at + 400 * DAY, at)
    late = np.where(chance(rng, parameters.late_events, n), rng.integers(1, 4, n), 0)
    product = rng.integers(0, len(PRODUCTS), n)
    calls = Calls(
        visit, position, call_type, event, product, at, received, knows_user, np.arange(n), late
    )
    repeats = np.flatnonzero(chance(rng, parameters.repeated_events, n))
    again = pick(calls, repeats)
    again.late += 1
    both = Calls(
        *(
            np.concatenate([getattr(calls, field.name), getattr(again, field.name)])
            for field in fields(Calls)
        )
    )
    return pick(both, np.lexsort((both.late, both.number, both.received)))


def order_campaigns(visits: Visits, orders: Orders) -> Ints:
    """For every order the campaign of the visit it was placed in (-1 = none)."""
    campaign = np.full(len(orders.placed), -1)
    bought = np.flatnonzero(visits.kind == PURCHASE)
    campaign[visits.subject[bought]] = visits.campaign[bought]
    return campaign

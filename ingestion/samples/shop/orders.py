"""Everything that is drawn about an order: its amounts, how it is paid and given back,
and whose address it gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ingestion.samples.shop.amounts import order_lines, taken_apart, with_gift_cards
from ingestion.samples.shop.days import DAY, NEVER, local_day
from ingestion.samples.shop.draw import (
    Flags,
    Floats,
    Ints,
    chance,
    choose,
    lateness,
    pick,
    stream,
    words,
)
from ingestion.samples.shop.parameters import Parameters
from ingestion.samples.shop.people import People
from ingestion.samples.shop.purchases import Lives, Purchases
from ingestion.samples.shop.texts import email_dirt, phone_styles
from ingestion.samples.shop.words import COUNTRIES

GATEWAYS = ("stripe", "paypal", "manual", "cash")
STRIPE, PAYPAL, BANK_TRANSFER, CASH = range(len(GATEWAYS))
MINUTE = 60_000


@dataclass
class Orders:
    """One entry per order, in the order of placing.

    Times are UTC milliseconds (NEVER = does not happen).
    """

    person: Ints
    placed: Ints
    is_pos: Flags
    is_logged: Flags  # placed under the person's account
    columns: dict[str, Any]  # everything else, as DuckDB's `orders` has it
    lines: dict[str, Any]  # as DuckDB's `lines` has it


def _settlement(
    rng: np.random.Generator,
    parameters: Parameters,
    placed: Ints,
    is_pos: Flags,
    is_void: Flags,
    special: Flags,
) -> tuple[Ints, Flags, Ints]:
    """How each order is paid: (gateway, whether only authorized at first, when
    captured, paid or voided)."""
    n = len(placed)
    gateway = choose(
        rng,
        (
            1 - parameters.paypal - parameters.bank_transfer,
            parameters.paypal,
            parameters.bank_transfer,
        ),
        n,
    )
    gateway = np.where(
        special, STRIPE, np.where(is_pos, np.where(chance(rng, 0.4, n), CASH, STRIPE), gateway)
    )
    is_delayed = (
        chance(rng, parameters.delayed_capture, n) & (gateway == STRIPE) & ~is_pos & ~special
    ) | is_void
    until_shipped = np.where(is_delayed, rng.uniform(0.6, 3, n), 0)
    wait = np.where(gateway == BANK_TRANSFER, rng.uniform(1, 5, n), until_shipped)
    return gateway, is_delayed, placed + (wait * DAY).astype(np.int64)


def _refunds(
    rng: np.random.Generator, parameters: Parameters, paid: Ints, settled: Ints, special: Flags
) -> dict[str, Any]:
    """What is given back of `paid`, when, and whether the order was cancelled with it:
    nothing, all, or one or two parts."""
    n = len(paid)
    kind = choose(
        rng,
        (
            1 - parameters.full_refunds - parameters.partial_refunds,
            parameters.full_refunds,
            parameters.partial_refunds,
        ),
        n,
    )
    is_full, is_partial = (kind == 1) & ~special, (kind == 2) & ~special
    moment = settled + ((1.5 + rng.exponential(9, n)) * DAY).astype(np.int64)
    twice = is_partial & chance(rng, 0.15, n)
    share = np.clip(rng.beta(3, 4, n), 0.05, 0.95)
    first = np.where(is_full, paid, np.where(is_partial, np.floor(paid * share), 0)).astype(
        np.int64
    )
    return {
        "refunded_at": np.where(is_full | is_partial, moment, NEVER),
        "first_refund": first,
        "second_refunded_at": np.where(twice, moment + 2 * DAY, NEVER),
        "second_refund": np.where(twice, np.floor((paid - first) * share), 0).astype(np.int64),
        "is_cancelled": is_full & chance(rng, 0.25, n),
    }


def _email_choice(
    rng: np.random.Generator,
    parameters: Parameters,
    people: People,
    person: Ints,
    is_first: Flags,
    is_pos: Flags,
    is_logged: Flags,
) -> Ints:
    """The address each order gives: 0 the first, 1 the second or the family's, 2 none,
    3 the office's, 4 a placeholder."""
    n = len(person)
    in_family = people.family[person] >= 0
    other = people.has_second_email[person] | in_family
    choice = np.where(other & chance(rng, np.where(in_family, 0.8, 0.45), n), 1, 0)
    choice = np.where(is_pos & chance(rng, 0.6, n), 2, choice)
    choice = np.where(is_pos & chance(rng, parameters.placeholder_emails, n), 4, choice)
    choice = np.where(people.uses_office[person] & (is_first | chance(rng, 0.3, n)), 3, choice)
    return np.where(is_logged, 0, choice)


def draw_orders(
    people: People,
    lives: Lives,
    purchases: Purchases,
    rates: Floats,
    parameters: Parameters,
    seed: int,
    chunk: int,
) -> Orders:
    """Everything about the chunk's orders. `rates`: units per euro by (day, country)."""
    rng = stream(seed, chunk, "orders")
    bought = pick(purchases, np.lexsort((purchases.person, purchases.placed)))
    person, placed, is_void, is_test = bought.person, bought.placed, bought.is_void, bought.is_test
    n = len(person)
    special = is_void | is_test
    country = people.country[person]
    digits = people.digits[person]
    unit = 10.0**digits * rates[local_day(placed), country]
    total = np.maximum(
        np.rint(bought.euros * unit).astype(np.int64), np.where(digits == 0, 150, 200)
    )

    has_account = placed >= lives.account_at[person]
    is_pos = (chance(rng, parameters.point_of_sale, n) | people.is_offline[person]) & ~special
    is_pos &= (
        lives.account_at[person] - placed != -4 * MINUTE
    )  # the order that makes the account is placed on the web
    is_logged = (
        has_account
        & (~is_pos | chance(rng, 0.3, n))
        & ~chance(rng, parameters.guest_despite_account, n)
    )
    is_logged |= (lives.account_at[person] - placed == -4 * MINUTE) | is_test

    tax_rate = np.array([country.tax for country in COUNTRIES])[country]
    goods, discount, shipping, tax = taken_apart(
        rng, parameters, total, unit, tax_rate, ~is_pos & (bought.euros < 60)
    )
    lines = order_lines(rng, goods, discount, unit)

    # A gift card sold is one more line; a gift card redeemed pays a part.
    sold = chance(rng, parameters.gift_cards_sold, n) & ~special
    card = np.rint(25 * unit).astype(np.int64)
    lines = with_gift_cards(lines, np.flatnonzero(sold), card)
    goods = goods + np.where(sold, card, 0)
    total = total + np.where(sold, card, 0)
    redeemed = chance(rng, parameters.gift_cards_redeemed, n) & ~special & ~sold
    by_gift_card = np.where(
        redeemed, np.minimum(np.rint(20 * unit).astype(np.int64), total // 2), 0
    )
    by_gateway = total - by_gift_card

    gateway, is_delayed, settled = _settlement(rng, parameters, placed, is_pos, is_void, special)
    refunds = _refunds(rng, parameters, by_gateway, settled, special)
    is_disputed = (
        chance(rng, parameters.disputes, n)
        & (gateway == STRIPE)
        & ~special
        & (refunds["refunded_at"] == NEVER)
    )

    email = _email_choice(rng, parameters, people, person, bought.sequence == 0, is_pos, is_logged)
    lead = np.where(
        chance(rng, parameters.recovered_checkouts, n),
        rng.uniform(0.4, 2.5, n) * DAY,
        rng.uniform(1.5, 15, n) * MINUTE,
    )
    late = lateness(rng, parameters.late_records, n)
    stripe_late = np.where(chance(rng, 0.005, n), late + 1, late)
    columns: dict[str, Any] = {
        "order_index": np.arange(n),
        "person": people.number[person],
        "placed": placed,
        "sequence": bought.sequence,
        "goods": goods,
        "order_discount": discount,
        "shipping": shipping,
        "tax": tax,
        "total": total,
        "by_gift_card": by_gift_card,
        "by_gateway": by_gateway,
        "gateway": words(gateway, GATEWAYS),
        "is_void": is_void,
        "is_test": is_test,
        "is_pos": is_pos,
        "is_logged": is_logged,
        "is_delayed": is_delayed,
        "settled": settled,
        "failed_first": chance(rng, parameters.failed_attempts, n) & (gateway == STRIPE) & ~special,
        "disputed_at": np.where(
            is_disputed, settled + ((5 + rng.exponential(15, n)) * DAY).astype(np.int64), NEVER
        ),
        **refunds,
        "email_choice": email,
        "email_dirt": np.where(is_logged | (email == 4), 0, email_dirt(rng, parameters, n)),
        "card_email_dirt": np.where(email == 4, 0, email_dirt(rng, parameters, n)),
        "phone_style": phone_styles(
            rng,
            parameters,
            people.has_phone[person]
            & chance(rng, np.where(people.shares_phone[person], 0.9, 0.55), n),
        ),
        "card_phone_style": phone_styles(
            rng, parameters, people.has_phone[person] & chance(rng, 0.15, n)
        ),
        "checkout_began": placed - lead.astype(np.int64),
        "late": late,
        "stripe_late": stripe_late,
    }
    return Orders(person, placed, is_pos, is_logged, columns, lines)

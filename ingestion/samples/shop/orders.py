"""What an order consists of, in whole minor units of its currency,
so that every total ties out exactly.

The drawn value is what the customer pays: total = lines + shipping + tax - discount, taken apart
from the total down.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

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
from ingestion.samples.shop.words import COUNTRIES, PRODUCTS

GATEWAYS = ("stripe", "paypal", "manual", "cash")
STRIPE, PAYPAL, BANK_TRANSFER, CASH = range(len(GATEWAYS))
MINUTE = 60_000
GIFT_CARD_POSITION = 9


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


def _amounts(
    rng: np.random.Generator,
    parameters: Parameters,
    total: Ints,
    unit: Floats,
    tax_rate: Floats,
    small: Flags,
) -> tuple[Ints, Ints, Ints, Ints]:
    """Take totals apart into (lines, discount, shipping, tax), exactly, in minor units."""
    n = len(total)
    shipping = np.where(small, np.minimum(np.rint(4.9 * unit), total // 4), 0).astype(np.int64)
    tax = np.rint((total - shipping) * tax_rate / (1 + tax_rate)).astype(np.int64)
    net = total - shipping - tax
    share = np.where(chance(rng, parameters.discounts, n), 0.05 * rng.integers(1, 5, n), 0.0)
    discount = np.rint(net * share / (1 - share)).astype(np.int64)
    return net + discount, discount, shipping, tax


def _lines(rng: np.random.Generator, goods: Ints, discount: Ints, unit: Floats) -> dict[str, Any]:
    """Split each order's goods into one to four lines of price x quantity,
    and its discount over them, exactly."""
    n = len(goods)
    count = np.where(goods < 400, 1, 1 + choose(rng, (0.50, 0.27, 0.15, 0.08), n))
    used = np.arange(4) < count[:, None]
    is_last = np.arange(4) == count[:, None] - 1
    weight = rng.uniform(0.5, 1.5, (n, 4)) * used
    amount = np.floor(goods[:, None] * weight / weight.sum(axis=1, keepdims=True)).astype(np.int64)
    quantity = np.where(is_last, 1, 1 + np.minimum(rng.geometric(0.82, (n, 4)) - 1, 4))
    price = amount // quantity
    before = np.where(is_last | ~used, 0, price * quantity).sum(axis=1)
    price = np.where(is_last, (goods - before)[:, None], price)
    part = np.where(
        is_last | ~used, 0, discount[:, None] * (price * quantity) // np.maximum(goods, 1)[:, None]
    )
    part = np.where(is_last, (discount - part.sum(axis=1))[:, None], part)
    order, position = np.nonzero(used)
    reference = np.array([price for _, price in PRODUCTS])
    between = np.sqrt(reference[1:] * reference[:-1])
    return {
        "order_index": order,
        "position": position,
        "product": np.searchsorted(between, price[used] / unit[order]),
        "quantity": quantity[used],
        "price": price[used],
        "discount": part[used],
        "is_gift_card": np.zeros(len(order), dtype=bool),
    }


def _with_gift_cards(lines: dict[str, Any], orders: Ints, price: Ints) -> dict[str, Any]:
    """The lines, with one more for each of `orders`: a gift card at the order's `price`."""
    n = len(orders)
    cards = {
        "order_index": orders,
        "position": np.full(n, GIFT_CARD_POSITION),
        "product": np.full(n, -1),
        "quantity": np.ones(n, dtype=np.int64),
        "price": price[orders],
        "discount": np.zeros(n, dtype=np.int64),
        "is_gift_card": np.ones(n, dtype=bool),
    }
    return {name: np.concatenate([lines[name], values]) for name, values in cards.items()}


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
    goods, discount, shipping, tax = _amounts(
        rng, parameters, total, unit, tax_rate, ~is_pos & (bought.euros < 60)
    )
    lines = _lines(rng, goods, discount, unit)

    # A gift card sold is one more line; a gift card redeemed pays a part.
    sold = chance(rng, parameters.gift_cards_sold, n) & ~special
    card = np.rint(25 * unit).astype(np.int64)
    lines = _with_gift_cards(lines, np.flatnonzero(sold), card)
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


def order_tables(
    con: duckdb.DuckDBPyConnection,
    orders: Orders,
    visits: dict[str, pa.Array],
    numbers_from: int,
    seed: int,
) -> None:
    """Make DuckDB's `orders` (with the person's texts and ids) and `lines`.

    `visits` adds landing_site, referring_site.
    """
    con.register("orders_drawn", pa.table({**orders.columns, **visits}))
    con.register("lines_drawn", pa.table({**orders.lines}))
    con.execute(ORDERS_SQL, {"numbers_from": numbers_from, "seed": str(seed)})
    con.execute(LINES_SQL)
    con.unregister("orders_drawn")
    con.unregister("lines_drawn")


ORDERS_SQL = """
create or replace table orders as
select
    drawn.*,
    people.* exclude (number, kind, rate, dropout, value, channel, campaign, first_slug, last_slug, mailbox),
    5000000000000 + ($numbers_from + order_index) * 97 as order_id,
    1001 + $numbers_from + order_index as order_number,
    'ch_' || substr(md5($seed || ':charge:' || ($numbers_from + order_index)), 1, 24) as charge_id,
    md5($seed || ':checkout:' || ($numbers_from + order_index)) as checkout_token,
    case email_choice
        when 0 then email when 1 then second_email when 3 then office_email when 4 then placeholder_email
    end as given_email,
    case when placed < recycled_at then owned_phone_number else new_phone_number end as given_phone
from orders_drawn as drawn
join people on people.number = drawn.person
order by order_index
"""

_TITLES = "[" + ", ".join(f"'{title.replace(chr(39), chr(39) * 2)}'" for title, _ in PRODUCTS) + "]"
LINES_SQL = f"""
create or replace table lines as
select
    order_index,
    list({{
        'id': 12000000000000 + order_id * 10 + position,
        'product_id': case when is_gift_card then 8000000000999 else 8000000000000 + product end,
        'variant_id': case when is_gift_card then 44000000000999 else 44000000000000 + product end,
        'sku': case when is_gift_card then 'GIFT-25' else 'SKU-' || lpad(product::varchar, 4, '0') end,
        'title': case when is_gift_card then 'Gift card' else {_TITLES}[1 + product] end,
        'quantity': quantity,
        'price': money(price, digits),
        'total_discount': money(discount, digits),
        'gift_card': is_gift_card
    }} order by position) as line_items
from lines_drawn
join (select order_index, order_id, digits from orders) as orders using (order_index)
group by order_index
order by order_index
"""

"""Carts that are left behind: checkouts which never become an order."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from ingestion.samples.shop.days import local_day, to_utc
from ingestion.samples.shop.draw import Flags, Floats, Ints, chance, lateness, stream, time_of_day
from ingestion.samples.shop.parameters import DAYS, Parameters
from ingestion.samples.shop.people import (
    BUYER,
    CRM_LEAD,
    TEST_ACCOUNT,
    People,
)
from ingestion.samples.shop.purchases import Lives
from ingestion.samples.shop.texts import email_dirt, phone_styles
from ingestion.samples.shop.words import PRODUCTS


@dataclass
class Carts:
    """One entry per abandoned checkout, in the order of time."""

    person: Ints
    began: Ints
    is_logged: Flags
    columns: dict[str, Ints | Floats | Flags]


def draw_carts(
    people: People, lives: Lives, rates: Floats, parameters: Parameters, seed: int, chunk: int
) -> Carts:
    """Abandoned checkouts between each person's first and last visit."""
    rng = stream(seed, chunk, "carts")
    mean = np.where(people.kind == BUYER, 1.0, 0.6) * parameters.abandoned_carts_per_person
    mean = np.where(
        (people.kind == CRM_LEAD) | (people.kind == TEST_ACCOUNT) | people.is_offline, 0, mean
    )
    person = np.repeat(np.arange(people.count), rng.poisson(mean))
    n = len(person)
    span = lives.last_touch[person] - lives.first_touch[person]
    day = local_day(lives.first_touch[person] + (span * rng.random(n)).astype(np.int64))
    began = to_utc(np.minimum(day, DAYS - 1), time_of_day(rng, n))
    began = np.maximum(began, lives.first_touch[person] + 60_000)
    order = np.lexsort((person, began))
    person, began = person[order], began[order]
    unit = (
        10.0 ** people.digits[person]
        * rates[np.minimum(local_day(began), DAYS - 1), people.country[person]]
    )
    product = rng.integers(4, len(PRODUCTS) - 4, n)
    price = np.maximum(
        np.rint(np.array([price for _, price in PRODUCTS])[product] * unit), 1
    ).astype(np.int64)
    quantity = 1 + chance(rng, 0.15, n).astype(np.int64)
    is_logged = (began >= lives.account_at[person]) & chance(rng, 0.75, n)
    other = (
        (people.has_second_email[person] | (people.family[person] >= 0))
        & ~is_logged
        & chance(rng, 0.4, n)
    )
    columns: dict[str, Ints | Floats | Flags] = {
        "cart_index": np.arange(n),
        "person": people.number[person],
        "began": began,
        "product": product,
        "price": price,
        "quantity": quantity,
        "cart_total": price * quantity,
        "is_logged": is_logged,
        "email_choice": np.where(other, 1, np.where(~is_logged & chance(rng, 0.12, n), 2, 0)),
        "email_dirt": np.where(is_logged, 0, email_dirt(rng, parameters, n)),
        "phone_style": phone_styles(
            rng, parameters, people.has_phone[person] & chance(rng, 0.25, n)
        ),
        "late": lateness(rng, parameters.late_records, n),
    }
    return Carts(person, began, is_logged, columns)


_TITLES = "[" + ", ".join(f"'{title.replace(chr(39), chr(39) * 2)}'" for title, _ in PRODUCTS) + "]"
CARTS_SQL = f"""
create or replace table carts as
select
    cart_index,
    33000000000000 + ($first_person * 100 + cart_index) * 7 as id,
    md5($seed || ':cart:' || ($first_person * 100 + cart_index)) as token,
    carts_drawn.person,
    case when is_logged then customer_id end as customer,
    case email_choice
        when 0 then email_text(email, email_dirt)
        when 1 then email_text(second_email, email_dirt)
    end as email,
    phone_text(
        country, calling_code, trunk, mobile_prefix,
        case when phone_style >= 0 then
            case when began < recycled_at then owned_phone_number else new_phone_number end
        end, phone_style
    ) as phone,
    currency, digits, cart_total as total, began, late,
    [{{
        'id': 34000000000000 + ($first_person * 100 + cart_index) * 7,
        'product_id': 8000000000000 + product,
        'variant_id': 44000000000000 + product,
        'sku': 'SKU-' || lpad(product::varchar, 4, '0'),
        'title': {_TITLES}[1 + product],
        'quantity': quantity,
        'price': money(price, digits),
        'total_discount': money(0, digits),
        'gift_card': false
    }}] as line_items
from carts_drawn join people on people.number = carts_drawn.person
order by cart_index
"""


def cart_table(con: duckdb.DuckDBPyConnection, carts: Carts, seed: int, first_person: int) -> None:
    """Make DuckDB's `carts`, in the columns that the checkouts' file is written from."""
    con.register("carts_drawn", pa.table(carts.columns))
    con.execute(CARTS_SQL, {"seed": str(seed), "first_person": first_person})
    con.unregister("carts_drawn")

"""What an order consists of, in whole minor units of its currency,
so that every total ties out exactly.

The drawn value is what the customer pays: total = lines + shipping + tax - discount, taken apart
from the total down.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ingestion.samples.shop.draw import Flags, Floats, Ints, chance, choose
from ingestion.samples.shop.parameters import Parameters
from ingestion.samples.shop.words import PRODUCTS

GIFT_CARD_POSITION = 9


def taken_apart(
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


def order_lines(
    rng: np.random.Generator, goods: Ints, discount: Ints, unit: Floats
) -> dict[str, Any]:
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


def with_gift_cards(lines: dict[str, Any], orders: Ints, price: Ints) -> dict[str, Any]:
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

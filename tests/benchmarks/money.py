"""Figures of topic `money`; each family of them has a module of its own beside this one."""

from typing import Any

import money_books
import money_bridge
import money_models
import money_orders
import money_speed


def measure(size: str = "full") -> list[dict[str, Any]]:
    """All families, the one that needs a file of the user's first; `size` is `full` or `tiny`."""
    return [
        figure
        for family in (money_orders, money_bridge, money_books, money_models, money_speed)
        for figure in family.measure(size)
    ]

"""Figures of topic `money`; each family of them has a module of its own beside this one."""

from typing import Any

import money_models
import money_speed


def measure(size: str = "full") -> list[dict[str, Any]]:
    """All families, the dearest last; `size` is `full` or `tiny`."""
    return [figure for family in (money_models, money_speed) for figure in family.measure(size)]

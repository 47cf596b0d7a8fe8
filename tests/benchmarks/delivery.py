"""Figures of topic `delivery`; each family of them has a module of its own beside this one."""

from typing import Any

import delivery_accidents
import delivery_canaries
import delivery_shards
import delivery_speed


def measure(size: str = "full") -> list[dict[str, Any]]:
    """All families, the dearest last; `size` is `full` or `tiny`."""
    quick = [*delivery_speed.measure_speed(size), *delivery_canaries.measure_canaries()]
    return [
        *quick,
        *delivery_accidents.measure_accidents(size),
        *delivery_shards.measure_kills(size),
    ]

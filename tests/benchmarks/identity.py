"""Figures of topic `identity`; each family of them has a module of its own beside this one."""

from typing import Any

import identity_matching
import identity_poison
import identity_stitching


def measure(size: str = "full") -> list[dict[str, Any]]:
    """All families, the dearest last; `size` is `full` or `tiny`."""
    return [figure for family in (identity_matching, identity_poison, identity_stitching) for figure in family.measure(size)]

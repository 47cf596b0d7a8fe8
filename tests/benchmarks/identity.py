"""Figures of topic `identity`; each family of them has a module of its own beside this one."""

from typing import Any

import identity_matching
import identity_poison
import identity_sample
import identity_stitching


def measure(size: str = "full") -> list[dict[str, Any]]:
    """All families, the dearest last; `size` is `full` or `tiny`."""
    families = (identity_matching, identity_sample, identity_poison, identity_stitching)
    return [figure for family in families for figure in family.measure(size)]

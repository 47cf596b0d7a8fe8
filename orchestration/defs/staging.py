"""Each source's latest records in our own names and types: one row per key, nothing joined."""

from collections.abc import Mapping
from typing import Any

from orchestration.checks import layer_gate
from orchestration.dbt import build_layer


def definitions(manifest: Mapping[str, Any]) -> list[Any]:
    """The layer's assets and its gate."""
    return [*build_layer(manifest, "staging"), layer_gate("staging")]

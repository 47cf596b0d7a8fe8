"""Each source's latest records in our own names and types: one row per key, nothing joined."""

from collections.abc import Mapping
from typing import Any

from orchestration.defs.checks import guarded
from orchestration.defs.dbt_layers import build_layer


def definitions(manifest: Mapping[str, Any]) -> list[Any]:
    """The layer's tables and the gate behind them."""
    return guarded("staging", build_layer(manifest, "staging"))

"""What each destination is to know: one row per key, typed and in clear."""

from collections.abc import Mapping
from typing import Any

from orchestration.defs.checks import guarded
from orchestration.defs.dbt_layers import build_layer


def definitions(manifest: Mapping[str, Any]) -> list[Any]:
    """The layer's tables and the gate behind them."""
    return guarded("sync", build_layer(manifest, "sync"))

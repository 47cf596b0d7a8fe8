"""The business as it is: customers, orders and money, consents, sessions."""

from collections.abc import Mapping
from typing import Any

from orchestration.defs.checks import guarded
from orchestration.defs.dbt_layers import build_layer


def definitions(manifest: Mapping[str, Any]) -> list[Any]:
    """The layer's tables and the gate behind them."""
    return guarded("core", build_layer(manifest, "core"))

"""Each source's latest records in our own names and types: one row per key, nothing joined."""

from typing import Any

from orchestration.defs.checks import guarded
from orchestration.defs.dbt_layers import build_layer
from orchestration.defs.dbt_models import DbtModels


def definitions(models: DbtModels) -> list[Any]:
    """The layer's tables and the gate behind them."""
    return guarded("staging", build_layer(models, "staging"))

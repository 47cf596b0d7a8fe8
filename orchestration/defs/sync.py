"""What each destination is to know: one row per key, typed and in clear."""

from typing import Any

from orchestration.defs.checks import guarded
from orchestration.defs.dbt_layers import build_layer
from orchestration.defs.dbt_models import DbtModels


def definitions(models: DbtModels) -> list[Any]:
    """The layer's tables and the gate behind them."""
    return guarded("sync", build_layer(models, "sync"))

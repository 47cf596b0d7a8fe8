"""The business as it is: customers, orders and money, consents, sessions."""

from typing import Any

from orchestration.defs.checks import guarded
from orchestration.defs.dbt_layers import build_layer
from orchestration.defs.dbt_models import DbtModels


def definitions(models: DbtModels) -> list[Any]:
    """The layer's tables and the gate behind them."""
    return guarded("core", build_layer(models, "core"))

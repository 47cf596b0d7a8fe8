"""Answers for departments.

The ltv step fits the purchase models between the histories that they need and
the marts that use them.
"""

from typing import Any

from orchestration.defs.checks import guarded
from orchestration.defs.dbt_layers import build_layer
from orchestration.defs.dbt_models import DbtModels
from orchestration.defs.steps import step_assets


def definitions(models: DbtModels) -> list[Any]:
    """The layer's two builds, the gate behind each, and the step between them."""
    step = step_assets(
        "ltv",
        description=(
            "Predicted orders, revenue and probability of being alive per customer,"
            " with the fits behind them."
        ),
    )
    return [*guarded("marts", build_layer(models, "marts")), step]

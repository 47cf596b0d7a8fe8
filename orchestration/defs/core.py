"""The business as it is: customers, orders and money, consents, sessions."""

from collections.abc import Mapping
from typing import Any

from orchestration.checks import layer_gate
from orchestration.dbt import build_layer


def definitions(manifest: Mapping[str, Any]) -> list[Any]:
    """The layer's assets and its gate."""
    return [*build_layer(manifest, "core"), layer_gate("core")]

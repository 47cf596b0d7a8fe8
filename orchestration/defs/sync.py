"""What each destination is to know: one row per key, typed and in clear."""

from collections.abc import Mapping
from typing import Any

from orchestration.checks import layer_gate
from orchestration.dbt import build_layer


def definitions(manifest: Mapping[str, Any]) -> list[Any]:
    """The layer's assets and its gate."""
    return [*build_layer(manifest, "sync"), layer_gate("sync")]

"""Which records are one person.

The phones step brings numbers to E.164 and the addresses step addresses to their plain form
before they may identify anybody; the match step weighs names.
"""

from typing import Any

from orchestration.defs.checks import guarded
from orchestration.defs.dbt_layers import build_layer
from orchestration.defs.dbt_models import DbtModels
from orchestration.defs.steps import step_assets


def definitions(models: DbtModels) -> list[Any]:
    """The layer's two builds, the gate behind each, and the steps between them."""
    phones = step_assets(
        "phones",
        description="Raw phone numbers as E.164, by Google's rules of every country's numbers.",
    )
    addresses = step_assets(
        "addresses",
        description="Addresses as they were written, with the addresses that each may mean.",
    )
    match = step_assets(
        "match",
        description=(
            "Records that are probably one person, by likeness; only of sources matched by name."
        ),
    )
    return [*guarded("identity", build_layer(models, "identity")), phones, addresses, match]

"""Before raw: tables that are pulled from an API or a database into the landing zone,
as the settings declare them."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from orchestration.defs.dbt_models import DbtModels
from orchestration.defs.resources import NightResource
from orchestration.settings import load_settings

PULL = "pull"


def pulled_tables() -> dict[str, dg.AssetKey]:
    """Raw table → its pull's asset."""
    return {name: dg.AssetKey([PULL, name]) for name in load_settings().enabled_pulls}


def definitions(models: DbtModels) -> list[Any]:
    """One asset per declared pull; none, when none is switched on."""
    pulls = load_settings().enabled_pulls
    specs = [
        dg.AssetSpec(
            key=key,
            group_name=PULL,
            description=f"What is new of {name}, fetched into the landing zone.",
            owners=["team:data"],
            kinds={pulls[name].kind},
        )
        for name, key in pulled_tables().items()
    ]
    if not specs:
        return []

    @dg.multi_asset(name=PULL, specs=specs)
    def pull(
        context: dg.AssetExecutionContext, night: NightResource
    ) -> Iterator[dg.MaterializeResult]:
        with night.step(PULL):
            outcomes = {outcome.pull: outcome for outcome in night.night.pull()}
            for spec in specs:
                outcome = outcomes.get(spec.key.path[-1])
                if outcome is None:
                    yield dg.MaterializeResult(
                        asset_key=spec.key,
                        metadata={"status": "not pulled: a rebuild, or its source is off"},
                    )
                    continue
                yield dg.MaterializeResult(
                    asset_key=spec.key,
                    metadata={
                        "status": outcome.status,
                        "why": outcome.message,
                        "extract": outcome.path or "",
                        "dagster/row_count": outcome.rows,
                        "rows read": outcome.fetched,
                        "requests": outcome.requests,
                    },
                )

    return [pull]

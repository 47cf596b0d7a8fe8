"""The end of a build: the generation's file is finished, then readers are moved to it."""

from datetime import timedelta
from typing import Any

import dagster as dg

from ingestion.layers import LAYERS
from orchestration.defs.dbt_models import DbtModels
from orchestration.defs.resources import NightResource


def definitions(models: DbtModels) -> list[Any]:
    """seal → publish. Both wait for every table of every layer and so for every gate."""
    tables = [
        dg.AssetKey([node["schema"], node["name"]])
        for node in models.manifest["nodes"].values()
        if node["resource_type"] == "model" and node["schema"] in LAYERS
    ]

    @dg.asset(
        group_name="publish",
        deps=tables,
        owners=["team:data"],
        description=(
            "The finished generation: gate results written in, checkpointed, hashed, made durable."
        ),
        kinds={"duckdb"},
    )
    def seal(context: dg.AssetExecutionContext, night: NightResource) -> dg.MaterializeResult:
        with night.step("seal"):
            sealed = night.night.seal()
            return dg.MaterializeResult(
                metadata={
                    "content hash": sealed.content_hash,
                    "tables": len(sealed.tables),
                    "dagster/row_count": sum(sealed.rows.values()),
                }
            )

    @dg.asset(
        group_name="publish",
        deps=[seal],
        owners=["team:data"],
        description="What readers see: the pointer to the newest generation whose every gate held.",
        freshness_policy=dg.FreshnessPolicy.time_window(
            fail_window=timedelta(hours=26), warn_window=timedelta(hours=25)
        ),
        kinds={"duckdb"},
    )
    def publish(context: dg.AssetExecutionContext, night: NightResource) -> dg.MaterializeResult:
        with night.step("publish"):
            moved = night.night.publish()
            return dg.MaterializeResult(
                metadata={
                    "generation": night.night.generations.file(night.night.run_id).name,
                    "published": night.night.published,
                    "records with a new or changed customer id": moved,
                }
            )

    return [seal, publish]

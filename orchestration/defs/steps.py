"""Python steps as assets: what SQL cannot say, between two dbt builds of a layer."""

from collections.abc import Iterator

import dagster as dg

from orchestration.defs.metadata import findings_metadata, table_metadata
from orchestration.defs.resources import NightResource
from orchestration.layers import STEP_LAYER, STEP_TABLES, STEPS


def step_assets(step: str, description: str) -> dg.AssetsDefinition:
    """The tables that a step writes, as one op."""
    specs = [
        dg.AssetSpec(
            key=dg.AssetKey(["steps", table]),
            group_name=STEP_LAYER[step],
            description=description,
            owners=["team:data"],
            kinds={"python"},
            deps=[dg.AssetKey(name.split(".")) for name in STEPS[step]],
        )
        for table in STEP_TABLES[step]
    ]

    @dg.multi_asset(name=f"step_{step}", specs=specs)
    def run(
        context: dg.AssetExecutionContext, night: NightResource
    ) -> Iterator[dg.MaterializeResult]:
        with night.step(f"step {step}"):
            report = night.workbench.run_step(step)
            facts = table_metadata(
                [
                    {"measure": name, "value": value}
                    for name, value in report.items()
                    if not isinstance(value, dict | list)
                ]
            )
            for spec in specs:
                table = spec.key.path[-1]
                yield dg.MaterializeResult(
                    asset_key=spec.key,
                    metadata={
                        "report": facts,
                        "dagster/row_count": report["rows"][table],
                        **findings_metadata(
                            report.get("tables", {}).get(table),
                            report.get("plots", {}).get(table, {}),
                        ),
                    },
                )

    return run

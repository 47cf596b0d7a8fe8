"""dbt's models as Dagster assets: one op per layer, so that a gate can stand between two of them.

A layer with a Python step is two ops: what the step reads is built first, what reads the step's
result (downstream of its dbt source) afterwards. Nothing here imports dbt, unless a person has
chosen some tables of a part.
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from orchestration.defs.dbt_models import DbtModels
from orchestration.defs.dbt_results import Result, results_of
from orchestration.defs.metadata import row_metadata
from orchestration.defs.resources import NightResource
from orchestration.night.workbench import Workbench
from orchestration.warehouse.dbt_runner import Part, parts_of


def build_layer(models: DbtModels, layer: str) -> list[dg.AssetsDefinition]:
    """The ops of one layer: one, or two when a Python step sits inside it."""
    return [_build_assets(models, layer, part) for part in parts_of(layer)]


def _build_assets(models: DbtModels, layer: str, part: Part) -> dg.AssetsDefinition:
    shown = models.parts[part.name]

    @dg.multi_asset(
        name=part.name,
        specs=shown.assets,
        check_specs=shown.checks,
        op_tags=shown.tags,
        can_subset=True,
    )
    def layer_assets(context: dg.AssetExecutionContext, night: NightResource) -> Iterator[Result]:
        with night.step(part.name):
            yield from _build(context, night.workbench, layer, models, part)

    return layer_assets


def _build(
    context: dg.AssetExecutionContext,
    bench: Workbench,
    layer: str,
    models: DbtModels,
    part: Part,
) -> Iterator[Result]:
    """Build, tell progress as it comes, then hand each result to Dagster with its table's rows."""
    selected, excluded = _selection(context, models, part)
    events: list[dict[str, Any]] = []

    def receive(event: dict[str, Any]) -> None:
        context.log.info(event["info"]["msg"])
        events.append(event)

    try:
        bench.build(layer, selected, excluded, receive, part.name)
    finally:
        # What was built and tested before a failure is shown, too.
        counts, checks = bench.count_rows(layer), context.selected_asset_check_keys
        for result in (one for event in events for one in results_of(event, models, checks)):
            if isinstance(result, dg.MaterializeResult) and result.asset_key:
                schema, table = result.asset_key.path
                rows = row_metadata(bench, schema, table, counts.get(table))
                yield dg.MaterializeResult(
                    asset_key=result.asset_key, metadata={**(result.metadata or {}), **rows}
                )
            else:
                yield result


def _selection(
    context: dg.AssetExecutionContext, models: DbtModels, part: Part
) -> tuple[list[str], list[str]]:
    """What dbt selects and excludes."""
    assets, shown = context.assets_def, models.parts[part.name]
    if len(assets.keys) == len(shown.assets) and len(assets.check_keys) == len(shown.checks):
        return part.select.split(), part.exclude.split()
    from orchestration.defs.dbt_translation import selection_of_subset  # dbt is needed anyway

    return selection_of_subset(context, models.manifest, part)

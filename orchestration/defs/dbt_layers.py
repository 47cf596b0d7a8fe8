"""dbt's models as Dagster assets: one op per layer, so that a gate can stand between two of them.

A layer with a Python step is two ops: what the step reads is built first, what reads the step's
result (downstream of its dbt source) afterwards.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtProject, dbt_assets
from dagster_dbt.asset_utils import get_subset_selection_for_context
from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage

from ingestion.contracts.reading import SOURCES
from orchestration.defs.metadata import row_metadata
from orchestration.defs.resources import NightResource
from orchestration.night.workbench import Workbench
from orchestration.warehouse.dbt_runner import DBT_PROJECT, DbtRunner, Part, parts_of

# `path:` selectors are relative to it.
_PROJECT = DbtProject(DBT_PROJECT)


class LayerTranslator(DagsterDbtTranslator):
    """Asset key = layer and table; group = layer;
    owner, description and columns as the model's YAML has them."""

    def __init__(self) -> None:
        super().__init__(
            settings=DagsterDbtTranslatorSettings(
                enable_asset_checks=True, enable_source_tests_as_checks=False
            )
        )

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        if dbt_resource_props["resource_type"] == "source":
            return dg.AssetKey([dbt_resource_props["source_name"], dbt_resource_props["name"]])
        return dg.AssetKey([dbt_resource_props["schema"], dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        return (
            "staging"
            if dbt_resource_props["resource_type"] == "seed"
            else str(dbt_resource_props["schema"])
        )

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return str(dbt_resource_props.get("description") or "")

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:
        return [f"team:{dbt_resource_props.get('config', {}).get('meta', {}).get('owner', 'data')}"]


def load_manifest(runner: DbtRunner) -> dict[str, Any]:
    """dbt's manifest; the project is parsed when it was never, or has changed since."""
    path = runner.manifest_path
    sources = [
        file
        for file in (*runner.project.rglob("*"), *SOURCES.iterdir())
        if file.suffix in {".sql", ".yml", ".yaml", ".csv", ".md"}
    ]
    if not runner.is_prepared and (
        not path.exists() or path.stat().st_mtime < max(file.stat().st_mtime for file in sources)
    ):
        runner.parse()
    manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return manifest


def build_layer(manifest: Mapping[str, Any], layer: str) -> list[dg.AssetsDefinition]:
    """The ops of one layer: one, or two when a Python step sits inside it."""
    return [_build_assets(manifest, layer, part) for part in parts_of(layer)]


def _build_assets(manifest: Mapping[str, Any], layer: str, part: Part) -> dg.AssetsDefinition:
    translator = LayerTranslator()

    @dbt_assets(
        manifest=manifest,
        select=part.select,
        exclude=part.exclude,
        name=part.name,
        dagster_dbt_translator=translator,
        project=_PROJECT,
    )
    def layer_assets(context: dg.AssetExecutionContext, night: NightResource) -> Iterator[Any]:
        with night.step(part.name):
            yield from _build(context, night.workbench, layer, manifest, translator, part)

    return layer_assets


def _build(
    context: dg.AssetExecutionContext,
    bench: Workbench,
    layer: str,
    manifest: Mapping[str, Any],
    translator: LayerTranslator,
    part: Part,
) -> Iterator[Any]:
    """Build, tell progress as it comes, then hand each result to Dagster with its table's rows."""
    arguments, _ = get_subset_selection_for_context(
        context, manifest, part.select, part.exclude or None, None, translator, None
    )
    selected, excluded = _split(arguments)
    results: list[Any] = []

    def receive(event: dict[str, Any]) -> None:
        context.log.info(event["info"]["msg"])
        message = DbtCoreCliEventMessage(raw_event=event, event_history_metadata={})
        results.extend(
            message.to_default_asset_events(
                manifest, dagster_dbt_translator=translator, context=context
            )
        )

    try:
        bench.build(layer, selected, excluded, receive, part.name)
    finally:
        # What was built and tested before a failure is shown, too.
        counts = bench.count_rows(layer)
        for result in results:
            if isinstance(result, dg.Output):
                key = context.asset_key_for_output(result.output_name).path
                yield result.with_metadata(
                    {**result.metadata, **row_metadata(bench, key[0], key[-1], counts.get(key[-1]))}
                )
            else:
                yield result


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """The words after --select and after --exclude."""
    words: dict[str, list[str]] = {"--select": [], "--exclude": []}
    for flag, value in zip(arguments[::2], arguments[1::2], strict=True):
        words[flag] += value.split()
    return words["--select"], words["--exclude"]

"""dagster-dbt's answer to what Dagster shows of dbt's models. Importing this imports all of dbt:
`dbt_models` and `dbt_layers` do so only when nothing else knows."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtProject, dbt_assets
from dagster_dbt.asset_utils import get_asset_check_key_for_test, get_subset_selection_for_context

from orchestration.warehouse.dbt_runner import DBT_PROJECT, Part

# `path:` selectors are relative to it.
PROJECT = DbtProject(DBT_PROJECT)
# Only dagster-dbt itself reads them, and they are no plain data.
INNER = frozenset(
    {"dagster_dbt/manifest", "dagster_dbt/dagster_dbt_translator", "dagster_dbt/project"}
)


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


def translate(manifest: Mapping[str, Any], parts: Iterable[Part]) -> dict[str, Any]:
    """What `dbt_models` keeps, in words that JSON and Dagster's own serializer can say."""
    translator = LayerTranslator()
    made = {part.name: assets_of(manifest, part, translator) for part in parts}
    return {
        "parts": {
            name: {
                "assets": [_asset(spec) for spec in assets.specs],
                "checks": [_check(spec) for spec in assets.check_specs],
                "tags": dict(assets.op.tags),
            }
            for name, assets in made.items()
        },
        "tables": {
            spec.metadata["dagster_dbt/unique_id"]: spec.key.path
            for assets in made.values()
            for spec in assets.specs
        },
        "tests": {
            name: _test(manifest, node, translator)
            for name, node in manifest["nodes"].items()
            if node["resource_type"] == "test"
        },
    }


def assets_of(
    manifest: Mapping[str, Any], part: Part, translator: LayerTranslator
) -> dg.AssetsDefinition:
    """A part as dagster-dbt defines it, with nothing to run."""

    @dbt_assets(
        manifest=manifest,
        select=part.select,
        exclude=part.exclude,
        name=part.name,
        dagster_dbt_translator=translator,
        project=PROJECT,
    )
    def nothing() -> Iterator[Any]:
        yield from ()

    return nothing


def selection_of_subset(
    context: dg.AssetExecutionContext, manifest: Mapping[str, Any], part: Part
) -> tuple[list[str], list[str]]:
    """What dbt selects and excludes when a person has chosen some of a part."""
    arguments, _ = get_subset_selection_for_context(
        context, manifest, part.select, part.exclude or None, None, LayerTranslator(), None
    )
    words: dict[str, list[str]] = {"--select": [], "--exclude": []}
    for flag, value in zip(arguments[::2], arguments[1::2], strict=True):
        words[flag] += value.split()
    return words["--select"], words["--exclude"]


def _asset(spec: dg.AssetSpec) -> dict[str, Any]:
    return {
        "key": spec.key.path,
        "deps": [
            {"asset": dep.asset_key.path, "metadata": dep.metadata}
            for dep in sorted(spec.deps, key=lambda dep: dep.asset_key)
        ],
        "description": spec.description,
        "metadata": {name: value for name, value in spec.metadata.items() if name not in INNER},
        "skippable": spec.skippable,
        "group_name": spec.group_name,
        "code_version": spec.code_version,
        "owners": [*spec.owners],
        "tags": dict(spec.tags),  # the kinds are among them
    }


def _check(spec: dg.AssetCheckSpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "asset": spec.asset_key.path,
        "description": spec.description,
        "additional_deps": sorted(dep.asset_key.path for dep in spec.additional_deps),
        "blocking": spec.blocking,
        "metadata": dict(spec.metadata or {}),
    }


def _test(
    manifest: Mapping[str, Any], node: Mapping[str, Any], translator: LayerTranslator
) -> dict[str, Any]:
    key = get_asset_check_key_for_test(manifest, translator, node["unique_id"], project=PROJECT)
    read = [manifest["nodes"].get(n) or manifest["sources"][n] for n in node["depends_on"]["nodes"]]
    return {
        "name": node["name"],
        "check": key.asset_key.path if key else None,
        "tables": [translator.get_asset_key(table).path for table in read],
    }

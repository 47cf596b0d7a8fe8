"""What dbt tells of tables and tests becomes in Dagster what dagster-dbt would make of it, whether
dbt built the part or it was sent again."""

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest
from dagster_dbt import DbtProject
from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage
from replay_project import FIRST, PAIRS, PARTS, Shop, without_feeds, write_project

from orchestration.defs import dbt_models, dbt_translation
from orchestration.defs.dbt_models import DbtModels, load_models
from orchestration.defs.dbt_results import Result, results_of
from orchestration.defs.dbt_translation import LayerTranslator, assets_of

TESTS = {
    "assert_both.sql": """
select 1 as one from {{ ref('edges') }} cross join {{ ref('moments') }} where word is null""",
    "assert_declared.sql": """
{{ config(meta={'dagster': {'ref': {'name': 'edges'}}}) }}
select left_node from {{ source('declared', 'edges') }}
except select left_node from {{ ref('edges') }}""",
}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DbtModels, list[Any]]]:
    """What is known of a small project, and what dbt told of four nights: a good one, the same
    sent again, one with a failing and a warning test, and one with a model that breaks."""
    with pytest.MonkeyPatch.context() as patch:
        without_feeds(patch)
        patch.setenv("CLIENTELE_INPUTS", "")
        folder = tmp_path_factory.mktemp("told")
        shop = Shop(folder, write_project(folder))
        for name, text in TESTS.items():
            (shop.project / "tests" / name).write_text(text, encoding="utf-8")
        nights = [
            shop.night(),
            shop.night(),
            shop.night([*PAIRS, ("bad", "b"), ("odd", "b")]),
            shop.night([*PAIRS, ("boom", "b")]),
        ]
        assert [night.notes.get(FIRST) for night in nights[:2]] == [None, "sent again"]
        patch.setattr(dbt_models, "PARTS", PARTS)
        patch.setattr(dbt_translation, "PROJECT", DbtProject(shop.project))
        runner = shop.runner()
        runner.prepare()
        yield load_models(runner), [event for night in nights for event in night.events]


@pytest.mark.parametrize("chosen", ["every check", "no check"])
def test_results_are_what_dagster_dbt_would_say(
    chosen: str, told: tuple[DbtModels, list[Any]]
) -> None:
    models, events = told
    manifest = json.loads(json.dumps(models.manifest))
    translator = LayerTranslator()
    seen = set()
    for part in PARTS:
        assets = assets_of(manifest, part, translator)
        checks = assets.check_keys if chosen == "every check" else set()
        context: Any = SimpleNamespace(
            has_assets_def=True,
            assets_def=assets,
            selected_asset_keys=assets.keys,
            selected_asset_check_keys=checks,
        )
        for event in events:
            theirs = DbtCoreCliEventMessage(raw_event=event, event_history_metadata={})
            said = theirs.to_default_asset_events(manifest, translator, context)
            ours = [*results_of(event, models, checks)]
            assert [_shown(one) for one in ours] == [_shown(one) for one in said]
            node = event["data"]["node_info"]
            seen |= {(node["resource_type"], node["node_status"], _kinds(ours))}
    one, two = (("AssetObservation",) * count for count in (1, 2))
    check = ("AssetCheckResult",) if chosen == "every check" else one
    built = ("MaterializeResult",)
    assert seen >= {
        ("model", "success", built),
        ("seed", "success", built),
        ("model", "error", ()),
        ("test", "pass", check),
        ("test", "pass", two),
        ("test", "fail", check),
        ("test", "warn", check),
    }


def test_metadata_names_no_more_than_it_did(told: tuple[DbtModels, list[Any]]) -> None:
    models, events = told
    checks = {key for test in models.tests.values() if (key := test.check)}
    named = {
        label
        for event in events
        for result in results_of(event, models, checks)
        for label in result.metadata or {}
    }
    assert named == {
        "Execution Duration",
        "unique_id",
        "invocation_id",
        "status",
        "dagster_dbt/failed_row_count",
    }


def _kinds(results: list[Result]) -> tuple[str, ...]:
    return tuple(type(one).__name__ for one in results)


def _shown(one: Any) -> Any:
    """A result in words that both sides have."""
    if isinstance(one, dg.MaterializeResult):
        assert one.asset_key
        metadata = dg.Output(None, metadata=one.metadata).metadata
        return "built", one.asset_key.to_python_identifier(), metadata
    if isinstance(one, dg.Output):
        return "built", one.output_name, one.metadata
    return one

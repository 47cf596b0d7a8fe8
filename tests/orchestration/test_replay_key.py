"""Which changes send which parts through dbt: those that a part's statements are rendered from."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from replay_compare import AGAIN, by_dbt
from replay_project import FIRST, PAIRS, SECOND, Shop

from orchestration.warehouse.dbt_runner import DbtRunner
from orchestration.warehouse.feeds import DBT_PROJECT, feeds_variable
from orchestration.warehouse.replay import key
from orchestration.warehouse.replay.key import Surroundings
from orchestration.warehouse.replay.runner import PARTS

ALL = {part.name for part in PARTS}
IDENTITY = {"identity_before_phones", "identity_after_phones"}
MARTS = {"marts_before_ltv", "marts_after_ltv"}


@pytest.mark.parametrize(
    ("file", "old", "new", "by_dbt_then"),
    [
        ("models/second/answers.sql", "select cast", "select  cast", {SECOND}),
        ("models/second/_second.yml", "Answers.", "Answers!", {SECOND}),
        ("models/first/_first.yml", "Where it ends.", "Where it ends!", {FIRST}),
        ("macros/shout.sql", "upper(", "upper( ", {SECOND}),
        ("macros/whisper.sql", "lower(", "lower( ", {FIRST}),
        ("seeds/colours.csv", "blue,2", "blue,3", {FIRST}),
        ("tests/assert_no_bad_edge.sql", "'bad'", "'bad '", {FIRST}),
        ("dbt_project.yml", "word: one", "word: two", {FIRST}),
        ("profiles.yml", "threads: 2", "threads: 1", {FIRST, SECOND}),
        ("models/second/answers.sql", "\nselect", "\n\nselect", set()),  # dbt strips it
        ("models/sources.yml", "tables: [{", "tables: [ {", set()),
    ],
)
def test_one_changed_byte_sends_its_part_through_dbt_and_no_other(
    shop: Shop, file: str, old: str, new: str, by_dbt_then: set[str]
) -> None:
    path = shop.project / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    assert shop.night().notes == AGAIN
    path.write_text(text.replace(old, new), encoding="utf-8")
    try:
        inputs = shop.inputs(PAIRS)
        night = shop.night(inputs=inputs)
        assert {FIRST, SECOND} - {*night.notes} == by_dbt_then
        assert night.tables() == by_dbt(shop, inputs).tables()
    finally:
        path.write_text(text, encoding="utf-8")
    assert shop.night().notes == AGAIN  # reverted: its recording is still there


def test_another_version_of_a_package_is_dbts(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    from orchestration.warehouse.replay import key

    true = key.version
    for package in key.PACKAGES:
        with monkeypatch.context() as patch:
            patch.setattr(key, "version", lambda name, of=package: true(name) + "1" * (name == of))
            other = key.Surroundings(shop.project)
        assert other.state != key.Surroundings(shop.project).state
    with monkeypatch.context() as patch:
        patch.setattr(key, "version", lambda name: true(name) + "1" * (name == "duckdb"))
        assert shop.night().notes == {}
    assert shop.night().notes == AGAIN


@pytest.fixture(scope="module")
def keys(runner: DbtRunner, manifest: dict[str, Any]) -> dict[str, Any]:
    return Surroundings(DBT_PROJECT).part_keys(manifest, PARTS)


def changed(keys: dict[str, Any], manifest: dict[str, Any]) -> set[str]:
    now = Surroundings(DBT_PROJECT).part_keys(manifest, PARTS)
    return {part for part in keys if now[part][0] != keys[part][0]}


@pytest.mark.parametrize(
    ("kind", "name", "parts"),
    [
        ("macros", "macro.clientele.rate", MARTS),
        ("macros", "macro.clientele.latest_version", {"staging"}),
        ("macros", "macro.clientele.duckdb__keyed_hash", ALL - MARTS),
        ("macros", "macro.clientele.decisions_moved", IDENTITY),  # behind a materialization
        ("macros", "macro.clientele.duckdb__alter_column_comment", ALL),  # behind all of them
        ("macros", "macro.clientele.generate_schema_name", ALL),  # dbt calls it by itself
        ("macros", "macro.dbt_duckdb.materialization_table_duckdb", ALL),
        ("nodes", "model.clientele.customers", {"core"}),
        ("nodes", "model.clientele.rfm_scores", MARTS),
        ("nodes", "model.clientele.memberships", {"segments"}),
        ("nodes", "seed.clientele.currencies", {"staging"}),
        ("nodes", "test.clientele.assert_payloads_hold_members_only", {"sync"}),
    ],
)
def test_a_change_is_of_the_parts_that_use_it(
    keys: dict[str, Any], manifest: dict[str, Any], kind: str, name: str, parts: set[str]
) -> None:
    other = copy.deepcopy(manifest)
    text = "macro_sql" if kind == "macros" else "description"
    other[kind][name][text] += " "
    assert changed(keys, other) == parts


def test_what_tells_of_the_parse_alone_is_no_change(
    keys: dict[str, Any], manifest: dict[str, Any]
) -> None:
    other = copy.deepcopy(manifest)
    other["metadata"]["generated_at"] = "another"
    for node in other["nodes"].values():
        node["created_at"] = 0
        for names in node["depends_on"].values():
            names.reverse()
    assert changed(keys, other) == set()


def test_a_new_model_is_of_its_own_layer(keys: dict[str, Any], manifest: dict[str, Any]) -> None:
    other = copy.deepcopy(manifest)
    node = copy.deepcopy(other["nodes"]["model.clientele.deals"])
    node["original_file_path"] = "models/core/more_deals.sql"
    other["nodes"]["model.clientele.more_deals"] = node
    assert changed(keys, other) == {"core"}


def test_a_variable_is_of_those_who_name_it(
    manifest: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = json.loads(feeds_variable(DBT_PROJECT))

    def keys_with(**more: Any) -> dict[str, Any]:
        monkeypatch.setattr(key, "feeds_variable", lambda project: json.dumps(given | more))
        return Surroundings(DBT_PROJECT).part_keys(manifest, PARTS)

    keys = keys_with()
    keys_with(cart_flows=1)
    assert changed(keys, manifest) == {"segments"}
    keys_with(feeds=given["feeds"] | {"orders": []})
    assert changed(keys, manifest) == {"core", *IDENTITY}


def test_the_environment_that_dbt_reads_is_of_all(
    keys: dict[str, Any], manifest: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    state = Surroundings(DBT_PROJECT).state
    monkeypatch.setenv("ANY_OTHER", "1")
    assert (changed(keys, manifest), Surroundings(DBT_PROJECT).state) == (set(), state)
    monkeypatch.setenv("DBT_FULL_REFRESH", "1")
    assert changed(keys, manifest) == ALL
    assert Surroundings(DBT_PROJECT).state != state


def test_a_part_names_the_tables_that_it_reads_of_earlier_ones(keys: dict[str, Any]) -> None:
    reads = {part: {name.split(".")[0] for name in read} for part, (_, read) in keys.items()}
    assert reads["sync"] <= {"core", "marts", "segments", "control", "seeds"}
    assert "raw_by_kind" in reads["staging"]
    assert not any("raw_by_kind" in read for part, read in reads.items() if part != "staging")


def test_the_state_is_of_every_file(shop: Shop) -> None:
    before = Surroundings(shop.project).state
    change: list[Callable[[Path], object]] = [
        lambda file: file.write_text(file.read_text() + " "),
        lambda file: file.rename(file.with_suffix(".moved")),
    ]
    for act in change:
        file = shop.project / "macros" / "whisper.sql"
        text = file.read_text()
        act(file)
        assert Surroundings(shop.project).state != before
        file.with_suffix(".moved").unlink(missing_ok=True)
        file.write_text(text)
    assert Surroundings(shop.project).state == before

"""A part that is sent again is what dbt would have built and told; whatever goes otherwise is
dbt's."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from replay_compare import AGAIN, by_dbt, compiled, of, recordings, run_results
from replay_project import FIRST, PAIRS, PARTS, SECOND, Shop

from orchestration.warehouse.feeds import DBT_PROJECT
from orchestration.warehouse.replay import recording
from orchestration.warehouse.replay.runner import ReplayingDbt

LONG_CHAIN = [(f"n{number:03}", f"n{number + 1:03}") for number in range(60)]


def test_a_night_that_is_sent_again_equals_dbts_own(shop: Shop) -> None:
    inputs = shop.inputs([("a", "b"), ("p", "q"), ("few", "a")])
    again = shop.night(inputs=inputs)
    assert again.notes == AGAIN
    alone = by_dbt(shop, inputs)
    assert again.tables() == alone.tables()
    assert ("first", "edges", "left_node", "It's where it begins.") in {
        (*row[:2], row[3], row[6])
        for rows in again.tables().values()
        for row in rows
        if len(row) == 7
    }
    assert again.told() == alone.told()
    assert run_results(shop.folder / "dbt") == run_results(shop.folder / "plain")
    assert compiled(shop.folder / "dbt") == compiled(shop.folder / "plain")


def test_what_people_read_is_there_again_when_somebody_removed_it(shop: Shop) -> None:
    before = compiled(shop.folder / "dbt")
    for part in PARTS:
        shutil.rmtree(shop.folder / "dbt" / f"target-{part.name}")
    assert shop.night().notes == AGAIN
    assert compiled(shop.folder / "dbt") == before
    assert run_results(shop.folder / "dbt")


def test_statements_of_two_days_and_two_renderings_are_the_same_to_the_byte(
    shop: Shop, tmp_path: Path
) -> None:
    kept = {part.name: of(shop, part.name) for part in PARTS}
    other = ReplayingDbt(tmp_path / "dbt", tmp_path / "kept", shop.project, PARTS)
    inputs = shop.inputs(PAIRS)
    for part in PARTS:
        assert other.build(shop.file_of(inputs), part.select.split(), target=part.name).succeeded
        found = recording.read(next((tmp_path / "kept").glob(f"{part.name}-*.json")))
        assert found is not None
        statements = {node.unique_id: node.statements for node in found.nodes}
        assert statements == {n.unique_id: n.statements for n in kept[part.name].nodes}
        assert found.scene == kept[part.name].scene


def test_tests_come_before_what_they_guard_and_models_after_what_they_read(shop: Shop) -> None:
    nodes = json.loads((shop.folder / "dbt" / "target" / "manifest.json").read_text())["nodes"]
    reads = {name: {*node["depends_on"].get("nodes", [])} for name, node in nodes.items()}
    for part in PARTS:
        names = [node.unique_id for node in of(shop, part.name).nodes]
        for place, name in enumerate(names):
            before, read = {*names[:place]}, reads[name] & {*names}
            assert read <= before
            if not name.startswith("test."):
                tests = {other for other in names if other.startswith("test.")}
                assert {test for test in tests if reads[test] and reads[test] <= read} <= before


@pytest.mark.parametrize(
    ("edge", "failed", "errored"),
    [
        (("bad", "a"), ["test.clientele.assert_no_bad_edge"], []),
        (("boom", "a"), [], ["model.clientele.edges"]),
        (("odd", "a"), [], []),
    ],
)
def test_what_does_not_pass_is_told_by_dbt(
    shop: Shop, edge: tuple[str, str], failed: list[str], errored: list[str]
) -> None:
    inputs = shop.inputs([*PAIRS, edge])
    again, alone = shop.night(inputs=inputs), by_dbt(shop, inputs)
    ours, dbts = again.results[0], alone.results[0]
    assert (ours.succeeded, ours.failed_tests, ours.errored) == (dbts.succeeded, failed, errored)
    assert sorted(map(timeless, ours.messages)) == sorted(map(timeless, dbts.messages))
    assert again.told() == alone.told()
    assert again.tables() == alone.tables()
    assert run_results(shop.folder / "dbt")[:1] == run_results(shop.folder / "plain")[:1]
    # Nothing is kept of it: the night after is dbt's and is kept, and then it is as before.
    assert FIRST not in shop.night().notes
    assert shop.night().notes == AGAIN


def timeless(message: str) -> str:
    return re.sub(r"\d+ of \d+|\d+\.\d+s", "", message)


def test_other_counts_are_sent_again_and_other_zeros_are_dbts(shop: Shop) -> None:
    kept = recordings(shop, FIRST)[-1].read_bytes()
    more = shop.inputs([("c", "d"), ("d", "e"), ("k", "l"), ("m", "n")])
    again = shop.night(inputs=more)
    assert again.notes == AGAIN
    assert again.tables() == by_dbt(shop, more).tables()
    chain = shop.inputs(LONG_CHAIN)
    other = shop.night(inputs=chain)
    assert other.notes[SECOND] == "sent again"
    assert "count is zero" in other.notes[FIRST]
    assert other.tables() == by_dbt(shop, chain).tables()
    assert recordings(shop, FIRST)[-1].read_bytes() != kept
    assert shop.night(LONG_CHAIN).notes == AGAIN  # kept with its own rounds
    assert "count is zero" in shop.night().notes[FIRST]
    assert shop.night().notes == AGAIN


def test_materializations_only_ask_whether_a_count_is_zero() -> None:
    """The same zeros must mean the same statements."""
    macros = DBT_PROJECT / "macros"
    for file in macros.rglob("*.sql"):
        text = file.read_text(encoding="utf-8")
        if "run_query(" in text or "components_count(" in text:
            for tag in re.findall(r"\{%-?(.*?)-?%\}", text, re.DOTALL):
                for compared in re.findall(
                    r"(?<![<>'])(?:[<>=!]=|[<>])(?!>)\s*\S+", _unquoted(tag)
                ):
                    assert re.fullmatch(r">\s*0", compared), f"{file.name}: {compared}"


def _unquoted(tag: str) -> str:
    return re.sub(r"\"[^\"]*\"|'[^']*'", "''", tag)


def test_a_database_that_cannot_be_opened_is_told_by_dbt(shop: Shop) -> None:
    shop.night()
    inputs = replace(shop.inputs(PAIRS), generation=shop.folder / "none" / "there.duckdb")
    inputs.save(shop.file_of(inputs))
    told = []
    for replays in (True, False):
        try:
            night = shop.night(inputs=inputs, replays=replays)
            told.append((night.told(), sorted(map(timeless, night.results[0].messages))))
        except Exception as error:
            told.append((type(error), timeless(str(error))))
    assert told[0] == told[1]
    assert "there.duckdb" in str(told)
    shop.night()
    assert shop.night().notes == AGAIN


def test_other_columns_of_what_is_read_are_dbts(shop: Shop) -> None:
    inputs = shop.inputs([("1", "2")], kind="integer")
    again = shop.night(inputs=inputs)
    assert again.notes.get(FIRST) == "what the part reads has other columns"
    assert again.results[0].succeeded == by_dbt(shop, inputs).results[0].succeeded
    shop.night()
    assert shop.night().notes == AGAIN

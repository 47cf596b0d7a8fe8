"""What is kept of a night: whole, private, without secrets, and never needed."""

import inspect
import os
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from replay_compare import AGAIN, by_dbt, of, recordings
from replay_project import FIRST, PAIRS, PARTS, SECOND, Shop

from orchestration.warehouse.dbt_runner import DbtError
from orchestration.warehouse.feeds import DBT_PROJECT
from orchestration.warehouse.replay import recording
from orchestration.warehouse.replay.recorder import Recorder, UnkeptError
from orchestration.warehouse.replay.recording import KEPT


@pytest.mark.parametrize("spoil", ["half", "other", "none", "unreadable"])
def test_a_corrupt_recording_is_dbts(shop: Shop, spoil: str) -> None:
    file = recordings(shop, FIRST)[-1]
    text = file.read_text(encoding="utf-8")
    spoiled = {
        "half": text[: len(text) // 2],
        "other": text.replace("not_null", "not_nul1", 1),
        "none": "",
        "unreadable": "\udcff",
    }
    file.write_text(spoiled[spoil], encoding="utf-8", errors="surrogateescape")
    night = shop.night()
    assert night.results[0].succeeded
    assert night.notes == {SECOND: "sent again"}
    assert shop.night().notes == AGAIN


def test_what_is_known_of_the_project_may_be_spoiled_or_gone(shop: Shop) -> None:
    parsed = shop.folder / "kept" / "parsed.json"
    for text in ("{", "{}"):
        parsed.write_text(text)
        assert shop.night().notes == AGAIN
    shutil.rmtree(shop.folder / "kept")
    assert [result.succeeded for result in shop.night().results] == [True, True]
    assert shop.night().notes == AGAIN


def in_a_process(shop: Shop, **environment: str) -> subprocess.CompletedProcess[str]:
    shop.nights += 1
    return subprocess.run(
        [sys.executable, "-m", "replay_project", str(shop.folder), str(shop.nights - 1)],
        cwd=Path(__file__).parent,
        env={**os.environ, "PYTHONPATH": f"{DBT_PROJECT.parent}", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_night_that_is_sent_again_imports_no_dbt(shop: Shop) -> None:
    shop.night()
    done = in_a_process(shop)
    assert done.stdout.split() == ["False", "True"], done.stderr


def test_a_kill_in_the_middle_leaves_the_next_night_right(shop: Shop) -> None:
    shop.night()
    done = in_a_process(shop, CLIENTELE_KILLPOINT="replay-sent:4")
    assert done.returncode == -signal.SIGKILL, done.stderr
    inputs = shop.inputs(PAIRS)
    again = shop.night(inputs=inputs)
    assert again.notes == AGAIN
    assert again.tables() == by_dbt(shop, inputs).tables()


def test_a_project_that_changes_while_the_night_runs_stops_it(shop: Shop) -> None:
    shop.night()
    night, inputs = shop.runner(), shop.inputs([*PAIRS, ("bad", "a")])
    night.prepare()
    path = shop.project / "macros" / "shout.sql"
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text}\n", encoding="utf-8")
    try:
        with pytest.raises(DbtError, match="changed while the night ran"):
            night.build(shop.file_of(inputs), PARTS[0].select.split(), target=FIRST)
    finally:
        path.write_text(text, encoding="utf-8")
    shop.night()


def test_some_nodes_of_a_part_are_not_kept(shop: Shop) -> None:
    before = {file.name: file.stat().st_mtime_ns for file in (shop.folder / "kept").iterdir()}
    some, inputs = shop.runner(), shop.inputs(PAIRS)
    assert some.build(shop.file_of(inputs), ["colours"], target=FIRST).succeeded
    after = {file.name: file.stat().st_mtime_ns for file in (shop.folder / "kept").glob("first-*")}
    assert after.items() <= before.items()


def test_recordings_are_private_hold_no_secret_and_are_trimmed(shop: Shop) -> None:
    shop.night()
    folder = shop.folder / "kept"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for file in folder.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    newest = recordings(shop, FIRST)[-1]
    for number in range(KEPT + 2):
        recording.write(folder / f"first-other{number}.json", of(shop, SECOND))
    assert len(recordings(shop, FIRST)) == KEPT
    assert not newest.exists() and recordings(shop, SECOND)
    shop.night()


RESULT = {
    "info": {"invocation_id": "an-invocation"},
    "data": {"node_info": {"unique_id": "model.a.b", "node_status": "success"}},
}


def heard(*sent: recording.Statement, by: str = "model.a.b") -> Recorder:
    recorder = Recorder(lambda event: None)
    recorder._sent[by] = [*sent]
    recorder.hear_result(RESULT)
    return recorder


@pytest.mark.parametrize("word", ["secret", "the-run", "an-invocation"])
def test_a_statement_that_names_the_run_or_a_secret_is_not_kept(word: str) -> None:
    fine = recording.Statement("create table t as select 1")
    assert heard(fine).nodes(["secret", "the-run"])[0].statements == [fine]
    with pytest.raises(UnkeptError, match="or a secret"):
        heard(recording.Statement(f"create table t as select '{word}'")).nodes(
            ["secret", "the-run"]
        )


def test_what_asks_for_more_than_a_count_is_not_kept() -> None:
    with pytest.raises(UnkeptError, match="more than a count"):
        heard(recording.Statement("select 1, 2", "more")).nodes([])
    with pytest.raises(UnkeptError, match="without a result"):
        heard(recording.Statement("drop table t"), by="operation.a.hook").nodes([])


def test_only_what_dbt_reads_for_itself_is_left_out() -> None:
    sent = [
        ("BEGIN", ""),
        ("select table_name, constraint_type from duckdb_constraints() where 1 = 1", "more"),
        ("select column_name from (describe a.b)", "more"),
        ("describe (select 1)", ""),
        ("/* dbt */ select * from (select 1) as x where false limit 0", ""),
        ("/* dbt */ create table a.b as select 1", ""),
        ("comment on column a.b.c is 'select'", ""),
        ("select count(*) from a.b", "count"),
        ("COMMIT", ""),
        ('/* dbt */ drop table if exists "a"."b__dbt_backup" cascade', ""),
    ]
    statements = heard(*(recording.Statement(*one) for one in sent)).nodes([])[0].statements
    assert [s.sql.split()[-1] for s in statements] == ["BEGIN", "1", "'select'", "a.b", "COMMIT"]


def test_a_transaction_that_nobody_commits_may_only_ask() -> None:
    begin, asks = (
        recording.Statement("BEGIN"),
        recording.Statement("select count(*) from t", "count"),
    )
    assert heard(begin, asks).nodes([])[0].statements == [asks]
    with pytest.raises(UnkeptError, match="not committed"):
        heard(begin, recording.Statement("create table t as select 1")).nodes([])


def test_the_names_that_are_listened_at_are_where_they_were() -> None:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.adapters.sql import SQLAdapter, SQLConnectionManager
    from dbt_common.events.contextvars import get_node_info

    assert [*inspect.signature(SQLConnectionManager.add_query).parameters][:4] == [
        "self",
        "sql",
        "auto_begin",
        "bindings",
    ]
    assert "self.add_query(sql" in inspect.getsource(SQLConnectionManager.execute)
    assert "super().execute" in inspect.getsource(DuckDBConnectionManager.execute)
    assert "connections.add_query" in inspect.getsource(SQLAdapter.add_query)
    assert get_node_info() == {}


def test_a_transaction_begins_where_dbts_does(shop: Shop) -> None:
    kept = recording.read(recordings(shop, FIRST)[-1])
    assert kept
    (graph,) = (node for node in kept.nodes if node.unique_id.endswith(".components"))
    words = [statement.sql.split("*/")[-1].split()[0] for statement in graph.statements]
    # The tables of the rounds are joined with each other: each is committed by itself.
    temporary = [s for s in graph.statements[: words.index("BEGIN")] if "temporary" in s.sql]
    assert len(temporary) > 3
    assert not any("temporary" in s.sql for s in graph.statements[words.index("BEGIN") :])
    assert words.count("BEGIN") == words.count("COMMIT") == 1
    tests = [node for node in kept.nodes if node.unique_id.startswith("test.")]
    assert all([s.asks for s in test.statements] == ["test"] for test in tests) and tests

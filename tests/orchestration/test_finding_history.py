"""Since which night a finding stands there: from the history that published nights leave."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from generation_makers import TABLES, make_inputs

from orchestration.control.store import ControlStore
from orchestration.night.findings import read_findings
from orchestration.warehouse.connection import connect
from orchestration.warehouse.generations import Generations
from orchestration.warehouse.histories import customer_ids, export_histories
from orchestration.warehouse.inputs import Inputs
from orchestration.warehouse.publish import publish


class Home:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = ControlStore.open(folder / "control.sqlite")
        self.generations = Generations(folder / "generations")

    def night(self, day: int, found: str, run: str = "run") -> Inputs:
        """A night in which each letter of `found` is a finding of a rule of its own."""
        as_of, name = datetime(2026, 6, day, 22), f"{run}-{day}"
        relations = export_histories(self.store, self.folder / "histories" / name, as_of)
        relations["ids.customer_ids"] = customer_ids(self.store, self.folder / "ids", as_of)
        inputs = replace(make_inputs(self.folder, name, relations), as_of=as_of)
        connection = connect(inputs, write=True)
        for schema, tables in TABLES.items():
            connection.execute(f"create schema clientele.{schema}")
            for table in tables:
                connection.execute(table)
        for rule in found:
            connection.execute(
                "insert into clientele.core.findings (finding_id, rule, severity, table_name, key,"
                f" explanation, remedy) values ('id-{rule}', '{rule}', 'warning', 'orders',"
                f" '{rule}', 'It is wrong.', 'Correct it.')"
            )
        connection.close()
        return inputs

    def publish(self, inputs: Inputs) -> None:
        self.generations.seal(inputs, [], 0, "abc")
        publish(self.generations, self.store, inputs, self.folder / "ids")


def since(inputs: Inputs) -> dict[str, str | None]:
    return {finding.rule: finding.since for finding in read_findings(inputs)}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_a_finding_stands_there_since_the_first_night_that_saw_it(home: Home) -> None:
    home.publish(home.night(1, "ab"))
    second = home.night(2, "bc")
    assert since(second) == {"b": "2026-06-01", "c": "2026-06-02"}
    home.publish(second)
    # What was gone for a night begins anew.
    third = home.night(3, "abc")
    assert since(third) == {"a": "2026-06-03", "b": "2026-06-01", "c": "2026-06-02"}


def test_a_night_made_again_tells_the_same_and_adds_nothing(home: Home) -> None:
    home.publish(home.night(1, "a"))
    home.publish(home.night(2, "ab"))
    again = home.night(2, "ab", run="again")
    assert since(again) == {"a": "2026-06-01", "b": "2026-06-02"}
    home.publish(again)
    rows = home.store.query(
        "select finding_id, change, as_of from finding_changes order by finding_id"
    )
    assert [tuple(row)[:2] for row in rows] == [("id-a", "opened"), ("id-b", "opened")]


def test_a_night_that_was_not_published_counts_for_nothing(home: Home) -> None:
    home.night(1, "a")
    assert since(home.night(2, "a")) == {"a": "2026-06-02"}


def test_of_several_the_oldest_is_told(home: Home) -> None:
    home.publish(home.night(1, "a"))
    inputs = home.night(2, "ab")
    connection = connect(inputs, write=True)
    connection.execute("update clientele.core.findings set rule = 'one'")
    connection.close()
    assert since(inputs) == {"one": "2026-06-01"}

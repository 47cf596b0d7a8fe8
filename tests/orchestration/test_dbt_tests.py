"""What dbt's tests answered, as the gates' page tells it."""

from pathlib import Path
from typing import Any

import pytest

from orchestration.night.dbt_tests import described
from orchestration.night.dbt_tests import test_answer as answer_of
from orchestration.warehouse.dbt_runner import DbtRunner


def _event(unique_id: str, status: str, **data: Any) -> dict[str, Any]:
    node = {"unique_id": unique_id, "resource_type": "test"}
    return {"data": {"node_info": node, "status": status, **data}}


@pytest.mark.parametrize(
    ("status", "failures", "told"),
    [
        ("pass", None, ("passed", 0)),
        ("fail", 3, ("failed", 3)),
        ("warn", 2, ("warned", 2)),
        ("error", None, ("errored", None)),
    ],
)
def test_a_result_event_is_an_answer(
    status: str, failures: int | None, told: tuple[str, int | None]
) -> None:
    found = answer_of(_event("test.clientele.x", status, num_failures=failures), "core")
    assert found and (found.layer, found.status, found.failures) == ("core", *told)


def test_models_and_what_was_skipped_are_none() -> None:
    assert answer_of(_event("test.clientele.x", "skipped"), "core") is None
    model = _event("model.clientele.orders", "success")
    model["data"]["node_info"]["resource_type"] = "model"
    assert answer_of(model, "core") is None


def test_every_test_of_the_project_has_a_table_and_words(
    manifest: dict[str, Any], runner: DbtRunner, tmp_path: Path
) -> None:
    names = [name for name, node in manifest["nodes"].items() if node["resource_type"] == "test"]
    answers = [answer_of(_event(name, "pass"), "core") for name in names]
    tests = described([answer for answer in answers if answer], runner.manifest_path)
    assert len(tests) == len(names) > 200
    known = [*manifest["nodes"].values(), *manifest["sources"].values()]
    tables = {node["name"] for node in known}
    assert {test.table for test in tests} <= tables
    assert not [test.name for test in tests if "_" in test.name and ":" not in test.name]
    assert described([], tmp_path / "there is no manifest") == []

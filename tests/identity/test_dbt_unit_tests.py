"""The unit tests beside the identity models pass.

They are tests of the code, so no night runs them.
"""

import os
from collections.abc import Callable
from typing import Any

from orchestration.warehouse.dbt_runner import close_connections


def test_unit_tests_of_the_identity_models(
    new_lab: Callable[[], Any], make_record: Callable[[str, str], Any]
) -> None:
    from dbt.cli.main import dbtRunner

    lab = new_lab()
    lab.night([make_record("unit", "r1 email=a")])
    runner = lab.runner
    os.environ["CLIENTELE_INPUTS"] = str(lab.folder / "inputs-1.json")
    folders = [
        "--project-dir",
        str(runner.project),
        "--profiles-dir",
        str(runner.project),
        "--target-path",
        str(lab.folder / "target"),
    ]
    select = [
        "--select",
        "path:models/identity,test_type:unit",
        "--log-path",
        str(lab.folder / "logs"),
    ]
    try:
        result = dbtRunner(manifest=runner.manifest).invoke(["--quiet", "test", *folders, *select])
    finally:
        close_connections()
    outcomes = {node.node.name: str(node.status) for node in result.result}
    assert len(outcomes) > 5
    assert set(outcomes.values()) == {"pass"}, outcomes

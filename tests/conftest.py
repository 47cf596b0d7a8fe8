"""What the tests share: dbt's project parsed once for all of them."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from orchestration.dbt_runner import DbtRunner

# Tests never touch the installation's own state or settings.
for _name in (
    "CLIENTELE_HOME",
    "CLIENTELE_SETTINGS",
    "CLIENTELE_KEY_FILE",
    "CLIENTELE_KILLPOINT",
    "CLIENTELE_INPUTS",
    "CLIENTELE_DEV_FILE",
):
    os.environ.pop(_name, None)


for _helpers in ("orchestration", "integration", "ingestion", "benchmarks"):  # harnesses that several test files share
    sys.path.insert(0, str(Path(__file__).parent / _helpers))


@pytest.fixture(scope="session")
def runner(tmp_path_factory: pytest.TempPathFactory) -> DbtRunner:
    """dbt with the project parsed; its connection goes wherever a build's inputs say."""
    folder = tmp_path_factory.mktemp("dbt")
    os.environ["CLIENTELE_INPUTS"] = str(folder / "no-inputs.json")
    runner = DbtRunner(folder)
    runner.parse()
    return runner


@pytest.fixture(scope="session")
def manifest(runner: DbtRunner) -> dict[str, Any]:
    """dbt's manifest as JSON has it."""
    read: dict[str, Any] = json.loads(Path(runner.manifest_path).read_text(encoding="utf-8"))
    return read

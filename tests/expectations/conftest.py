"""One helper process for all gate tests: its import costs seconds."""

from collections.abc import Iterator

import pytest

from orchestration.night.gate_process import GateProcess


@pytest.fixture(scope="session")
def gates() -> Iterator[GateProcess]:
    with GateProcess.start() as process:
        yield process

"""Dagster's pages have no sign-in: they are for this machine, unless somebody says otherwise."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from orchestration.cli import ui
from orchestration.cli.main import main


class Replaced(Exception):
    """The process would be Dagster's now."""


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs `clientele ui` up to where Dagster takes over; its exit code, what it said, and
    whether Dagster would run."""

    def replace(program: str, command: list[str]) -> None:
        assert program == sys.executable
        raise Replaced

    def run(*arguments: str) -> tuple[int, str, bool]:
        done = CliRunner().invoke(main, ["--home", str(tmp_path), "ui", *arguments])
        return done.exit_code, done.output, isinstance(done.exception, Replaced)

    monkeypatch.setattr(ui.os, "execv", replace)
    monkeypatch.chdir(Path.cwd())
    for name in ("CLIENTELE_HOME", "DAGSTER_HOME", "DAGSTER_DISABLE_TELEMETRY"):
        monkeypatch.setenv(name, os.environ.get(name, str(tmp_path)))
    monkeypatch.setattr("orchestration.defs.resources.end_dead_runs", lambda: None)
    return run


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "shop.example", ""])
def test_others_reach_it_only_if_that_is_said(opened: Any, host: str) -> None:
    code, said, runs = opened("--host", host)
    assert (code, runs) == (1, False)
    assert "no sign-in" in said and "ssh -L" in said and "--without-sign-in" in said
    assert opened("--host", host, "--without-sign-in")[2]


@pytest.mark.parametrize("arguments", [(), ("--host", "localhost"), ("--host", "::1")])
def test_this_machine_reaches_it(opened: Any, arguments: tuple[str, ...]) -> None:
    assert opened(*arguments)[2]

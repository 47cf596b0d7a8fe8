"""A value shows on the terminal as it is: it neither colours the line nor moves the cursor."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from rich.table import Table

from ingestion.storage.folder import Folder
from orchestration.cli import terminal
from orchestration.cli.main import main
from orchestration.cli.printing import Progress
from orchestration.control.store import ControlStore
from orchestration.settings import PROJECT

HOSTILE = "[red]x[/red] :warning: \x1b[2J\x1b]0;title\x07\r\x9b1A\x7f\u202egnp"
SHOWN = r"[red]x[/red] :warning: \x1b[2J\x1b]0;title\x07\r\x9b1A\x7f\u202egnp"
# Lines without a value, by who prints them.
PRINT_THEMSELVES = {"analyst.py", "figures.py", "sandbox.py", "sql.py", "terminal.py", "ui.py"}


def test_lines_and_cells_are_plain_text(capsys: pytest.CaptureFixture[str]) -> None:
    console = terminal.Terminal(soft_wrap=True, width=200, force_terminal=True)
    console.print(HOSTILE)
    table = Table(HOSTILE)
    table.add_row(HOSTILE)
    console.print(table)
    console.labelled("why", HOSTILE)
    terminal.say(HOSTILE)
    Progress().say(HOSTILE)
    told = capsys.readouterr().out
    assert told.count(SHOWN) == 6
    colours = re.sub(r"\x1b\[[0-9;]*m", "", told)  # rich's own
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", colours)


def test_a_file_name_and_a_reason_do_not_write_to_the_terminal(
    tmp_path: Path,
) -> None:
    """As `clientele status` tells a file that was refused, and a line of the last night."""
    report: dict[str, Any] = {"refusals": [HOSTILE], "errors": [], "waiting": []}
    store = ControlStore.open(tmp_path / "control" / "clientele.sqlite")
    with store.transaction() as db:
        db.execute(
            "insert into runs (run_id, kind, as_of, status, pid, boot_id, started_at, report)"
            " values ('r', 'nightly', 'a', 'refused', 1, 'b', 's', ?)",
            [json.dumps(report)],
        )
    store.close()
    Folder(tmp_path / "raw").make()
    told = CliRunner().invoke(main, ["--home", str(tmp_path), "status"]).output
    assert f"why        {SHOWN}" in told
    error = CliRunner().invoke(main, ["--home", str(tmp_path), "holds", "approve", "7"])
    assert error.exit_code == 1
    source = CliRunner().invoke(main, ["--home", str(tmp_path), "try", HOSTILE])
    assert SHOWN in source.output and "\x1b" not in source.output


def test_every_verb_prints_by_the_terminal() -> None:
    files = sorted((PROJECT / "orchestration" / "cli").rglob("*.py"))
    texts = {file.name: file.read_text(encoding="utf-8") for file in files}
    assert {name for name, text in texts.items() if "rich.console" in text} == {"terminal.py"}
    assert not [name for name, text in texts.items() if re.search(r"rich.markup|\[bold\]", text)]
    bare = {name for name, text in texts.items() if re.search(r"(?m)^\s*print\(", text)}
    assert bare == PRINT_THEMSELVES

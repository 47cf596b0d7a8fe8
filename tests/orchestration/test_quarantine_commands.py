"""`clientele quarantine`, `reload`, `forget` and `status`, as a person calls them, on a home with
one bad row."""

from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ingestion.contracts.reading import load_contracts
from ingestion.load.loader import load
from ingestion.raw.raw_files import RawFolder
from ingestion.storage.folder import Folder
from orchestration.cli.main import main
from orchestration.control.store import ControlStore

RECORD = (
    '{"record_id": "r1", "contact_point_type": "email", "contact_point": "ada@example.org",'
    ' "channel": "email", "purpose": "marketing",'
    ' "state": "granted", "recorded_at": "2024-05-01T10:00:00Z"}'
)


def night(home: Path, day: int) -> None:
    store = ControlStore.open(home / "control" / "clientele.sqlite")
    as_of = datetime(2024, 6, day)
    landing, raw = Folder(home / "extracts"), RawFolder(Folder(home / "raw"))
    load(
        landing,
        raw,
        store,
        load_contracts(),
        {"consent"},
        as_of=as_of,
        as_of_date=as_of.date(),
        run_id=f"run-{day}",
    )
    store.close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    extract = tmp_path / "home" / "extracts" / "consent" / "records-2024-05-01.jsonl"
    extract.parent.mkdir(parents=True)
    bad = RECORD.replace('"r1"', '"r2"').replace("2024-05-01T10:00:00Z", "yesterday")
    extract.write_text(f"{RECORD}\n{bad}\n", encoding="utf-8")
    night(tmp_path / "home", 1)
    return tmp_path / "home"


def clientele(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--home", str(home), *arguments])


def test_quarantine_from_the_list_to_the_replay(home: Path) -> None:
    listed = clientele(home, "quarantine").output
    assert "consent_records  1 × recorded_at: not a timestamp" in listed and "ada@" not in listed
    assert "quarantine consent_records: 1 × recorded_at" in clientele(home, "status").output
    [file] = (home / "raw" / "_quarantine").rglob("*.parquet")
    file_id = file.name[:8]
    shown = clientele(home, "quarantine", "show", file_id)
    assert "line 2: recorded_at: not a timestamp" in shown.output and "ada@" not in shown.output
    whole = clientele(home, "quarantine", "show", file_id, "--whole")
    assert whole.exit_code == 1 and "on a terminal only" in whole.output
    exported = clientele(home, "quarantine", "export", file_id)
    assert "ada@" not in exported.output
    [rows] = (home / "mend").iterdir()
    rows.write_text(rows.read_text().replace("yesterday", "2024-05-02T10:00:00Z"))
    replayed = clientele(home, "quarantine", "replay", str(rows))
    assert "1 rows replayed, 0 left in quarantine, of 2 in all" in replayed.output, replayed.output
    assert not rows.exists()
    assert "nothing waits in quarantine" in clientele(home, "quarantine").output
    night(home, 2)
    store = ControlStore.open(home / "control" / "clientele.sqlite")
    counted = store.query(
        "select rows_read, rows_loaded, rows_replayed, rows_quarantined from extract_files"
        " where status = 'loaded'"
    )
    assert tuple(counted[0]) == (2, 1, 1, 0)
    assert [row["action"] for row in store.query("select action from audit")] == [
        "quarantine export",
        "quarantine replay",
    ]


def test_giving_rows_up_wants_a_reason(home: Path) -> None:
    [file] = (home / "raw" / "_quarantine").rglob("*.parquet")
    refused = clientele(home, "quarantine", "dismiss", file.name[:8])
    assert refused.exit_code == 1 and "say why" in refused.output
    assert (
        "wait no more"
        in clientele(home, "quarantine", "dismiss", file.name[:8], "--reason", "a test row").output
    )
    assert "nothing waits" in clientele(home, "quarantine").output


def test_every_action_says_what_it_lacks(home: Path) -> None:
    for action in ("show", "export", "replay", "dismiss"):
        result = clientele(home, "quarantine", action)
        assert result.exit_code == 1 and "of which file?" in result.output
    assert "no such source; sources are" in clientele(home, "reload", "moon").output
    assert (
        "0 files have a new revision, 1 are as the contract has it"
        in clientele(home, "reload", "consent").output
    )


def test_forget_says_what_it_would_do_and_does_it_with_a_reason(home: Path) -> None:
    file = home / "extracts" / "consent" / "records-2024-05-01.jsonl"
    name = "consent/records-2024-05-01.jsonl"
    preview = clientele(home, "forget", str(file))
    assert f"{name}: 1 rows of consent_records, of 2024-05-01, count no more" in preview.output
    assert "nothing has changed" in preview.output
    assert "taken back" not in clientele(home, "status").output
    done = clientele(home, "forget", name, "--reason", "of another shop")
    assert f"{name}: taken back; it counts until the next night" in done.output
    assert f"taken back {name}: counts until" in clientele(home, "status").output
    again = clientele(home, "forget", name, "--reason", "of another shop")
    assert again.exit_code == 1 and "was taken back already" in again.output
    night(home, 2)
    assert "counts until" not in clientele(home, "status").output
    assert "taken back by" in clientele(home, "status", "--files").output
    store = ControlStore.open(home / "control" / "clientele.sqlite")
    [line] = store.query("select subject, detail from audit where action = 'forget'")
    assert (line["subject"], line["detail"]) == (name, "of another shop")
    store.close()
    unknown = clientele(home, "forget", "consent/records-2024-05-07.jsonl")
    assert unknown.exit_code == 1 and "no file of this name was loaded" in unknown.output

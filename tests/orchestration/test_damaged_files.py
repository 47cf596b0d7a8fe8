"""What a disk changes of a generation, of the id ledger or of raw is seen by whoever reads it."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from extracts_of_a_day import deliver_extracts
from generation_makers import AS_OF, make_inputs
from harness import SETTINGS, FakeDbt, FakeGates, run_night, settings_for

from ingestion.files import DamagedFileError
from orchestration.cli.printing import print_summary
from orchestration.control.store import ControlStore
from orchestration.night.deliveries import published_syncs
from orchestration.settings import PROJECT
from orchestration.warehouse.connection import connect
from orchestration.warehouse.generations import Generations
from orchestration.warehouse.histories import CUSTOMER_ID_COLUMNS, customer_ids
from orchestration.warehouse.inputs import Inputs, Relation


@pytest.fixture
def night(
    tmp_path: Path, location: Any, manifest: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> Callable[[], Any]:
    """Run a night over the same extracts, in an own home."""

    def run() -> Any:
        settings = settings_for(tmp_path, SETTINGS)
        deliver_extracts(tmp_path)
        dbt = FakeDbt(settings.home.dbt, manifest)
        return run_night(location, settings, dbt, FakeGates({}), monkeypatch, "")

    return run


def flip(file: Path) -> None:
    """One bit, in the middle."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def sealed(folder: Path) -> tuple[Generations, Inputs]:
    """A small generation, with an id ledger and dbt's manifest."""
    ids = folder / "ids.parquet"
    duckdb.sql(
        "select 'r' || i as record_id, 'c' || i as customer_id, now()::timestamp as as_of,"
        " 1::bigint as sequence from range(100) as t(i)"
    ).write_parquet(str(ids))
    relations = {"ids.customer_ids": Relation(CUSTOMER_ID_COLUMNS, (str(ids),))}
    inputs = make_inputs(folder, relations=relations)
    with connect(inputs, write=True) as connection:
        connection.execute("create schema clientele.core")
        connection.execute("create table clientele.core.orders as from range(50_000)")
    generations = Generations(folder / "generations")
    generations.manifest_folder("one").mkdir()
    (generations.manifest_folder("one") / "manifest.json").write_text(json.dumps({"nodes": {}}))
    generations.seal(inputs, [], 0, "abc")
    generations.point_to("one")
    return generations, inputs


@pytest.mark.parametrize(
    "file", ["gen-one.inputs.json", "gen-one.json", "gen-one.dbt/manifest.json", "gen-one.duckdb"]
)
def test_a_changed_generation_is_nobodys_to_go_back_to(tmp_path: Path, file: str) -> None:
    generations, _ = sealed(tmp_path)
    generations.check("one")
    flip(generations.folder / file)
    with pytest.raises(DamagedFileError, match="clientele rollback") as error:
        generations.check("one")
    assert str(generations.folder / file) in str(error.value)


def test_readers_open_only_what_was_sealed(tmp_path: Path) -> None:
    generations, inputs = sealed(tmp_path)
    [ids] = inputs.relations["ids.customer_ids"].files
    assert generations.current_inputs().digests.keys() == {ids}
    good = Path(ids).read_bytes()
    flip(Path(ids))
    with pytest.raises(DamagedFileError, match=r"ids\.parquet: is not as it was written; restore"):
        generations.current_inputs()
    Path(ids).write_bytes(good)
    flip(generations.inputs("one"))
    with pytest.raises(DamagedFileError, match=r"gen-one\.inputs\.json: is not as it was written"):
        generations.current_inputs()


def test_a_cache_that_was_removed_is_missing_not_wrong(tmp_path: Path) -> None:
    generations, inputs = sealed(tmp_path)
    Path(inputs.relations["ids.customer_ids"].files[0]).unlink()
    assert generations.current_inputs().run_id == "one"


@pytest.mark.parametrize("pointer", [b"ona", b"on\xe5", b"o\x00e", b""])
def test_a_pointer_that_names_nothing_says_so(tmp_path: Path, pointer: bytes) -> None:
    generations, _ = sealed(tmp_path)
    (generations.folder / "current").write_bytes(pointer)
    with pytest.raises(DamagedFileError, match="current: names no generation that is kept"):
        generations.current()


def test_generations_that_were_sealed_without_digests_are_read_as_before(tmp_path: Path) -> None:
    generations, _ = sealed(tmp_path)
    for file in (generations.inputs("one"), generations.description("one")):
        kept = json.loads(file.read_text().partition("\n")[2])
        kept.pop("digests", None), kept.pop("manifest_sha256", None)
        file.write_text(json.dumps(kept))
    generations.check("one")
    assert generations.current_inputs().digests == {}


def test_a_changed_id_file_stops_whoever_reads_the_ledger(tmp_path: Path) -> None:
    store, ids = ControlStore.open(tmp_path / "control.sqlite"), tmp_path / "ids"
    ids.mkdir()
    (ids / "1.parquet").write_bytes(b"ids of people")
    with store.transaction() as db:
        db.execute(
            "insert into customer_id_files values (1, '1.parquet', '2026-01-01T00:00:00Z', 'r', 1,"
            " '72ab3c4a4bd3e7ab8fffbd8f7bca0ed2b3bd2ac7e9b7c8ef3c1c7c7c3b5b1f6f')"
        )
    with pytest.raises(DamagedFileError, match=r"1\.parquet: .* restore it from the backup of ids"):
        customer_ids(store, ids, AS_OF)


def test_rotten_nights(night: Callable[[], Any], tmp_path: Path) -> None:
    """A night over a changed raw file, id file or manifest ends with one line that names it."""
    home = tmp_path
    assert night().report["status"] == "published"
    kept = next(path for path in (home / "raw").rglob("*.parquet"))
    good = kept.read_bytes()
    flip(kept)
    refused = night()
    assert (refused.report["status"], refused.report["exit_code"]) == ("failed", 1)
    assert str(kept) in "".join(refused.report["errors"])
    assert "clientele reload" in "".join(refused.report["errors"])
    kept.write_bytes(good)
    assert night().report["exit_code"] == 0
    settings = settings_for(tmp_path, SETTINGS)
    generations = Generations(settings.home.generations)
    flip(generations.manifest_folder(generations.current()) / "manifest.json")
    with pytest.raises(DamagedFileError, match="clientele rollback"):
        published_syncs(settings)


def test_the_night_names_what_an_older_control_store_does_not_know(
    night: Callable[[], Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert night().report["leftovers"] == []
    [known, *_] = (tmp_path / "raw").rglob("*.parquet")
    unknown = known.with_name(f"{'0' * 32}.r1.parquet")
    shutil.copyfile(known, unknown)
    report = night().report
    assert report["exit_code"] == 3 and len(report["leftovers"]) == 1
    assert [item["command"] for item in report["waiting"]] == ["clientele nightly"]
    assert report["leftovers"][0] in report["waiting"][0]["what"]
    print_summary(report, settings_for(tmp_path, SETTINGS), 1.0)
    assert "left over" in (said := capsys.readouterr().out) and unknown.name in said
    assert (tmp_path / "raw" / report["leftovers"][0]).exists() and not unknown.exists()


def test_a_damaged_block_is_told_with_the_way_back(tmp_path: Path) -> None:
    script = (
        "from orchestration.cli.told import told\nimport duckdb\n"
        "@told\ndef verb():\n    raise duckdb.IOException('Corrupt database file: …')\nverb()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1 and "`clientele rollback` lists" in done.stderr

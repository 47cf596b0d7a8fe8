"""What the owner lets DuckDB take is set on every database of a night, and what does not fit into
memory goes where the owner says."""

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from generation_makers import make_inputs

from ingestion.limits import Limits
from ingestion.raw.raw_files import RawFolder
from ingestion.storage.folder import Folder
from orchestration.cli import printing
from orchestration.cli.printing import Progress
from orchestration.settings import SettingsError, load_settings
from orchestration.warehouse.connection import connect
from orchestration.warehouse.inputs import Inputs

NAMES = ("memory_limit", "threads", "temp_directory", "max_temp_directory_size")
PLAIN = """
shop: {name: Shop, time_zone: Europe/Berlin}
reporting_currency: EUR
gross_margin: 0.45
as_of: midnight
sources: {shopify: {}}
"""


def set_on(connection: duckdb.DuckDBPyConnection) -> tuple[object, ...]:
    asked = ", ".join(f"current_setting('{name}')" for name in NAMES)
    (row,) = connection.execute(f"select {asked}").fetchall()
    return tuple(row)


def test_the_settings_reach_the_generation_and_raw(tmp_path: Path) -> None:
    file = tmp_path / "clientele.yml"
    spill = tmp_path / "fast disk"
    file.write_text(
        f"{PLAIN}limits: {{memory: 512MiB, threads: 1, spill: {spill}, spill_at_most: 2GiB}}\n",
        encoding="utf-8",
    )
    settings = load_settings(file, tmp_path / "home")
    made = replace(make_inputs(tmp_path, "night", {}), limits=settings.limits)
    # A night hands its inputs to its other processes as a file.
    read = Inputs.load(made.save(tmp_path / "inputs.json"))
    settings.raw.incoming.parent.mkdir(parents=True)
    for connection in (connect(read, write=True), settings.raw.connect()):
        with connection:
            memory, threads, folder, at_most = set_on(connection)
            assert (memory, threads, at_most) == ("512.0 MiB", 1, "2.0 GiB")
            assert Path(str(folder)).parent == spill


def test_what_does_not_fit_goes_beside_the_data_or_where_the_owner_says(tmp_path: Path) -> None:
    small = Limits(memory="50MB", threads=1)
    for limits, folder in ((small, tmp_path / "home"), (replace(small, spill=tmp_path), tmp_path)):
        (tmp_path / "home").mkdir(exist_ok=True)
        raw = RawFolder(Folder(tmp_path / "home" / "raw"), limits)
        raw.prepare("owner")
        with raw.connect() as connection:
            connection.execute(
                "create table big as select range as a, md5(range::varchar) as b"
                " from range(2_000_000)"
            )
            used = connection.execute("select path from duckdb_temporary_files()").fetchall()
            assert used and all(Path(path).is_relative_to(folder) for (path,) in used)
            assert not (limits.spill and Path(used[0][0]).is_relative_to(tmp_path / "home"))
    assert not list(tmp_path.rglob("*spill*/*")), "DuckDB removes what it wrote"


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ("{memory: much}", "limits.memory"),
        ("{memory: 0GB}", "limits.memory"),
        ("{threads: 0}", "limits.threads"),
        ("{spill: here}", "limits.spill"),
        ("{memroy: 4GB}", "limits.memroy"),
    ],
)
def test_a_wrong_limit_is_told_by_its_key(tmp_path: Path, limits: str, told: str) -> None:
    file = tmp_path / "clientele.yml"
    file.write_text(f"{PLAIN}limits: {limits}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=told):
        load_settings(file, tmp_path / "home")


def test_a_long_step_is_said_to_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(printing, "STILL_S", 0.2)
    with Progress() as progress:
        progress.say("core")
        progress._ended.wait(1.0)
    said = capsys.readouterr().out
    assert 2 <= said.count("still: core") <= 5

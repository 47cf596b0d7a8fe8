"""What lies in a landing zone to stop a night costs itself: the good files beside it load, nothing
that it leads to is read, and it is told."""

import json
import os
import threading
import time
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from closed_hostile import GOOD, SECRET, clear, deliver, hostile, load_home
from extract_texts import HOSTILE, ORDER, refund

from ingestion.errors import ExtractChangedError, ExtractError, LoaderFaultError
from ingestion.files import sha256_of
from ingestion.load.load_run import LoadRun
from ingestion.load.open_file import FileOpener
from ingestion.quarantine.bad_rows import waiting_or_evidence
from ingestion.readers import byte_stream, time_limit
from ingestion.readers.byte_stream import ByteStream
from ingestion.readers.depth import MAX_DEPTH, too_deep
from ingestion.storage.landing_folder import open_inside

# Those that are made and loaded in a moment; the benchmark tries all.
TOLD = {
    "a line of 1 GB without end": "longer than 64 MiB",
    "100,000 columns of CSV": "100001 columns, more than 2000",
    "a column of CSV with a name of 8 MB": "",
    "a zip of a million entries": "fits no table",
    "a zip by the name of gzip": "is not gzip",
    "nothing but NUL": "NUL byte",
    "nothing but a byte order mark": "no rows",
    "a manifest nested without end": "manifest is not JSON",
    "a manifest with a number without end": "manifest",
    "a manifest of 3 GB": "a sparse file",
    "a sparse file of 1 TB": "a sparse file",
    "a sparse Parquet file of 1 TB": "a sparse file",
    "a link to the key": "out of the landing zone",
    "a manifest that is a link to the key": "out of the landing zone",
    "a link to /proc": "out of the landing zone",
    "a link to /": "out of the landing zone",
    "a link to /dev/zero": "out of the landing zone",
    "twelve folders linked to each other": "back",
    "a pipe": "a pipe",
    "a socket": "cannot be read as a file",
    "a device": "cannot be read as a file",
    "a folder whose name is no UTF-8": r"shop/\udcff\udcfe/events",
    "a name of two lines": r"shop/events-\n-2024",
    "a name that clears the screen": r"shop/events-\x1b[2J-2024",
    "a name that reads backwards": r"shop/events-\u202e-2024",
    "a folder beyond the longest path": "cannot be read as a file",
    "JSON 150,000 deep in a text": "row 1: details is nested deeper than 100",
    "one long text for 4.2 M rows": "taken for a bomb",
}
# One bad row of two: it waits in quarantine, or it is as good as others.
LOADED = [
    "lists 150,000 deep",
    "objects 150,000 deep",
    "lists behind brackets in texts",
    "lists behind escaped quotes",
    "lists in an unknown field",
    "lists 150,000 deep in quotes",
    "a key 100,000 times",
    "a name of 255 bytes",
    "a name that is SQL",
]


@pytest.mark.parametrize("name", [*TOLD, *LOADED])
def test_what_is_hostile_costs_itself(name: str, tmp_path: Path) -> None:
    deliver(tmp_path, hostile()[name], 0.0)
    try:
        report = load_home(tmp_path)
    finally:
        clear(tmp_path)
    assert set(GOOD) <= set(report["loaded"])
    assert "".join(report["told"]).isprintable()
    if name in TOLD:
        assert any(TOLD[name] in told for told in report["told"]), report
    else:
        assert not report["told"] and len(report["loaded"]) > len(GOOD)
    for file in (tmp_path / "raw").glob("[!.]*/**/*.parquet"):
        assert SECRET not in str(pq.read_table(file).to_pylist())


def test_a_manifest_beyond_all_size_is_read_so_far_and_no_further(zone: Any) -> None:
    zone.put("shop/refunds-2024-05-02.jsonl", refund(1))
    zone.put(HOSTILE, ORDER % (1, "1.00"))
    zone.put(f"{HOSTILE}.manifest.json", '{"rows": 1}' + " " * (17 << 20))
    report = zone.load()
    assert [file.path for file in report.loaded] == ["shop/refunds-2024-05-02.jsonl"]
    assert "its manifest is larger than 16 MiB" in str(report.refused[0].reason)


def test_depth_is_counted_as_a_parser_counts_it() -> None:
    """Against a count sign by sign, on lines of brackets, texts and escapes by chance."""
    rng = np.random.default_rng(0)
    signs = np.frombuffer(b'[[[[{{{{]}"\\\\ ,1', np.uint8)
    lines = [bytes(rng.choice(signs, rng.integers(1, 900))) + b"\n" for _ in range(300)]
    bounds = np.concatenate([[0], np.cumsum([len(line) for line in lines])])
    found = too_deep(b"".join(lines), bounds)
    assert found is not None and 0 < found.sum() < len(lines)
    assert found.tolist() == [_depth(line) > MAX_DEPTH for line in lines]


def _depth(line: bytes) -> int:
    deepest = depth = 0
    is_text = False
    at = 0
    while at < len(line):
        sign = line[at : at + 1]
        if sign == b"\\" and line[at + 1 : at + 2] in (b"\\", b'"'):
            at += 1
        elif sign == b'"':
            is_text = not is_text
        elif not is_text and sign in b"[{":
            depth += 1
        elif not is_text and sign in b"]}":
            depth -= 1
        deepest = max(deepest, depth)
        at += 1
    return deepest


def test_what_is_deep_waits_whole_and_what_is_less_deep_loads(zone: Any) -> None:
    deep, less = ("[" * n + "]" * n for n in (MAX_DEPTH, MAX_DEPTH - 1))
    in_text = json.dumps("x" + "[" * 1000)
    line = '{"id": %d, "amount": 1, "created_at": "2024-05-01T00:00:00Z", "lines": %s}\n'
    zone.put(HOSTILE, line % (1, less) + line % (2, deep) + line % (3, in_text))
    (file,) = zone.load().loaded
    assert (file.loaded, file.reasons) == (2, {"nested deeper than 100": 1})
    assert zone.rows("orders", "id, lines") == [(1, less), (3, in_text)]
    (path,) = waiting_or_evidence(zone.store)
    assert pq.read_table(zone.raw / path).to_pylist()[0]["raw_row"] == line.strip() % (2, deep)


def test_a_link_inside_the_zone_is_followed(zone: Any) -> None:
    zone.put("kept/refunds.jsonl", refund(1))
    (zone.landing / "shop").mkdir()
    (zone.landing / "shop/refunds-2024-05-01.jsonl").symlink_to("../kept/refunds.jsonl")
    assert [file.path for file in zone.load().loaded] == ["shop/refunds-2024-05-01.jsonl"]


@pytest.mark.parametrize("swapped", ["file", "folder"])
def test_a_link_that_is_put_there_between_look_and_read_is_not_followed(
    swapped: str, zone: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, outside = zone.put(HOSTILE, ORDER % (1, "1.00")), zone.home / "outside"
    outside.mkdir()
    (outside / file.name).write_text(ORDER % (7, "7.00"))
    zone.put("shop/refunds-2024-05-02.jsonl", refund(1))
    load_all = LoadRun.load_all

    def swap(self: LoadRun, *arguments: Any) -> None:
        if swapped == "file":
            file.unlink()
            file.symlink_to(outside / file.name)
        else:
            (zone.landing / "shop").rename(zone.home / "shop")
            (zone.landing / "shop").symlink_to(outside)
        load_all(self, *arguments)

    monkeypatch.setattr(LoadRun, "load_all", swap)
    report = zone.load()
    assert HOSTILE in [file.path for file in report.refused]
    assert "out of the landing zone" in str(report.refused)
    assert zone.rows("orders") == []


def test_no_part_of_the_way_may_be_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is a link only after its path was resolved."""
    zone, outside = tmp_path / "zone", tmp_path / "outside"
    for folder in (zone, outside):
        folder.mkdir()
    (outside / "file").write_text("secret")
    (zone / "file").symlink_to(outside / "file")
    (zone / "folder").symlink_to(outside)
    monkeypatch.setattr(os.path, "realpath", os.path.abspath)
    for path in ("file", "folder/file", "../outside/file"):
        with pytest.raises(OSError):
            open_inside(zone, path)


def test_what_was_brought_is_read_whatever_stands_there_since(zone: Any) -> None:
    file = zone.put("shop/refunds-2024-05-01.jsonl", refund(1))
    brought = zone.landing_storage.bring("shop/refunds-2024-05-01.jsonl")
    file.unlink()
    file.write_text(refund(2))
    assert brought.read_text() == refund(1)
    zone.landing_storage.let_go()
    assert not brought.exists() or brought.read_bytes() != refund(1).encode()


def test_nothing_stays_open_after_a_load(zone: Any) -> None:
    before = len(list(Path("/dev/fd").iterdir()))
    for day in range(1, 10):
        zone.put(f"shop/refunds-2024-05-0{day}.jsonl", refund(day))
        zone.put(f"shop/stock-2024-05-0{day}.csv", f"product,pieces\na,{day}\n")
        zone.put(f"shop/stock-2024-05-0{day}.csv.manifest.json", '{"rows": 1}')
    assert len(zone.load().loaded) == 18
    assert len(list(Path("/dev/fd").iterdir())) <= before + 1


def test_a_file_that_grows_while_it_is_read_has_an_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "grows"
    file.write_bytes(b"x\n" * 10)
    monkeypatch.setattr(byte_stream, "READ_BYTES", 10)
    read = 0
    with file.open("ab") as writer, pytest.raises(ExtractChangedError):
        for block in ByteStream(file, sha256_of(file), ""):
            read += len(block)
            writer.write(b"y\n" * 100)
            writer.flush()
            assert read < 100


def test_a_file_that_takes_too_long_costs_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time_limit, "SECONDS", 1)
    connection = duckdb.connect()
    endless = "select count(*) from range(10000000000) as a(i) where i % 7 = 3"
    before = time.monotonic()
    with (
        pytest.raises(ExtractError, match="deliver it in smaller files"),
        time_limit.time_limit(connection, 10),
    ):
        connection.execute(endless).fetchall()
    assert time.monotonic() - before < 30
    assert threading.active_count() < 10
    assert connection.execute("select 1").fetchall() == [(1,)]
    assert time_limit.seconds_for(10**9) > 10_000


def test_a_parquet_reader_that_crashes_names_its_file(
    zone: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    path = "shop/products-2024-05-01.parquet"
    file = zone.put(path, b"")
    pq.write_table(pa.table({"id": [1]}), file)
    zone.put("shop/refunds-2024-05-02.jsonl", refund(1))
    report = zone.load(as_of=datetime(2024, 6, 2))
    assert [found.path for found in report.loaded] == ["shop/refunds-2024-05-02.jsonl"]
    assert "its reader ended with code 1" in str(report.refused[0].reason)


def test_a_file_that_wants_more_memory_than_there_is_costs_itself() -> None:
    def execute(statement: str) -> None:
        raise duckdb.OutOfMemoryException("ada@example.com")

    connection: Any = SimpleNamespace(execute=execute)
    with pytest.raises(LoaderFaultError, match="more memory than it may take") as found:
        FileOpener(connection).run("select 1")
    assert "ada" not in str(found.value)

"""The sample shop's landing zone: the same bytes every time, cut by night,
attested by manifests, in chunks."""

from __future__ import annotations

import gzip
import hashlib
import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from ingestion.samples.shop import SampleReport, make_sample
from ingestion.samples.shop import sample as sample_module

CUSTOMERS = 300


def digests(folder: Path) -> dict[str, str]:
    """sha256 of every file below `folder`."""
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in folder.rglob("*")
        if p.is_file()
    }


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sample")


@pytest.fixture(scope="module")
def report(home: Path) -> SampleReport:
    return make_sample(home / "extracts", home / "truth", customers=CUSTOMERS)


def test_the_same_seed_gives_the_same_bytes_and_until_lands_the_first_files_of_them(
    home: Path, report: SampleReport, tmp_path: Path
) -> None:
    full = digests(home / "extracts")
    until = date(2026, 6, 24)
    early = make_sample(tmp_path / "extracts", tmp_path / "truth", customers=CUSTOMERS, until=until)
    landed = digests(tmp_path / "extracts")
    assert early.last_business_date == until
    assert landed.items() <= full.items()
    missing = {path for path in full if path not in landed}
    assert missing
    assert all(any(f"-2026-06-{day}" in path for day in range(25, 31)) for path in missing)
    assert not any(f"-2026-06-{day}" in path for path in landed for day in range(25, 31))
    assert digests(tmp_path / "truth") == digests(home / "truth")


def test_another_seed_is_another_shop(home: Path, report: SampleReport, tmp_path: Path) -> None:
    make_sample(tmp_path / "extracts", tmp_path / "truth", customers=CUSTOMERS, seed=8)
    first, second = digests(home / "extracts"), digests(tmp_path / "extracts")
    assert first.keys() & second.keys()
    alike = {path for path in first.keys() & second.keys() if first[path] == second[path]}
    assert {str(path).rsplit("-2026", 1)[0] for path in alike} <= {
        "klaviyo/metrics"
    }  # the kinds of events are the tool's own


def test_manifests_vouch_for_every_file(report: SampleReport) -> None:
    for file in report.files:
        manifest = json.loads(file.with_name(file.name + ".manifest.json").read_text())
        content = file.read_bytes()
        assert manifest["sha256"] == hashlib.sha256(content).hexdigest(), file
        lines = (gzip.decompress(content) if file.suffix == ".gz" else content).splitlines()
        assert manifest["rows"] == len(lines) - (file.suffix == ".csv"), file
        if file.name.startswith("orders-"):
            total = sum((Decimal(json.loads(line)["total_price"]) for line in lines), Decimal(0))
            assert Decimal(manifest["control_totals"]["total_price"]) == total


def test_chunks_share_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample_module, "CHUNK", 100)
    report = make_sample(tmp_path / "extracts", tmp_path / "truth", customers=250, nights=3)
    assert (
        len(
            [
                file
                for file in report.files
                if file.name.startswith("orders-")
                and file.name.endswith(("-0001.jsonl", "-0003.jsonl"))
            ]
        )
        == 2
    )
    con = duckdb.connect()
    persons = con.execute(
        f"select count(*), count(distinct person_id) from '{tmp_path}/truth/persons.parquet'"
    ).fetchall()
    records = con.execute(
        f"select count(*), count(distinct record_id) from '{tmp_path}/truth/record_persons.parquet'"
    ).fetchall()
    assert persons == [(250, 250)]
    assert records[0][0] == records[0][1] > 1000
    names = con.execute(
        "select count(distinct name), count(distinct id)"
        f" from read_json('{tmp_path}/extracts/shopify/orders-*.jsonl')"
    )
    numbers, orders = names.fetchall()[0]
    assert numbers == orders


def test_numbers_out_of_range_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="customers=0"):
        make_sample(tmp_path / "extracts", tmp_path / "truth", customers=0)
    with pytest.raises(ValueError, match="history delivery of 2026-06-20"):
        make_sample(tmp_path / "extracts", tmp_path / "truth", until=date(2026, 6, 1))
    assert not list(tmp_path.iterdir())

"""A bucket as storage: what does not work says why, and the key is told to nobody."""

from pathlib import Path
from typing import Any

import duckdb
import pytest
from extract_texts import refund
from oracle import Crash, crash_at

from ingestion.errors import StorageError
from ingestion.storage.bucket import Bucket
from ingestion.storage.open import open_storage

SECRET = "s3-canary-5d20c7"
KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


@pytest.mark.parametrize(
    ("url", "environment", "message"),
    [
        ("s3://no-such-bucket/landing", {}, "no such bucket or object; make the bucket"),
        (
            "{bucket}/landing",
            {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"},
            "not reachable; check AWS_ENDPOINT_URL",
        ),
        (
            "{bucket}/landing",
            dict.fromkeys(KEYS, "") | {"AWS_EC2_METADATA_DISABLED": "true"},
            "no credentials;",
        ),
    ],
    ids=["no bucket", "no server", "no key"],
)
def test_storage_that_does_not_work_says_why(
    url: str,
    environment: dict[str, str],
    message: str,
    bucket: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value) if value else monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    place = url.format(bucket=bucket)
    if "no-such" in place:
        assert not open_storage(place, tmp_path).exists()
    else:
        with pytest.raises(StorageError, match=message):
            open_storage(place, tmp_path).exists()
    (tmp_path / "built").touch()
    with pytest.raises(StorageError, match=message) as raised:
        list(open_storage(place, tmp_path).files(hidden=(".",)))
        open_storage(place, tmp_path).publish(tmp_path / "built", "x")
    assert str(raised.value).startswith(f"{place}: ") and SECRET not in str(raised.value)


def test_duckdb_reads_a_bucket_and_tells_nobody_the_key(bucket: str, tmp_path: Path) -> None:
    storage = open_storage(f"{bucket}/raw", tmp_path / "spool")
    connection = duckdb.connect()
    storage.open_for(connection)
    with pytest.raises(duckdb.Error) as raised:
        connection.execute(f"from read_parquet('{storage.at('nothing.parquet')}')")
    told = str(raised.value) + str(connection.execute("from duckdb_secrets()").fetchall())
    assert SECRET not in told


def test_what_a_crash_left_on_this_machine_is_not_believed(
    tmp_path: Path, bucket: str, zone_at: Any
) -> None:
    zone = zone_at(tmp_path / "far", f"{bucket}/env=prod/id=7")
    zone.put("shop/refunds-2024-05-02.jsonl", refund(1))
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Crash):
        crash_at(patch, 1)
        patch.setattr(Bucket, "let_go", lambda self: None)
        zone.load()
    zone.put("shop/refunds-2024-05-02.jsonl", refund(1, 2))
    zone.load(run_id="again")
    assert sorted(zone.rows("refunds", "id")) == [(1,), (2,)], "nor is `id=7` in the path a column"


def test_a_key_is_no_path_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def get_file(key: str, target: str) -> None:
        Path(target).write_text(key, encoding="utf-8")

    storage = Bucket("s3://shop/landing", tmp_path / "spool")
    monkeypatch.setattr(storage._files, "get_file", get_file)
    for path in ("shop/../../../../escaped", "/etc/escaped", "x" * 1000):
        brought = storage.bring(path)
        assert brought.read_text(encoding="utf-8") == f"shop/landing/{path}"
        assert brought.resolve().parent == tmp_path / "spool" / "brought"

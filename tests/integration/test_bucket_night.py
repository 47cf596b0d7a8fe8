"""A whole night over a landing zone and a raw in a bucket publishes what one over
folders publishes."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from plain_night import run_plain, settings_of
from small_shop import SETTINGS, deliver_small_shop

from ingestion.storage.folder import Folder
from orchestration.cli.sql import open_generation
from orchestration.warehouse.replay.runner import ReplayingDbt


def test_a_night_over_a_bucket_has_the_same_content(
    tmp_path: Path, bucket: str, replaying: ReplayingDbt, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = tmp_path / "installation.key"
    key.write_text("0" * 64)
    monkeypatch.setenv("CLIENTELE_KEY_FILE", str(key))  # customer ids hang on it
    deliver_small_shop(tmp_path / "delivered")
    reports: list[dict[str, Any]] = []
    for name, storage in (
        ("near", ""),
        ("far", f"storage: {{landing: '{bucket}/landing', raw: '{bucket}/raw'}}\n"),
    ):
        home, file = tmp_path / name, tmp_path / f"{name}.yml"
        file.write_text(SETTINGS + storage, encoding="utf-8")
        settings = settings_of(home, file)
        if storage:
            for path, _ in Folder(tmp_path / "delivered").files(hidden=(".",)):
                built = shutil.copy(tmp_path / "delivered" / path, tmp_path / "built")
                settings.landing.publish(Path(built), path)
        else:
            shutil.copytree(tmp_path / "delivered", home / "extracts")
        reports.append(run_plain(settings, replaying, f"{name}-1"))
    near, far = reports
    assert (near["status"], far["status"]) == ("published", "published"), (
        near["errors"],
        far["errors"],
    )
    assert far["content_hash"] == near["content_hash"] and far["rows"] == near["rows"]
    assert not (tmp_path / "far" / "raw").exists() and not (tmp_path / "far" / "extracts").exists()

    connection = open_generation(settings, tmp_path)
    found = connection.execute("select count(*) from raw.shopify_orders").fetchall()
    told = str(connection.execute("from duckdb_secrets()").fetchall())
    connection.close()
    assert found == [(5,)] and "s3-canary" not in told

"""What the tests of kept statements share, and those of Dagster's events."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from replay_project import Shop, without_feeds

from orchestration.cli.dagster_home import prepare_dagster_home


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A folder in which one night was built by dbt and kept. Whoever changes it mends it."""
    with pytest.MonkeyPatch.context() as patch:
        without_feeds(patch)
        patch.setenv("CLIENTELE_INPUTS", "")
        shop = Shop(tmp_path_factory.mktemp("replay"))
        first = shop.night()
        assert [result.succeeded for result in first.results] == [True, True]
        assert first.notes == {}
        yield shop


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DAGSTER_HOME", "")
    return prepare_dagster_home(tmp_path / "dagster")


@pytest.fixture
def instance(place: Path) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.from_config(str(place)) as opened:
        yield opened

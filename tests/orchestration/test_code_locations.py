"""A code location keeps to itself: what was handed to one, and what a run of it left, is not
another one's."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from extracts_of_a_day import deliver_extracts
from harness import SETTINGS, FakeDbt, FakeGates, run_night, settings_for

from orchestration.control.lease import Lease
from orchestration.control.store import ControlStore
from orchestration.defs.location import build_definitions
from orchestration.defs.session import Session

PULLS = """
pulls:
  shopify_orders:
    enabled: true
    kind: http
    base_url: http://127.0.0.1:9
    path: /orders.json
    records: orders
    cursor: updated_at
    secret: TEST_SHOPIFY_TOKEN
"""


def test_two_in_one_process_share_nothing(
    tmp_path: Path, manifest: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def located(name: str, text: str) -> SimpleNamespace:
        settings = settings_for(tmp_path / name, text)
        deliver_extracts(settings.home.path)
        monkeypatch.setenv("CLIENTELE_HOME", str(settings.home.path))
        monkeypatch.setenv("CLIENTELE_SETTINGS", str(settings.file))
        said: list[str] = []
        dbt, gates = FakeDbt(settings.home.dbt, manifest), FakeGates()
        session = Session(runner=dbt, say=said.append)
        return SimpleNamespace(
            settings=settings,
            dbt=dbt,
            gates=gates,
            said=said,
            session=session,
            defs=build_definitions(session),
        )

    pulls = SETTINGS.replace("destinations:", "  shopify: {enabled: true}\ndestinations:") + PULLS
    one, other = located("one", SETTINGS), located("other", pulls)

    # The one is whole without the step that the other has more, though the other was built later.
    assert len(other.defs.assets) == len(one.defs.assets) + 1
    outcome = run_night(one, one.settings, one.dbt, one.gates, monkeypatch)
    assert outcome.report is not None and outcome.report["status"] == "published"
    assert one.said and one.gates.asked and one.dbt.built
    assert not (other.said or other.gates.asked or other.dbt.built)

    store = ControlStore.open(other.settings.home.store)
    lease = Lease.acquire(store, "by hand")
    outcome = run_night(other, other.settings, other.dbt, other.gates, monkeypatch)
    lease.release()
    store.close()
    assert outcome.report is None and "run by hand" in (other.session.failure or "")
    assert one.session.failure is None

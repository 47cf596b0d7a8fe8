"""A night of a shop that has every kind of order: each is worth what was worked out by hand, or in
plain Python."""

from pathlib import Path

import pytest

from orchestration.warehouse.connection import connect
from orchestration.warehouse.generations import Generations
from orchestration.warehouse.inputs import Inputs
from orchestration.warehouse.replay.runner import ReplayingDbt
from tests.benchmarks.money_order_kinds import KINDS
from tests.benchmarks.money_orders import MIXED, SETTINGS, deliver, differing, mixed
from tests.integration.plain_night import run_plain, settings_of


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, replaying: ReplayingDbt) -> Path:
    home = tmp_path_factory.mktemp("orders")
    (home / "clientele.yml").write_text(SETTINGS, encoding="utf-8")
    deliver(home / "extracts", [*KINDS, *mixed(MIXED)])
    report = run_plain(settings_of(home, home / "clientele.yml"), replaying, "night")
    assert report["status"] == "published", report["errors"]
    return home


def test_every_order_is_worth_what_it_earned(home: Path) -> None:
    generations = Generations(home / "generations")
    with connect(
        Inputs.load(generations.inputs(generations.current())).without_raw()
    ) as connection:
        assert differing(connection, [*KINDS, *mixed(MIXED)]) == []
        parts = connection.execute(
            """
            select count(*)
            from core.orders
            inner join (
                select order_id, sum(amount) as amount, sum(kept_amount) as kept_amount
                from core.order_parts
                group by order_id
            ) as parts using (order_id)
            where gross_amount <> amount or collected_amount <> kept_amount
            """
        ).fetchall()
    assert parts == [(0,)]


def test_there_are_enough_kinds() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS) >= 80

"""A delivery whose run has lost the lease queues nothing more, settles nothing and says so."""

from typing import Any

import pytest
from lost_lease import take_over

from orchestration.control.lease import Lease, LeaseLostError
from orchestration.reverse_etl.protocol import Row
from orchestration.reverse_etl.sending import Sender


def test_a_delivery_that_lost_the_lease_settles_nothing(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.people(3)
    transmit = Sender._transmit

    def too_late(self: Sender, rows: list[Row]) -> Any:
        take_over(self.outbox.store.path)
        return transmit(self, rows)

    monkeypatch.setattr(Sender, "_transmit", too_late)
    with Lease.acquire(world.store, "first"), pytest.raises(LeaseLostError, match="run first lost"):
        world.deliver()
    monkeypatch.undo()
    # As the queue left them: whoever has the lease now asks about them under the same keys.
    assert [row["status"] for row in world.store.query("select * from outbox")] == ["sending"] * 3
    assert world.store.query("select * from delivery_state") == []
    assert world.store.query("select * from sync_runs") == []
    with Lease.acquire(world.store, "next"):
        result = world.deliver()
    assert (result.drained, result.acknowledged, result.unchanged) == (3, 0, 3)
    assert len(world.contacts()) == 3

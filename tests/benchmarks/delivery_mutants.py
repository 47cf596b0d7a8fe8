"""Part of topic `delivery`: three designs that other tools have,
and that lose or double rows when they are killed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from orchestration.reverse_etl import engine
from orchestration.reverse_etl.destinations.hubspot import HubSpot
from orchestration.reverse_etl.outbox import Outbox
from orchestration.reverse_etl.protocol import Batch, Outcome, Row, Settled


class StateAtExtract(Outbox):
    """The state moves when rows are read, before anything is sent."""

    def exchange(
        self, settled: Sequence[Settled], queued: Sequence[Row], *, left_open: bool = False
    ) -> None:
        super().exchange([(row, Outcome("acknowledged")) for row in queued], [])


@dataclass(frozen=True)
class StateAtEnd(Outbox):
    """The state moves when everything was sent; nothing is noted before."""

    kept: list[Settled] = field(default_factory=list)

    def exchange(
        self, settled: Sequence[Settled], queued: Sequence[Row], *, left_open: bool = False
    ) -> None:
        self.kept.extend(settled)
        if not queued:
            super().exchange(self.kept, [])
            self.kept.clear()


class StatePerBatch(Outbox):
    """The state moves after each answer; nothing is noted before."""

    def exchange(
        self, settled: Sequence[Settled], queued: Sequence[Row], *, left_open: bool = False
    ) -> None:
        super().exchange(settled, [])


class Keyless(HubSpot):
    """Each request under a key of its own."""

    def send(self, batch: Batch) -> list[Outcome]:
        return super().send(
            batch._replace(rows=[row._replace(idempotency_key=uuid4().hex) for row in batch.rows])
        )


MUTANTS: dict[str, tuple[type[Outbox], type[HubSpot]]] = {
    "state_at_extract": (StateAtExtract, HubSpot),
    "state_at_end": (StateAtEnd, Keyless),
    "state_per_batch": (StatePerBatch, Keyless),
}


def mutate(name: str | None) -> Any:
    """Put a wrong design into this process's engine; the class of its destination."""
    if name is None:
        return HubSpot
    engine.Outbox, destination = MUTANTS[name]  # type: ignore[misc]
    return destination

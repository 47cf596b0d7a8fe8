"""Part of topic `delivery`: a destination that takes everything and remembers it."""

from delivery_nights import value_of

from orchestration.reverse_etl.encoding import as_text
from orchestration.reverse_etl.protocol import UPSERT, Batch, Column, Outcome, Resend
from orchestration.reverse_etl.spec import Mode, NullPolicy


class Crash(BaseException):
    """The process ends here."""


class Taker:
    """Takes everything.

    `crash`: after how many requests it ends the sender, and whether the last one has its effect.
    """

    name, modes, removals = (
        "taker",
        frozenset[Mode]({"upsert", "mirror", "append"}),
        ("clear", "delete"),
    )
    null_policy: NullPolicy = "null"
    resend: Resend = "same_key"

    def __init__(self, batch_rows: int = 1_000, crash: tuple[int, bool] | None = None) -> None:
        self.batch_rows, self._crash = batch_rows, crash
        self.requests = self.rows = 0
        self.addresses: set[str] = set()

    def encode(self, column: Column, value: str) -> str:
        return as_text(column, value)

    def open(self) -> None:
        pass

    def close(self) -> None:
        pass

    def send(self, batch: Batch) -> list[Outcome]:
        self.requests += 1
        ends = self._crash is not None and self.requests > self._crash[0]
        if not ends or (self._crash and self._crash[1]):
            self.rows += len(batch.rows)
            if batch.action == UPSERT:
                self.addresses |= {value_of(row.payload or "")[0] for row in batch.rows}
        if ends:
            raise Crash
        return [Outcome("acknowledged")] * len(batch.rows)

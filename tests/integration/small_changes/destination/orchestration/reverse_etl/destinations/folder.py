"""A folder that a till reads: one JSON file per row, named by its key. Option: `folder`."""

from pathlib import Path

from orchestration.reverse_etl.encoding import typed
from orchestration.reverse_etl.protocol import (
    UPSERT,
    Batch,
    Column,
    DestinationConfig,
    Outcome,
    Resend,
)
from orchestration.reverse_etl.spec import Mode, NullPolicy, Removal


def build(config: DestinationConfig) -> "Folder":
    return Folder(config)


class Folder:
    """One folder on this machine."""

    batch_rows = 1_000
    resend: Resend = "same_key"  # a file says what is so: writing it again is harmless
    modes: frozenset[Mode] = frozenset({"upsert", "mirror"})
    removals: tuple[Removal, ...] = ("delete",)
    null_policy: NullPolicy = "null"

    def __init__(self, config: DestinationConfig) -> None:
        self.name = config.name
        self.requests = 0
        self._folder = Path(str(config.options["folder"]))

    def encode(self, column: Column, value: str) -> str:
        return typed(column, value)

    def open(self) -> None:
        """Nothing is needed to reach a folder."""

    def close(self) -> None:
        """Nothing was opened."""

    def send(self, batch: Batch) -> list[Outcome]:
        self.requests += 1
        folder = self._folder / batch.object
        folder.mkdir(parents=True, exist_ok=True)
        for row in batch.rows:
            file = folder / f"{row.key}.json"
            if batch.action == UPSERT:
                file.write_text(row.payload or "{}", encoding="utf-8")
            else:
                file.unlink(missing_ok=True)
        return [Outcome("acknowledged")] * len(batch.rows)

"""Exactly once, whatever happens in whatever order:
a random life of a landing zone against a small model of what should count."""

from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from oracle import Crash, Model, content_of, crash_at, expected_rows, rows_of

START = date(2024, 6, 1)
PICK = st.integers(0, 3)
# After a delivery: no night yet, or (the durable step at which the night is killed, 0: none;
# whether the next day begins).
NIGHT = st.one_of(st.none(), st.tuples(st.sampled_from([0, 0, *range(1, 13)]), st.booleans()))


class LandingZone(RuleBasedStateMachine):
    """The life of one table.

    `model` says what counts; `nights` what counted as of each night, for rebuilds.
    """

    zone_at: Any
    table: str

    @initialize()
    def begin(self) -> None:
        self.folder = TemporaryDirectory()
        self.zone = self.zone_at(Path(self.folder.name) / "home")
        contract = self.zone.sources / "shop.yml"
        contract.write_text(
            contract.read_text().replace(
                "load_mode: snapshot", "load_mode: snapshot\n    absent_is_deleted: true"
            )
        )
        self.model = Model(self.table)
        self.day = START
        self.fresh = 0
        self.nights: dict[datetime, dict[str, Counter[Any]]] = {}

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.zone.store.close()
            self.folder.cleanup()

    def put(self, path: str, content: str, night: tuple[int, bool] | None) -> None:
        self.zone.put(path, content)
        self.model.put(path, content)
        if night:
            self.run_night(*night)

    def new_content(self, rows: int, *, bad: bool = False) -> str:
        self.fresh += 1
        return content_of(self.model.table, self.fresh, rows, bad)

    @rule(rows=st.integers(5, 8), bad=st.booleans(), back=st.integers(0, 2), night=NIGHT)
    def deliver(self, rows: int, bad: bool, back: int, night: Any) -> None:
        """A new file; `back` days old: late or out of order."""
        self.put(
            self.model.new_name(self.day - timedelta(back)), self.new_content(rows, bad=bad), night
        )

    @precondition(lambda self: hasattr(self, "model") and self.model.files)
    @rule(pick=PICK, later=st.integers(-1, 1), night=NIGHT)
    def deliver_the_same_again(self, pick: int, later: int, night: Any) -> None:
        """Known content under another name, of the same or another day."""
        self.put(self.model.new_name(self.day + timedelta(later)), self.model.pick(pick)[1], night)

    @precondition(lambda self: hasattr(self, "model") and self.model.files)
    @rule(pick=PICK, rows=st.integers(3, 8), bad=st.booleans(), night=NIGHT)
    def change(self, pick: int, rows: int, bad: bool, night: Any) -> None:
        """New content under a known name; of fewer rows, too."""
        self.put(self.model.pick(pick)[0], self.new_content(rows, bad=bad), night)

    @precondition(lambda self: hasattr(self, "model") and self.model.past)
    @rule(pick=PICK, night=NIGHT)
    def change_back(self, pick: int, night: Any) -> None:
        """A name gets back what it held before."""
        paths = sorted(self.model.past)
        path = paths[pick % len(paths)]
        self.put(path, self.model.past[path][-1], night)

    @precondition(lambda self: hasattr(self, "model") and self.model.files)
    @rule(pick=PICK, night=NIGHT)
    def damage(self, pick: int, night: Any) -> None:
        """A file loses its end: its last line is incomplete."""
        path, content = self.model.pick(pick)
        self.put(path, content[:-1], night)

    @rule(rows=st.integers(2, 3), night=NIGHT)
    def shrink(self, rows: int, night: Any) -> None:
        """The next day's file has hardly any rows."""
        self.put(self.model.new_name(self.day), self.new_content(rows), night)

    def run_night(self, step: int, moves_on: bool) -> None:
        """A load, killed at some durable step and run again, or not; once more changes nothing."""
        with pytest.MonkeyPatch.context() as patch:
            crash_at(patch, step)
            try:
                self.load()
            except Crash:
                patch.undo()
                self.load()
        if not step:
            before = self.ledger()
            assert not self.load().loaded
            assert self.ledger() == before
        self.day += timedelta(moves_on)

    @invariant()
    def counts_once(self) -> None:
        if hasattr(self, "zone") and self.nights:
            *_, (as_of, rows) = self.nights.items()
            assert rows_of(self.zone, self.model.table, as_of) == rows
            first = min(self.nights)
            assert rows_of(self.zone, self.model.table, first) == self.nights[first], (
                "an earlier night can be built again"
            )

    def load(self) -> Any:
        as_of = datetime.combine(self.day, datetime.min.time()) + timedelta(days=1)
        report = self.zone.load(as_of=as_of, as_of_date=self.day)
        self.model.load(self.day)
        self.nights[as_of] = expected_rows(self.model)
        assert rows_of(self.zone, self.model.table, as_of) == self.nights[as_of]
        for outcome in report.outcomes:
            assert (
                outcome.status in ("refused", "held")
                or outcome.rows == outcome.loaded + outcome.quarantined
            )
        return report

    def ledger(self) -> list[Any]:
        return [
            tuple(row)
            for row in self.zone.store.query("select * from extract_files order by sequence")
        ]


@pytest.mark.parametrize("table", ["refunds", "lines", "stock"])
def test_every_life_of_a_landing_zone_counts_every_row_once(zone_at: Any, table: str) -> None:
    LandingZone.zone_at, LandingZone.table = zone_at, table
    quick = settings(
        max_examples=16,
        stateful_step_count=16,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(LandingZone, settings=quick)

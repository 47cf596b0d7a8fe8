"""Sending rows in batches: queue, request, settle; halving what was refused;
stopping when everything is.

The order is the whole safety: a batch is in the outbox before its request, and its state moves only
after the answer was read.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby, islice
from operator import attrgetter

from ingestion.killpoint import killpoint
from orchestration.reverse_etl.outbox import Outbox
from orchestration.reverse_etl.protocol import (
    Batch,
    Destination,
    NoAnswer,
    Outcome,
    Refused,
    Row,
    Settled,
    Stopped,
)

EVERYTHING_FAILED_ROWS = (
    10  # so many fresh rows refused in a row, and none accepted, is no accident of the rows
)
UNANSWERED_BATCHES = 2  # in a row
REFUSED_BATCHES = 3  # so many batches' rows in a row

Counter = Callable[[list[Settled]], None]


@dataclass
class Sender:
    """Sends rows of one sync to one destination.

    `make_batch` wraps rows of one action; `count` is told what became of each batch,
    `report` how large it was.
    """

    destination: Destination
    outbox: Outbox
    make_batch: Callable[[str, list[Row]], Batch]
    count: Counter
    report: Callable[[int], None]
    acknowledged: int = 0
    in_flight: int = 0
    _unanswered: int = field(default=0, init=False)
    _refused: int = field(default=0, init=False)  # rows in a row
    _fresh_refused: int = field(default=0, init=False)

    def send(self, rows: Iterable[Row], *, draining: bool = False) -> None:
        """Send rows. Errors: `Stopped`, with everything settled that was answered.

        `draining`: they are in the outbox already, left by an earlier run, and may have arrived
        then. What is not sent now stays open, and a refusal is final for these bodies: the next
        plan tries the latest ones.
        """
        settled: list[Settled] = []
        stop: Stopped | None = None
        for batch in batches(rows, self.destination.batch_rows):
            self.outbox.exchange(settled, [] if draining else batch, left_open=draining)
            settled = []
            self.in_flight = len(batch)
            killpoint("delivery.after_queue")
            outcomes, stop = self._deliver(batch, draining)
            killpoint("delivery.after_answer")
            self.in_flight = 0
            settled = list(zip(batch, outcomes, strict=True))
            self.count(settled)
            self.report(len(batch))
            if stop:
                break
        self.outbox.exchange(settled, [], left_open=draining)
        killpoint("delivery.after_settle")
        if stop:
            raise stop

    def _deliver(self, rows: list[Row], draining: bool) -> tuple[list[Outcome], Stopped | None]:
        """One outcome per row, and why to stop after them."""
        requests = self.destination.requests
        outcomes, stop = self._transmit(rows)
        missing = [index for index, outcome in enumerate(outcomes) if outcome.status == "unknown"]
        if (
            stop is None
            and missing
            and len(missing) < len(rows)
            and self.destination.resend == "same_key"
        ):
            # The answer passed over some rows: ask again, under the same keys, about these alone.
            again, stop = self._transmit([rows[index] for index in missing])
            # One that is refused now may have been taken before: it stays without an answer.
            for index, outcome in zip(missing, again, strict=True):
                outcomes[index] = (
                    outcome if outcome.status in ("acknowledged", "unknown") else outcomes[index]
                )
        stop = stop or self._judge(rows, outcomes, self.destination.requests > requests)
        if draining:
            return [
                Outcome("unknown", outcome.reason) if outcome.status == "unsent" else outcome
                for outcome in outcomes
            ], stop
        if stop and all(outcome.status == "rejected" for outcome in outcomes):
            outcomes = [Outcome("unsent", outcome.reason) for outcome in outcomes]
        return outcomes, stop

    def _judge(self, rows: list[Row], outcomes: list[Outcome], asked: bool) -> Stopped | None:
        """Whether this batch shows that nothing will get through.

        What was refused without a request (not `asked`) is the row's own fault, and says nothing
        about the others: nobody stops a sync by filling in ten forms.
        """
        statuses = [outcome.status for outcome in outcomes]
        self.acknowledged += statuses.count("acknowledged")
        self._unanswered = self._unanswered + 1 if set(statuses) == {"unknown"} else 0
        if set(statuses) != {"rejected"}:
            self._refused = self._fresh_refused = 0
        elif asked:
            self._refused += len(rows)
            self._fresh_refused += sum(not row.is_retry for row in rows)
        name, reason = self.destination.name, outcomes[0].reason
        if self._unanswered >= UNANSWERED_BATCHES:
            return Stopped(
                f"destination {name}: no answer to {self._unanswered} batches in a row ({reason});"
                " check it, then run again"
            )
        everything = self._fresh_refused >= EVERYTHING_FAILED_ROWS and self.acknowledged == 0
        if everything or self._refused >= max(
            EVERYTHING_FAILED_ROWS, REFUSED_BATCHES * self.destination.batch_rows
        ):
            return Stopped(
                f"destination {name}: every row was refused ({reason}); correct the sync"
                " or the destination, then run again"
            )
        return None

    def _transmit(self, rows: list[Row]) -> tuple[list[Outcome], Stopped | None]:
        """Send rows as one request, in halves where a request is refused,
        until a bad row is alone."""
        try:
            outcomes = self.destination.send(self.make_batch(rows[0].action, rows))
        except Refused as refusal:
            if len(rows) == 1:
                return [Outcome("rejected", str(refusal))], None
            middle = len(rows) // 2
            first, stop = self._transmit(rows[:middle])
            if stop:
                return first + [Outcome("unsent")] * (len(rows) - middle), stop
            second, stop = self._transmit(rows[middle:])
            return first + second, stop
        except NoAnswer as silence:
            return [Outcome("unknown", str(silence))] * len(rows), None
        except Stopped as stop:
            return [Outcome("unsent")] * len(rows), stop
        return outcomes, None


def batches(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    """Rows in order, cut where the size is reached or the action changes."""
    for _, group in groupby(rows, key=attrgetter("action")):
        while batch := list(islice(group, size)):
            yield batch

"""Channels without keys: a message that nobody answered for is never sent again by itself,
at most asked about."""

from dataclasses import replace

import pytest

from orchestration.reverse_etl.protocol import Batch, NoAnswer, Outcome


class Messages:
    """Takes one message a request.

    `silent` keys go out without an answer, `lost` ones do not go out; nobody is told which.
    """

    name, batch_rows, modes, removals, null_policy = (
        "messages",
        1,
        frozenset({"append"}),
        (),
        "omit",
    )

    def __init__(self, resend: str) -> None:
        self.resend, self.requests = resend, 0
        self.sent: list[str] = []
        self.silent: set[str] = set()
        self.lost: set[str] = set()
        self.deaf = False

    def encode(self, column, value):
        return f"cast({value} as varchar)"

    def open(self) -> None:
        pass

    def close(self) -> None:
        pass

    def send(self, batch: Batch) -> list[Outcome]:
        self.requests += 1
        (row,) = batch.rows
        if row.key not in self.lost:
            self.sent.append(row.key)
        if row.key in self.silent | self.lost:
            raise NoAnswer("timeout")
        return [Outcome("acknowledged", None, f"SM{len(self.sent)}")]

    def look_up(self, batch: Batch) -> list[Outcome]:
        if self.deaf:
            raise NoAnswer("timeout")
        return [Outcome("acknowledged" if row.key in self.sent else "unsent") for row in batch.rows]


@pytest.fixture
def post(world):
    world.spec = replace(
        world.spec, name="cart_mails", destination="messages", mode="append", on_removal="ignore"
    )
    world.people(5)
    return world


def test_a_message_without_an_answer_is_never_sent_again_by_itself(post):
    messages = Messages("never")
    messages.silent = {"c1"}
    result = post.deliver(destination=messages)
    assert (result.acknowledged, result.unknown, result.unreconciled) == (4, 1, 0)
    messages.silent = set()
    again = post.deliver(destination=messages)
    assert (again.unchanged, again.unknown, again.requests) == (4, 1, 5)
    assert messages.sent == ["c0", "c1", "c2", "c3", "c4"]
    assert again.oldest_unsent_at is None  # nothing is owed that may not be paid
    post.rows["c1"]["firstname"] = "the same message in other words"
    assert post.deliver(destination=messages).unknown == 1
    assert len(messages.sent) == 5


def test_where_one_can_ask_only_what_did_not_go_out_is_sent_again(post):
    messages = Messages("look_up")
    messages.silent, messages.lost = {"c1"}, {"c3"}
    result = post.deliver(destination=messages)
    assert (result.acknowledged, result.unknown, result.unreconciled) == (3, 2, 0)
    messages.silent, messages.lost, messages.deaf = set(), set(), True
    assert (post.deliver(destination=messages).unknown, messages.requests) == (2, 5)
    messages.deaf = False
    result = post.deliver(destination=messages)
    assert (result.drained, result.acknowledged, result.unchanged) == (2, 1, 4)
    assert sorted(messages.sent) == ["c0", "c1", "c2", "c3", "c4"]


def test_events_are_sent_once_and_nothing_is_taken_back(post):
    messages = Messages("never")
    post.deliver(destination=messages)
    post.rows.pop("c1")
    post.rows["c2"]["firstname"] = "changed"
    post.withdrawn = {"canary3@example.org"}
    result = post.deliver(destination=messages)
    assert (result.acknowledged, result.planned_removals, len(messages.sent)) == (0, 0, 5)

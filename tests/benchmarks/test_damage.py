"""A slice of the mutation corpus: every kind of damage is caught with its place and reason,
and what is no damage loads whole."""

import pytest
from damage import judge_corpus
from damage_kinds import KINDS
from damage_packed import PACKED_KINDS
from damage_verdicts import Verdict

FILES = 150


@pytest.fixture(scope="module")
def verdicts() -> list[Verdict]:
    return judge_corpus(FILES, seed=17, size="slice")


def told(verdicts: list[Verdict]) -> list[str]:
    return [f"{verdict.case.kind}: {verdict.case.path}: {verdict.said}" for verdict in verdicts]


def test_every_kind_is_in_the_slice(verdicts: list[Verdict]) -> None:
    assert {verdict.case.kind for verdict in verdicts} == {
        *KINDS,
        *PACKED_KINDS,
        "line of 100 MB",
        "zip bomb",
    }
    assert len(verdicts) >= FILES


def test_nothing_that_can_be_known_is_passed_over(verdicts: list[Verdict]) -> None:
    silent = [verdict for verdict in verdicts if verdict.outcome == "silent"]
    assert not told([verdict for verdict in silent if verdict.case.damaged.knowable])
    assert not told([verdict for verdict in silent if verdict.case.attested])


def test_what_is_said_names_the_place_and_the_matter(verdicts: list[Verdict]) -> None:
    assert not told([verdict for verdict in verdicts if verdict.outcome == "wrong reason"])


def test_what_is_no_damage_loads_whole(verdicts: list[Verdict]) -> None:
    legal = [
        verdict for verdict in verdicts if verdict.case.damaged.legal and not verdict.case.attested
    ]
    assert {verdict.outcome for verdict in legal} == {"harmless"}


def test_the_corpus_is_damaged(verdicts: list[Verdict]) -> None:
    harmless = [
        verdict
        for verdict in verdicts
        if verdict.outcome == "harmless" and not verdict.case.damaged.legal
    ]
    assert {verdict.case.kind for verdict in harmless} <= {"packed: bit flipped", "bit flipped"}
    assert any(
        verdict.outcome == "silent" for verdict in verdicts
    )  # the oracle sees what no reader can know

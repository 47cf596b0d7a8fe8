"""The situations of SCENARIOS.md: all of them in the same few nights of the real identity layer.

What a scenario says beyond groups is a test of its own below.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scenarios import SCENARIOS

NIGHTS = max(len(scenario.nights) for scenario in SCENARIOS.values())
WORDS = list(SCENARIOS)


@pytest.fixture(scope="module")
def history(new_lab: Callable[[], Any], make_record: Callable[[str, str], Any]) -> dict[str, Any]:
    """Every scenario's nights, all scenarios together, then the last night twice more:
    its records in another order."""
    lab = new_lab()
    lab.overrides = [
        *(("same", f"{word}:r1", f"{word}:r2") for word in ("human", "human-limit")),
        ("different", "different:r1", "different:r2"),
        ("different", "different-bridge:r3", "different-bridge:r1"),
        ("different", "different-device:d", "different-device:l"),
    ]
    lab.matches = [
        ("look-alike:r1", "look-alike:r2", 4.0, 0.94),
        ("look-alike:r1", "look-alike:gone", 4.0, 0.94),
    ]
    records: dict[str, Any] = {}
    nights, rebuilt = [], []
    for number in range(NIGHTS):
        for word, scenario in SCENARIOS.items():
            for line in (
                scenario.nights[number].split(", ") if number < len(scenario.nights) else ()
            ):
                if line.startswith("-"):
                    del records[f"{word}:{line[1:]}"]
                else:
                    new = make_record(word, line)
                    records[new.record_id] = new
        nights.append(lab.night(list(records.values()), test=number == NIGHTS - 1))
    rebuilt = [lab.night(list(records.values()), shuffle=seed, keep=False) for seed in (1,)]
    fresh = new_lab()
    fresh.overrides, fresh.matches = lab.overrides, lab.matches
    return {
        "nights": nights,
        "rebuilt": rebuilt,
        "fresh": fresh.night(list(records.values()), shuffle=2),
    }


def groups_of(night: Any, word: str) -> set[frozenset[str]]:
    by_customer: dict[str, set[str]] = {}
    for record_id, customer_id in night.customers.items():
        if record_id.startswith(f"{word}:"):
            by_customer.setdefault(customer_id, set()).add(record_id.removeprefix(f"{word}:"))
    return {frozenset(group) for group in by_customer.values()}


def customer(night: Any, word: str, name: str) -> str:
    found: str = night.customers[f"{word}:{name}"]
    return found


@pytest.mark.parametrize("word", WORDS)
def test_scenario(word: str, history: dict[str, Any]) -> None:
    for number, expected in enumerate(SCENARIOS[word].groups):
        wanted = {frozenset(group.split()) for group in expected.split(" | ")}
        assert groups_of(history["nights"][number], word) == wanted, f"after night {number + 1}"


def test_every_scenario_is_described() -> None:
    table = (Path(__file__).parent / "SCENARIOS.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `([a-z-]+)`", table, re.MULTILINE) == WORDS


def test_dbt_tests_pass_on_all_of_it(history: dict[str, Any]) -> None:
    assert history["nights"][-1].failed_tests == []


def test_no_two_scenarios_share_a_customer(history: dict[str, Any]) -> None:
    words: dict[str, set[str]] = {}
    for record_id, customer_id in history["nights"][-1].customers.items():
        words.setdefault(customer_id, set()).add(record_id.split(":")[0])
    assert [ids for ids in words.values() if len(ids) > 1] == []


def test_order_of_rows_and_a_rebuild_change_no_id(history: dict[str, Any]) -> None:
    for rebuilt in history["rebuilt"]:
        assert rebuilt.customers == history["nights"][-1].customers
        assert rebuilt.rules == history["nights"][-1].rules
        assert rebuilt.aliases == history["nights"][-1].aliases


def test_all_at_once_gives_the_groups_of_night_by_night(history: dict[str, Any]) -> None:
    for word in WORDS:
        assert groups_of(history["fresh"], word) == groups_of(history["nights"][-1], word), word


def test_an_id_says_nothing_and_is_new_only_once(history: dict[str, Any]) -> None:
    for night in history["nights"]:
        assert all(
            re.fullmatch("c_[0-9a-f]{32}", customer_id) for customer_id in night.customers.values()
        )


def test_a_merged_group_keeps_the_id_minted_first_and_the_other_answers_to_it(
    history: dict[str, Any],
) -> None:
    before, after = history["nights"][0], history["nights"][1]
    ids = {customer(before, "late", "r1"), customer(before, "late", "r2")}
    kept = customer(after, "late", "r3")
    assert kept == min(ids), "minted in one night: the smaller value stays"
    (retired,) = ids - {kept}
    assert after.aliases[retired] == (kept, "merged")
    assert ("merged", kept, retired, 1) in after.changes


def test_the_older_id_stays_even_when_the_younger_group_is_larger(history: dict[str, Any]) -> None:
    nights = history["nights"]
    assert customer(nights[2], "backwards", "r1") in {customer(nights[0], "backwards", "r4")}
    assert customer(nights[2], "growing", "r3") == customer(nights[0], "growing", "r1")


def test_aliases_are_never_chains(history: dict[str, Any]) -> None:
    last = history["nights"][-1]
    living = set(last.customers.values())
    assert last.aliases
    assert all(target in living for target, _ in last.aliases.values())
    assert not living & set(last.aliases)
    nights = history["nights"]
    firsts = {customer(nights[0], "remerged", name) for name in ("r1", "r2", "r3")}
    kept = customer(last, "remerged", "r5")
    assert {
        alias: target for alias, (target, _) in last.aliases.items() if alias in firsts
    } == dict.fromkeys(firsts - {kept}, kept)


def test_a_parted_id_stays_with_the_stronger_part(history: dict[str, Any]) -> None:
    before, after = history["nights"][0], history["nights"][1]
    old = customer(before, "parted", "r1")
    assert customer(after, "parted", "r2") == customer(after, "parted", "r3") == old
    new = customer(after, "parted", "r1")
    assert ("split", new, old, 1) in after.changes
    assert new not in set(before.customers.values())


def test_a_founder_that_leaves_does_not_take_the_id_along(history: dict[str, Any]) -> None:
    first, second, third = history["nights"]
    old = customer(first, "founder-leaves", "a1")
    assert customer(second, "founder-leaves", "r2") == old
    assert customer(second, "founder-leaves", "a1") != old
    assert customer(third, "founder-leaves", "a1") == customer(second, "founder-leaves", "a1")


def test_a_record_that_changes_persons_is_told_as_moved(history: dict[str, Any]) -> None:
    before, after = history["nights"][0], history["nights"][1]
    there = customer(before, "moved", "r3")
    assert customer(after, "moved", "r2") == there
    assert ("moved", there, customer(before, "moved", "r2"), 1) in after.changes


def test_a_second_login_returns_the_device_to_nobody(history: dict[str, Any]) -> None:
    before, after = history["nights"][0], history["nights"][1]
    assert (
        customer(before, "borrowed", "d")
        == customer(before, "borrowed", "l1")
        == customer(after, "borrowed", "l1")
    )
    assert (
        "split",
        customer(after, "borrowed", "d"),
        customer(before, "borrowed", "l1"),
        1,
    ) in after.changes


def test_a_record_that_comes_back_finds_its_customer_again(history: dict[str, Any]) -> None:
    first, _, third = history["nights"]
    assert customer(third, "gone", "r2") == customer(first, "gone", "r2")


def test_nothing_is_told_about_those_who_did_not_change(history: dict[str, Any]) -> None:
    for word in ("unchanged", "inside", "growing", "hub"):
        touched = {
            customer(night, word, name.split(":")[1])
            for night in history["nights"]
            for name in night.customers
            if name.startswith(word + ":")
        }
        assert all(
            change[1] not in touched for night in history["nights"][1:] for change in night.changes
        ), word


def test_refusals_are_listed_by_reason_without_the_value(history: dict[str, Any]) -> None:
    found: dict[str, list[int]] = {}
    for (value, reason), count in history["nights"][0].rejections.items():
        assert re.fullmatch("[0-9a-f]{32}", value)
        found.setdefault(reason, []).append(count)
    assert sorted(found["blocked"]) == [
        1,
        1,
        2,
        2,
    ]  # the two spellings of test@test.com, noreply, the zeros
    assert sorted(found["malformed"]) == [2, 2, 2]
    assert sorted(found["over_cap"]) == [6, 6, 7, 11]
    assert sorted(found["ambiguous"]) == [3, 4]  # no-bridge and kiosk


def test_the_rule_of_each_record_is_its_strongest_evidence(history: dict[str, Any]) -> None:
    rules = history["nights"][0].rules
    assert rules["chain:r1"] == "email"
    assert rules["chain:r3"] == "stripe_customer_id"
    assert rules["stitched:d"] == "anonymous_id"
    assert rules["kiosk:d"] == rules["nobody:r1"] == "alone"
    assert rules["human:r1"] == "override"
    assert rules["human:r3"] == "email"
    assert rules["look-alike:r1"] == "name_match"
    assert rules["look-alike:r2"] == "email"


def test_a_refused_merge_is_listed_with_the_limit_that_refused_it(history: dict[str, Any]) -> None:
    assert history["nights"][-1].refusals == {
        ("unique:r1", "email", "hubspot_contact_id"),
        ("bridge:r3", "phone", "hubspot_contact_id"),
        ("two-bridges:r4", "phone", "hubspot_contact_id"),
        ("afterwards:r5", "phone", "hubspot_contact_id"),
        ("through-merged:r4", "phone", "hubspot_contact_id"),
        ("human-limit:r1", "override", "hubspot_contact_id"),
        ("different:r2", "email", "different"),
        ("different-bridge:r3", "phone", "different"),
    }


def test_an_undo_splits_holds_over_a_rebuild_and_keeps_the_id_with_the_stronger_part(
    new_lab: Callable[[], Any], make_record: Callable[[str, str], Any]
) -> None:
    records = [
        make_record("undo", line) for line in ("r1 email=a user=5", "r2 email=a", "r3 user=5")
    ]
    lab = new_lab()
    before = lab.night(records)
    (old,) = set(before.customers.values())
    lab.overrides = [("different", "undo:r2", "undo:r3")]
    after = lab.night(records, test=True)
    assert after.failed_tests == []
    assert after.customers["undo:r1"] == after.customers["undo:r3"] == old
    new = after.customers["undo:r2"]
    assert after.changes == [("split", new, old, 1)] and after.aliases == {}
    assert lab.night(records, shuffle=3).customers == after.customers
    lab.overrides = []
    undone = lab.night(records)
    assert set(undone.customers.values()) == {old} and undone.aliases == {new: (old, "merged")}

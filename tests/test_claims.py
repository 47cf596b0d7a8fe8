"""The table of claims in README.md: it names every file of tests, and none that is not there."""

import re
from pathlib import Path

TESTS = Path(__file__).parent


def test_every_file_of_tests_holds_a_claim_and_every_named_file_exists() -> None:
    text = (TESTS / "README.md").read_text(encoding="utf-8")
    table = text.split("## What is claimed")[1]
    claimed = re.findall(r"`((?:[\w]+/)?test_\w+\.py)`", table.split("| claim |")[1])
    there = {path.relative_to(TESTS).as_posix() for path in TESTS.rglob("test_*.py")}
    assert set(claimed) == there
    assert len(claimed) == len(set(claimed))

"""The results files keep their form, the README quotes them, and every topic still runs (tiny)."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.cli.figures import README, RESULTS, TOPICS, holds, with_table
from orchestration.settings import PROJECT

KEYS = {"topic", "command", "commit", "date", "machine", "figures"}
FIGURE = {"name", "value", "unit", "bar", "holds", "note"}


def results() -> list[Path]:
    return sorted(RESULTS.glob("*.json"))


def test_every_results_file_is_of_a_topic() -> None:
    assert (
        {"cdnow", "extracts", "identity", "money", "nightly"}
        <= {path.stem for path in results()}
        <= set(TOPICS)
    )


@pytest.mark.parametrize("path", results(), ids=lambda path: path.stem)
def test_a_results_file_has_the_form(path: Path) -> None:
    result = json.loads(path.read_text(encoding="utf-8"))
    assert set(result) == KEYS
    assert result["topic"] == path.stem
    assert result["command"] == f"make figures TOPIC={path.stem}"
    for figure in result["figures"]:
        assert set(figure) == FIGURE
        assert figure["holds"] == holds(figure["value"], figure["bar"])
        assert figure["holds"] or figure["note"], (
            f"{figure['name']} misses its bar and does not say why"
        )


def test_the_readme_quotes_the_results() -> None:
    readme = README.read_text(encoding="utf-8")
    assert with_table(readme) == readme


@pytest.mark.parametrize(
    ("value", "bar", "expected"),
    [
        (2.1, "<= 2.2", True),
        (2.3, "<= 2.2", False),
        (0, "= 0", True),
        (0.5, ">= .4 and <= .6", True),
        (None, "<= 1", False),
        (9, "", True),
    ],
)
def test_a_bar_is_read_as_written(value: float, bar: str, expected: bool) -> None:
    assert holds(value, bar) is expected


def test_a_bar_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(ValueError, match="wanted a comparison"):
        holds(1, "about 3")


@pytest.mark.figures
@pytest.mark.parametrize(
    "topic", ["extracts", "house", "money", "nightly", "delivery", "identity", "reality"]
)
def test_a_topic_runs_at_a_tiny_size(topic: str) -> None:
    """In a process of its own, which imports what `clientele figures` does and no helper of the
    tests. The other topic is measured whole in tests/steps/test_ltv_cdnow.py."""
    measured = (
        "import sys; from orchestration.cli.figures import measure_topic;"
        " assert measure_topic(sys.argv[1], 'tiny')['figures']"
    )
    done = subprocess.run(
        [sys.executable, "-c", measured, topic],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr

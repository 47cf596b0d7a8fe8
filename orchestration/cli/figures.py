"""`clientele figures`: measures what the README claims.

One topic = one module of tests/benchmarks = one results file.
"""

import importlib.util
import json
import operator
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import psutil

from orchestration.night.code import code_version
from orchestration.settings import PROJECT

BENCHMARKS = PROJECT / "tests" / "benchmarks"
RESULTS = BENCHMARKS / "results"
README = PROJECT / "README.md"
BEGIN, END = "<!-- figures: made by `make figures-table` -->", "<!-- end of figures -->"
# Longest last.
TOPICS = (
    *("cdnow", "house", "money", "identity", "nightly", "delivery", "extracts", "closed", "cost"),
    *("large", "replay", "reality"),
)
_COMPARE = {
    "<=": operator.le,
    ">=": operator.ge,
    "=": operator.eq,
    "<": operator.lt,
    ">": operator.gt,
}


def measure(topics: Sequence[str], *, table_only: bool = False, size: str = "full") -> int:
    """Measure `topics` (all when empty) and write their results and the README's table;
    1 when a figure misses its bar."""
    unknown = set(topics) - set(TOPICS)
    if unknown:
        raise FileNotFoundError(
            f"figures: no topic {', '.join(sorted(unknown))}; there are {', '.join(TOPICS)}"
        )
    missed = 0
    if not table_only:
        for topic in [topic for topic in TOPICS if topic in topics or not topics]:
            print(f"figures: {topic}", flush=True)
            result = measure_topic(topic, size)
            RESULTS.mkdir(exist_ok=True)
            (RESULTS / f"{topic}.json").write_text(
                json.dumps(result, indent=1) + "\n", encoding="utf-8"
            )
            for figure in result["figures"]:
                missed += not figure["holds"]
                verdict = "ok  " if figure["holds"] else "MISS"
                print(
                    f"  {verdict} {figure['name']} = {figure['value']} {figure['unit']}"
                    f" ({figure['bar'] or 'recorded'})"
                )
    README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")
    return int(missed > 0)


def measure_topic(topic: str, size: str) -> dict[str, Any]:
    """Run one topic's module (`measure(size) -> list of figures`) and give its result the form of
    every results file."""
    figures = _module(topic).measure(size)
    return {
        "topic": topic,
        "command": f"make figures TOPIC={topic}",
        "commit": code_version(),
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "machine": {
            "cores": os.cpu_count(),
            "memory_gib": round(psutil.virtual_memory().total / 1024**3),
            "python": ".".join(str(part) for part in sys.version_info[:3]),
            "duckdb": duckdb.__version__,
        },
        "figures": [
            {**figure, "holds": holds(figure["value"], figure["bar"])} for figure in figures
        ],
    }


def holds(value: Any, bar: str) -> bool:
    """Whether a value keeps its bar: `<= 2.2`, `= 0`, `>= .99`, joined by ` and `;
    a figure without a bar is only recorded."""
    for part in filter(None, bar.split(" and ")):
        match = re.fullmatch(r"(<=|>=|=|<|>) (-?[\d.]+)", part.strip())
        if match is None:
            raise ValueError(f"bar {bar!r}: wanted a comparison and a number, such as <= 2.2")
        if value is None or not _COMPARE[match[1]](float(value), float(match[2])):
            return False
    return True


def with_table(readme: str) -> str:
    """The README with its table of figures made anew from the results."""
    before, rest = readme.split(BEGIN)
    after = rest.split(END)[1]
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def table() -> str:
    """Every figure that has a bar, as a Markdown table;
    what is only recorded stands in the results files."""
    lines = ["| figure | value | wanted | made by |", "|---|---|---|---|"]
    for topic in TOPICS:
        path = RESULTS / f"{topic}.json"
        if not path.exists():
            continue
        result = json.loads(path.read_text(encoding="utf-8"))
        for figure in result["figures"]:
            if not figure["bar"]:
                continue
            missed = "" if figure["holds"] else f" (missed: {figure['note']})"
            unit = f" {figure['unit']}" if figure["unit"] else ""
            lines.append(
                f"| `{figure['name']}` | {figure['value']}{unit} | {figure['bar']}{missed} |"
                f" `{result['command']}` |"
            )
    return "\n".join(lines)


def _module(topic: str) -> Any:
    path = BENCHMARKS / f"{topic}.py"
    spec = importlib.util.spec_from_file_location(f"benchmark_{topic}", path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(f"{path}: no such benchmark")
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(BENCHMARKS))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(BENCHMARKS))
    return module


def run(
    command: Sequence[str], cwd: Path, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """A command whose failure shows what it said."""
    done = subprocess.run(
        list(command), cwd=cwd, env=env, capture_output=True, text=True, check=False
    )
    if done.returncode not in (0, 3):
        raise RuntimeError(
            f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-4000:]}\n"
            f"{done.stderr[-4000:]}"
        )
    return done

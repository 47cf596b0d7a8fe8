"""The helper process of the gates: `python -m orchestration.night.gate_server`.

One JSON request a line in, one JSON answer a line out. Importing Great Expectations
costs seconds, so one process does it once, beside the night's other work. A request is
`{"layer", "inputs": path, "tables": [...] | null, "sources": {name: {kind, enabled, required,
freshness_days}}, "thresholds": {name: number}}`; the answer `{"results": [...], "seconds",
"cpu_seconds"}` or `{"error": text}`. The first line out says that the process is ready. The
process ends when its input does, so it cannot outlive the night.
"""

import gc
import json
import logging
import os
import signal
import sys
import time
import warnings
from pathlib import Path
from typing import IO, Any

import duckdb

from expectations.guard import SourceState
from expectations.late_imports import RARELY_USED, import_later
from orchestration.warehouse.connection import connect, set_session
from orchestration.warehouse.inputs import Inputs


def main() -> int:
    """Serve requests until the input ends."""
    # Ctrl-C reaches the whole group; the night decides when its helper ends, by closing the input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = _take_stdout()
    before = time.process_time()
    try:
        _quiet()
        import_later(*RARELY_USED)
        import expectations.evaluate  # noqa: F401 - this is the import that costs seconds
    except Exception as error:
        _send(
            answers,
            {
                "error": (
                    f"Great Expectations cannot be imported: {type(error).__name__}:"
                    f" {error}; set up the environment anew: `rm -rf .venv && make nightly`"
                )
            },
        )
        return 1
    _send(answers, {"ready": True, "import_cpu_seconds": round(time.process_time() - before, 3)})
    for line in sys.stdin:
        _send(answers, _answer(line))
    return 0


def _take_stdout() -> IO[str]:
    """Keep the real output for answers alone: Great Expectations prints to it.

    What anyone else prints or warns of is dropped.
    """
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    return answers


def _quiet() -> None:
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    # The import makes half a million objects that live for ever: collecting among them
    # costs a seventh of it.
    gc.disable()
    import great_expectations  # noqa: F401

    gc.freeze()
    gc.enable()


def _answer(line: str) -> dict[str, Any]:
    started, cpu = time.monotonic(), time.process_time()
    try:
        results = _check(json.loads(line))
    except Exception as error:
        # A text of DuckDB's or Great Expectations' may quote a value; of our own errors the text is
        # what a person needs.
        own = type(error).__module__.split(".")[0] in (
            "builtins",
            "expectations",
            "ingestion",
            "orchestration",
        )
        return {
            "error": f"{type(error).__name__}: {error}"
            if own
            else f"{type(error).__name__} (its text is withheld)"
        }
    return {
        "results": results,
        "seconds": round(time.monotonic() - started, 3),
        "cpu_seconds": round(time.process_time() - cpu, 3),
    }


def _check(request: dict[str, Any]) -> list[dict[str, Any]]:
    from expectations.evaluate import LayerCheck, check_layer

    inputs = Inputs.load(Path(request["inputs"]))
    check = LayerCheck(
        layer=request["layer"],
        as_of=inputs.as_of,
        as_of_date=inputs.as_of_date,
        sources={name: SourceState(**state) for name, state in request["sources"].items()},
        thresholds={name: float(value) for name, value in request["thresholds"].items()},
    )
    connection = connect(inputs)

    def new_session() -> duckdb.DuckDBPyConnection:
        cursor = connection.cursor()
        set_session(cursor, inputs)
        return cursor

    try:
        results = check_layer(check, connection, new_session, request.get("tables"))
        return [result.as_row() for result in results]
    finally:
        connection.close()


def _send(answers: IO[str], message: dict[str, Any]) -> None:
    answers.write(json.dumps(message) + "\n")
    answers.flush()


if __name__ == "__main__":
    sys.exit(main())

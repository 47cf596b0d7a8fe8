"""The gates as the night sees them: a helper process that is started early and
asked once per layer.

Start it before Dagster is imported: its own import, seconds of it, then runs on another core.
"""

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from expectations.report import GateReport
from ingestion.layers import PATH

PROJECT = Path(__file__).parents[2]
START_SECONDS = 180.0
CHECK_SECONDS = 3600.0


class GateError(Exception):
    """The gate of a layer could not be run; nothing may be built on that layer.

    The message says why and what to do.
    """


class GateProcess:
    """The helper process.

    Use as a context manager, or call `close`; it also ends when this process does.
    """

    def __init__(self, command: list[str] | None = None) -> None:
        self._command = command or [sys.executable, "-m", "orchestration.night.gate_server"]
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._ready = False
        self._lock = threading.Lock()

    @classmethod
    def start(cls) -> "GateProcess":
        """Begin the helper and return at once; its import goes on meanwhile."""
        gates = cls()
        gates._launch()
        return gates

    def check(
        self,
        layer: str,
        inputs: Path,
        *,
        sources: Mapping[str, Mapping[str, Any]],
        thresholds: Mapping[str, Any] | None = None,
        tables: list[str] | None = None,
        timeout: float = CHECK_SECONDS,
    ) -> GateReport:
        """The gate of a layer over the generation that `inputs` describes.

        `sources`: per account `kind`, `enabled`, `required`, `freshness_days` (one that is not
        named counts as switched off). `thresholds`: limits from the settings, by name. `tables`:
        only these. `timeout` in seconds. A helper that died is started once more.

        Errors: `GateError` when the gate could not be run. A gate that ran and is shut is no error:
        see `GateReport.blocked`.
        """
        if layer not in PATH:
            raise GateError(f"no layer {layer!r}; layers are {', '.join(PATH)}")
        request = {
            "layer": layer,
            "inputs": str(inputs.resolve()),
            "tables": tables,
            "sources": {name: dict(state) for name, state in sources.items()},
            "thresholds": {name: float(value) for name, value in (thresholds or {}).items()},
        }
        with self._lock:
            try:
                answer = self._ask(request, timeout)
            except _DiedError:
                self._launch()
                try:
                    answer = self._ask(request, timeout)
                except _DiedError as died:
                    raise GateError(
                        f"gates of layer {layer}: the helper process died twice ({died}); "
                        f"look at free memory, then run `{' '.join(self._command)}` by hand"
                    ) from None
        if "error" in answer:
            raise GateError(f"gates of layer {layer}: {answer['error']}")
        return GateReport.from_answer(layer, answer)

    def close(self) -> None:
        """End the helper. Closing twice does nothing."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin:
            try:
                process.stdin.close()
            except BrokenPipeError:
                process.kill()  # it had died with a request unread: there is nobody left to tell
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def __enter__(self) -> "GateProcess":
        if self._process is None:
            self._launch()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """Process id of the helper, for measuring."""
        return self._process.pid if self._process else None

    def _launch(self) -> None:
        self.close()
        self._lines, self._ready = queue.Queue(), False
        path = os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH")]))
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONPATH": path},
        )
        threading.Thread(target=_pump, args=(self._process, self._lines), daemon=True).start()

    def _ask(self, request: dict[str, Any], timeout: float) -> dict[str, Any]:
        if self._process is None:
            self._launch()
        if not self._ready:
            hello = self._receive(START_SECONDS, "did not start")
            if "error" in hello:
                return hello
            self._ready = True
        assert self._process is not None and self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        except (BrokenPipeError, OSError) as error:
            raise _DiedError(self._how()) from error
        return self._receive(timeout, f"did not answer for layer {request['layer']}")

    def _receive(self, timeout: float, what: str) -> dict[str, Any]:
        try:
            line = self._lines.get(timeout=timeout)
        except queue.Empty:
            if self._process:
                self._process.kill()
            self.close()
            return {
                "error": (
                    f"the helper process {what} within {timeout:g} seconds and was ended;"
                    " run the night again when the machine is free"
                )
            }
        if line is None:
            raise _DiedError(self._how())
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _how(self) -> str:
        code = self._process.wait() if self._process else None
        return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"


class _DiedError(Exception):
    """The helper ended without an answer."""


def _pump(process: "subprocess.Popen[str]", lines: "queue.Queue[str | None]") -> None:
    """Carry lines from the helper into a queue that can be waited on with
    a limit; None at its end."""
    if process.stdout:
        for line in process.stdout:
            lines.put(line)
    lines.put(None)

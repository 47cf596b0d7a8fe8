"""The helper process as a process: dying, hanging, ending.

A stand-in plays it, so that no import has to be waited for.
"""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from orchestration.night.gate_process import GateError, GateProcess

READY = "import json, sys, os, time\nprint(json.dumps({'ready': True}), flush=True)\n"
ANSWER = "print(json.dumps({'results': [], 'seconds': 0.1, 'cpu_seconds': 0.1}), flush=True)\n"


def _stand_in(tmp_path: Path, body: str) -> GateProcess:
    script = tmp_path / "stand_in.py"
    script.write_text(READY + body, encoding="utf-8")
    return GateProcess([sys.executable, str(script)])


def test_a_helper_that_died_is_started_once_more(tmp_path: Path) -> None:
    marker = tmp_path / "died"
    once = (
        f"if not os.path.exists({str(marker)!r}):\n"
        f"        open({str(marker)!r}, 'w').close(); os._exit(9)"
    )
    body = f"for line in sys.stdin:\n    {once}\n    {ANSWER}"
    with _stand_in(tmp_path, body) as gates:
        assert gates.check("core", tmp_path / "i.json", sources={}).results == ()
    assert marker.exists()


def test_a_helper_killed_between_two_layers_is_replaced(tmp_path: Path) -> None:
    with _stand_in(tmp_path, f"for line in sys.stdin:\n    {ANSWER}") as gates:
        gates.check("raw", tmp_path / "i.json", sources={})
        first = gates.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        gates.check("staging", tmp_path / "i.json", sources={})
        assert gates.pid != first


def test_a_helper_that_always_dies_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    gates = _stand_in(tmp_path, "sys.stdin.readline(); os.kill(os.getpid(), 9)")
    with (
        gates,
        pytest.raises(GateError, match=r"layer core: the helper process died twice \(signal 9\)"),
    ):
        gates.check("core", tmp_path / "i.json", sources={})


def test_a_helper_that_hangs_is_ended(tmp_path: Path) -> None:
    gates = _stand_in(tmp_path, "sys.stdin.readline(); time.sleep(60)")
    began = time.monotonic()
    with (
        gates,
        pytest.raises(GateError, match=r"did not answer for layer core within 0\.3 seconds"),
    ):
        gates.check("core", tmp_path / "i.json", sources={}, timeout=0.3)
    assert time.monotonic() - began < 10


def test_a_refused_request_is_told_and_the_helper_lives_on(tmp_path: Path) -> None:
    body = (
        "for n, line in enumerate(sys.stdin):\n    if n == 0:\n"
        "        print(json.dumps({'error': 'no'}), flush=True); continue\n    "
    ) + ANSWER
    with _stand_in(tmp_path, body) as gates:
        with pytest.raises(GateError, match="gates of layer core: no"):
            gates.check("core", tmp_path / "i.json", sources={})
        assert not gates.check("core", tmp_path / "i.json", sources={}).blocked


def test_close_ends_the_helper_and_may_be_called_twice(tmp_path: Path) -> None:
    gates = _stand_in(tmp_path, "for line in sys.stdin: pass")
    with gates:
        pid = gates.pid
        assert pid is not None and Path(f"/proc/{pid}").exists()
    gates.close()
    assert not Path(f"/proc/{pid}").exists()


def test_what_is_printed_does_not_disturb_the_protocol(gates: GateProcess, tmp_path: Path) -> None:
    """Great Expectations prints a warning for a query without {batch}:
    the answer must still be one line of JSON."""
    import subprocess

    program = (
        "import orchestration.night.gate_server as r, sys; answers = r._take_stdout();"
        " print('noise'); sys.stderr.write('noise'); r._send(answers, {'ready': True})"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == '{"ready": true}\n' and done.stderr == ""

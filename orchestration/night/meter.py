"""What a night costs: CPU, wall time and memory, whole and by step."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil

GIB = 1024**3


class Meter:
    """CPU of this process and its children, wall time and peak memory of the process tree,
    whole and by step."""

    def __init__(self) -> None:
        self._process = psutil.Process(os.getpid())
        self._wall = time.monotonic()
        self._cpu = self.cpu_seconds()
        self.peak_bytes = 0
        self.steps: list[dict[str, Any]] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="memory-meter", daemon=True)
        self._thread.start()

    def cpu_seconds(self) -> float:
        """CPU seconds of the tree so far: this process,
        its finished children and its living ones."""
        own = self._process.cpu_times()
        total = own.user + own.system + own.children_user + own.children_system
        for child in self._process.children(recursive=True):
            try:
                times = child.cpu_times()
            except psutil.Error:
                # it has just finished: its time is counted with the finished ones next time
                continue
            total += times.user + times.system + times.children_user + times.children_system
        return total

    def _watch(self) -> None:
        while not self._stop.wait(0.2):
            used = 0
            for process in (self._process, *self._process.children(recursive=True)):
                try:
                    used += process.memory_info().rss
                except psutil.Error:
                    continue  # it has just finished
            self.peak_bytes = max(self.peak_bytes, used)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Measure a step."""
        cpu, wall = self.cpu_seconds(), time.monotonic()
        try:
            yield
        finally:
            spent = round(self.cpu_seconds() - cpu, 2)
            self.steps.append(
                {"name": name, "cpu_s": spent, "wall_s": round(time.monotonic() - wall, 2)}
            )

    def stop(self) -> None:
        """Watch no more; harmless when it was stopped already."""
        self._stop.set()
        self._thread.join()

    def totals(self) -> dict[str, float]:
        self.stop()
        return {
            "cpu_s": round(self.cpu_seconds() - self._cpu, 1),
            "wall_s": round(time.monotonic() - self._wall, 1),
            "peak_memory_gib": round(self.peak_bytes / GIB, 2),
        }

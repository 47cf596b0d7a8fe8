"""A figure's last runs as the points of a small inline SVG;
numbers only, drawn in the colours of the page around it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from expectations.figures import number

WIDTH, HEIGHT, MARGIN = 96, 22, 3


@dataclass(frozen=True)
class Sparkline:
    """`points` as SVG's polyline takes them; `x` and `y` are the last one's, tonight's."""

    points: str
    x: str
    y: str
    label: str
    width: int = WIDTH
    height: int = HEIGHT


def sparkline(past: Sequence[float], observed: str | None) -> Sparkline | None:
    """The earlier figures (oldest first) and tonight's as the last point;
    none with fewer than two numbers."""
    values = [float(value) for value in past if isfinite(value)]
    tonight = number(observed)
    if tonight is not None:
        values.append(tonight)
    if len(values) < 2:
        return None
    low, high = min(values), max(values)
    spread = high - low or 1.0
    step = (WIDTH - 2 * MARGIN) / (len(values) - 1)
    points = [
        (
            f"{MARGIN + index * step:.1f}",
            f"{HEIGHT / 2:.1f}"
            if high == low
            else f"{HEIGHT - MARGIN - (value - low) / spread * (HEIGHT - 2 * MARGIN):.1f}",
        )
        for index, value in enumerate(values)
    ]
    x, y = points[-1]
    label = f"{len(values)} runs, from {low:g} to {high:g}"
    return Sparkline(" ".join(f"{x},{y}" for x, y in points), x, y, label)

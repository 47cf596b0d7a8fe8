"""A figure's last nights as a small inline SVG;
numbers only, drawn in the colours of the page around it."""

from collections.abc import Sequence
from math import isfinite

WIDTH, HEIGHT, MARGIN = 96, 22, 3


def sparkline(past: Sequence[float], observed: str | None) -> str:
    """SVG of the earlier figures (oldest first) and tonight's as its last point;
    empty with fewer than two numbers."""
    values = [float(value) for value in past if isfinite(value)]
    tonight = number(observed)
    if tonight is not None:
        values.append(tonight)
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    spread = high - low or 1.0
    step = (WIDTH - 2 * MARGIN) / (len(values) - 1)
    points = [
        (
            MARGIN + index * step,
            HEIGHT / 2
            if high == low
            else HEIGHT - MARGIN - (value - low) / spread * (HEIGHT - 2 * MARGIN),
        )
        for index, value in enumerate(values)
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    x, y = points[-1]
    return (
        f'<svg class="spark" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'role="img" aria-label="{len(values)} nights, from {low:g} to {high:g}">'
        f'<polyline points="{line}"/><circle cx="{x:.1f}" cy="{y:.1f}" r="2.4"/></svg>'
    )


def number(text: str | None) -> float | None:
    """A figure that was written as text; None when it is no finite number."""
    try:
        value = float(text) if text is not None else None
    except ValueError:
        return None
    return value if value is not None and isfinite(value) else None

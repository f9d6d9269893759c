"""How far each step of an optimization came: bars on a logarithmic axis, and the bounds."""

from __future__ import annotations

from collections.abc import Mapping

from tern.draw.chart import HUES, WIDTH, chart, label, number, rule, scale, short, ticks
from tern.draw.picture import Picture

RUNG, TOP, RIGHT = 34.0, 44.0, 96.0  # px: from bar to bar, above the first, right of the axis
DIGIT = 7.6  # px, the width of a character of a value


def ladder(rungs: Mapping[str, float], bounds: Mapping[str, float], unit: str) -> Picture:
    """Bars for positive values, one a rung, the last one in color; bounds are dashed lines.

    The axis is logarithmic: equal distances are equal factors. ValueError without a rung, or
    for a value that is not positive.
    """
    values = [*rungs.values(), *bounds.values()]
    if not rungs or min(values) <= 0:
        raise ValueError("needs at least one rung, and positive values")
    left = 20 + 7.4 * max(len(name) for name in rungs)
    bottom = TOP + RUNG * len(rungs)
    marks = ticks(min(values), max(values), log=True)
    limit = max(values) * 1.25  # up to the next power of ten it would be mostly empty
    at_x = scale([marks[0], limit], left, WIDTH - RIGHT, log=True)
    limits = [at_x(value) for value in bounds.values()]
    body = []
    for mark in marks:
        if mark <= limit:
            body.append(rule(at_x(mark), TOP - 4, at_x(mark), bottom, "grid"))
            body.append(label(at_x(mark), bottom + 18, short(mark), "tick soft", "middle"))
    body.append(label((left + WIDTH - RIGHT) / 2, bottom + 38, unit, "tick soft", "middle"))
    for at, (name, value) in enumerate(sorted(bounds.items(), key=lambda pair: pair[1])):
        x = at_x(value)
        body.append(rule(x, TOP - 8, x, bottom, "bound"))
        anchor = "start" if at == len(bounds) - 1 else "end"
        name = f"{name} {short(value)}"
        body.append(label(x + (6 if anchor == "start" else -6), TOP - 14, name, "tick", anchor))
    for at, (name, value) in enumerate(rungs.items()):
        top = TOP + RUNG * at
        last = at == len(rungs) - 1
        hue = HUES[0] if last else "color-mix(in srgb, currentColor 38%, transparent)"
        wide = max(2.0, at_x(value) - left)
        body.append(label(left - 10, top + 18, name, "tick strong" if last else "tick", "end"))
        body.append(
            f'<rect class="bar-mark" style="--hue: {hue}" x="{number(left)}" y="{number(top + 3)}" '
            f'width="{number(wide)}" height="22" rx="3"/>'
        )
        body.append(_value(value, top + 18, left, left + wide, limits, last))
    text = "\n".join(
        f"{name}: {short(value)} {unit}" for name, value in {**rungs, **bounds}.items()
    )
    return chart(body, bottom + 46, text)


def _value(
    value: float, y: float, start: float, end: float, limits: list[float], last: bool
) -> str:
    """The number of a bar from `start` to `end`: behind it, or inside if a bound is in the way."""
    text = short(value)
    width = DIGIT * len(text) + 10
    crossed = any(end < x < end + width for x in limits)
    if not crossed or end - start < width:
        return label(end + 7, y, text, "tick strong", "start")
    style = ' style="fill: var(--paper, Canvas)"' if last else ""
    return label(end - 7, y, text, "tick strong", "end", style)

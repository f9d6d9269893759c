"""Line and bar charts with units on the axes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from html import escape

from tern.draw.picture import Picture, number, picture

WIDTH, HEIGHT = 680, 330  # px
LEFT, RIGHT, TOP, BOTTOM = 64, 130, 34, 46  # px around the plot

STYLE = """
.tern .grid { stroke: currentColor; stroke-opacity: 0.13; }
.tern .axis { stroke: currentColor; stroke-opacity: 0.5; }
.tern .bar-mark { fill: var(--hue); }
.tern .series { fill: none; stroke: var(--hue); stroke-width: 2.2; stroke-linejoin: round; }
.tern .dot { fill: var(--hue); }
.tern .bound { stroke: currentColor; stroke-opacity: 0.7; stroke-dasharray: 5 4; }
.tern svg text.tick { font-family: var(--tern-ui); font-size: 12px; font-variant-numeric:
  tabular-nums; }
"""
HUES = ("var(--tern-accent)", "#d98a00", "#1d9a7c", "#c2488f", "#7a6cf0", "#8a8f00")


def ticks(low: float, high: float, log: bool = False, about: int = 5) -> list[float]:
    """Round values that cover [low, high]: 1, 2, 5 times powers of ten; powers only, if `log`.

    >>> ticks(0, 9)
    [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]
    """
    if log:
        first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
        return [10.0**e for e in range(first, max(last, first + 1) + 1)]
    raw = (high - low or abs(high) or 1.0) / about
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= raw * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(i * step, 12) for i in range(first, max(last, first + 1) + 1)]


def short(value: float) -> str:
    """A number as a reader writes it: 0.25, 40, 12k, 3M."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= size:
            return f"{value / (1e3 if unit == 'k' else size):.3g}{unit}"
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def scale(marks: list[float], start: float, end: float, log: bool) -> Callable[[float], float]:
    """The function from values to px that puts the first mark at start, the last at end."""
    bend = math.log10 if log else float
    low, high = bend(marks[0]), bend(marks[-1])
    return lambda value: start + (bend(value) - low) / (high - low) * (end - start)


def line(
    series: Mapping[str, Sequence[tuple[float, float]]],
    x: str,
    y: str,
    log_x: bool = False,
    log_y: bool = False,
    bounds: Mapping[str, float] | None = None,
) -> Picture:
    """Lines through (x, y) points, one a name; `x` and `y` are the axes' titles, with units.

    `bounds` are named horizontal lines: a limit of the hardware, the best known. Logarithmic
    axes need positive values. ValueError without points.
    """
    bounds = dict(bounds or {})
    points = [p for line_ in series.values() for p in line_]
    if not points:
        raise ValueError("a chart needs at least one point")
    xs = [p[0] for p in points]
    ys = [p[1] for p in points] + list(bounds.values())
    x_marks = ticks(min(xs), max(xs), log_x)
    y_marks = ticks(min(ys) if log_y else min(0.0, *ys), max(ys), log_y)
    at_x = scale(x_marks, LEFT, WIDTH - RIGHT, log_x)
    at_y = scale(y_marks, HEIGHT - BOTTOM, TOP, log_y)
    body = [frame(y_marks, at_y, y, x)]
    for mark in x_marks:
        body.append(label(at_x(mark), HEIGHT - BOTTOM + 18, short(mark), "tick soft", "middle"))
    ends = []
    for i, (name, values) in enumerate(series.items()):
        hue = HUES[i % len(HUES)]
        path = "L".join(f"{number(at_x(a))} {number(at_y(b))}" for a, b in values)
        dots = "".join(
            f'<circle class="dot" cx="{number(at_x(a))}" cy="{number(at_y(b))}" r="3.2">'
            f"<title>{escape(name)}: {short(a)}, {short(b)}</title></circle>"
            for a, b in values
        )
        body.append(f'<g style="--hue: {hue}"><path class="series" d="M{path}"/>{dots}</g>')
        ends.append((at_y(values[-1][1]), at_x(values[-1][0]), name, f' style="fill: {hue}"'))
    for name, value in bounds.items():
        body.append(rule(LEFT, at_y(value), WIDTH - RIGHT, at_y(value), "bound"))
        ends.append((at_y(value), WIDTH - RIGHT, name, ""))
    ends.sort()
    for height, (_, right, name, style) in zip(apart([end[0] + 4 for end in ends]), ends):
        body.append(label(right + 8, height, name, "tick strong", "start", style))
    text = "\n".join(
        f"{name}: " + ", ".join(f"({short(a)}, {short(b)})" for a, b in values)
        for name, values in series.items()
    )
    return chart(body, HEIGHT, f"{y} against {x}\n{text}")


def apart(heights: Sequence[float], gap: float = 15, most: float = HEIGHT - BOTTOM) -> list[float]:
    """Where names stand whose places are `heights`, in order: `gap` apart, and not below `most`.

    >>> apart([20, 22, 90], most=80)
    [20, 35, 80]
    """
    placed: list[float] = []
    for height in heights:
        placed.append(max(height, placed[-1] + gap) if placed else height)
    for at in reversed(range(len(placed))):
        limit = placed[at + 1] - gap if at + 1 < len(placed) else most
        placed[at] = min(placed[at], limit)
    return placed


def bars(values: Mapping[str, float], unit: str, highlight: str | None = None) -> Picture:
    """Horizontal bars, one a name, each with its value; `unit` names what is measured."""
    if not values:
        raise ValueError("a chart needs at least one bar")
    left = 20 + 7.4 * max(len(name) for name in values)
    high = 34 * len(values) + 30
    largest = max(max(values.values()), 1e-300)
    body = []
    for i, (name, value) in enumerate(values.items()):
        top = 32 + 34 * i
        wide = max(1.0, value / largest * (WIDTH - left - 90))
        hue = (
            HUES[0]
            if highlight in (None, name)
            else "color-mix(in srgb, currentColor 38%, transparent)"
        )
        body.append(label(left - 10, top + 16, name, "tick", "end"))
        body.append(
            f'<rect class="bar-mark" style="--hue: {hue}" x="{number(left)}" y="{top}" '
            f'width="{number(wide)}" height="23" rx="3"/>'
        )
        body.append(label(left + wide + 8, top + 16, short(value), "tick strong", "start"))
    body.append(label(left, 18, unit, "tick soft", "start"))
    text = "\n".join(f"{name}: {short(value)} {unit}" for name, value in values.items())
    return chart(body, high, text)


def chart(body: list[str], height: float, text: str) -> Picture:
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {number(height)}" '
        f'width="{WIDTH}" height="{number(height)}" style="min-width: 460px" role="img" '
        f'aria-label="{escape(text)}">{"".join(body)}</svg>'
    )
    return picture(svg, text, "chart", STYLE)


def frame(y_marks: list[float], at_y: Callable[[float], float], y: str, x: str) -> str:
    """Grid lines, their values, the axis, and both titles."""
    out = []
    for mark in y_marks:
        out.append(rule(LEFT, at_y(mark), WIDTH - RIGHT, at_y(mark), "grid"))
        out.append(label(LEFT - 8, at_y(mark) + 4, short(mark), "tick soft", "end"))
    out.append(rule(LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, "axis"))
    out.append(label(LEFT - 40, 16, y, "tick", "start"))
    out.append(label((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, x, "tick", "middle"))
    return "".join(out)


def rule(x0: float, y0: float, x1: float, y1: float, kind: str) -> str:
    return (
        f'<line class="{kind}" x1="{number(x0)}" y1="{number(y0)}" '
        f'x2="{number(x1)}" y2="{number(y1)}"/>'
    )


def label(x: float, y: float, text: str, kind: str, anchor: str, style: str = "") -> str:
    return (
        f'<text class="{kind}" x="{number(x)}" y="{number(y)}" '
        f'text-anchor="{anchor}"{style}>{escape(text)}</text>'
    )

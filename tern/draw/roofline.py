"""The roofline of a machine, and kernels under it: both axes are logarithmic."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING

from tern.draw.chart import (
    BOTTOM,
    HEIGHT,
    HUES,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    chart,
    frame,
    label,
    rule,
    scale,
    short,
    ticks,
)
from tern.draw.picture import Picture, number

if TYPE_CHECKING:
    from tern.cost import Roofline

Point = tuple[float, float]  # FLOP per byte, FLOP/s


def roofline(machines: Mapping[str, Roofline], kernels: Mapping[str, Point]) -> Picture:
    """Roofs, one a machine, and kernels as points. ValueError without a machine.

    A machine has FLOP/s and bytes/s; a kernel stands at its FLOP per byte and the FLOP/s that it
    reaches.
    """
    if not machines:
        raise ValueError("needs at least one machine")
    ridges = [machine.ridge for machine in machines.values()]
    xs = [*(x for x, _ in kernels.values()), min(ridges) / 8, max(ridges) * 8]
    peaks = [machine.peak_flops for machine in machines.values()]
    lows = [machine.bandwidth * min(xs) for machine in machines.values()]
    ys = [y / 1e9 for y in (*(y for _, y in kernels.values()), *peaks, *lows)]
    x_marks, y_marks = ticks(min(xs), max(xs), log=True), ticks(min(ys), max(ys), log=True)
    at_x = scale(x_marks, LEFT, WIDTH - RIGHT, log=True)
    at_y = scale(y_marks, HEIGHT - BOTTOM, TOP, log=True)
    body = [frame(y_marks, at_y, "GFLOP/s", "FLOP per byte")]
    for mark in x_marks:
        body.append(rule(at_x(mark), TOP, at_x(mark), HEIGHT - BOTTOM, "grid"))
        body.append(label(at_x(mark), HEIGHT - BOTTOM + 18, short(mark), "tick soft", "middle"))
    told = []
    for name, machine in machines.items():
        start, end = x_marks[0], x_marks[-1]
        peak = machine.peak_flops / 1e9
        first = max(start, y_marks[0] * 1e9 / machine.bandwidth)
        slope = [(first, machine.bandwidth * first / 1e9), (machine.ridge, peak), (end, peak)]
        path = "L".join(f"{number(at_x(x))} {number(at_y(y))}" for x, y in slope)
        body.append(f'<path class="series" style="--hue: currentColor" d="M{path}"/>')
        body.append(label(WIDTH - RIGHT + 8, at_y(peak) + 4, name, "tick strong", "start"))
        told.append(f"{name}: {short(peak)} GFLOP/s from {short(machine.ridge)} FLOP per byte on")
    for k, (name, (x, y)) in enumerate(kernels.items()):
        hue = HUES[k % len(HUES)]
        body.append(
            f'<g style="--hue: {hue}"><circle class="dot" cx="{number(at_x(x))}" '
            f'cy="{number(at_y(y / 1e9))}" r="5"><title>{escape(name)}</title></circle></g>'
        )
        style = f' style="fill: {hue}"'
        body.append(label(at_x(x) + 9, at_y(y / 1e9) + 14, name, "tick strong", "start", style))
        told.append(f"{name}: {short(x)} FLOP per byte, {short(y / 1e9)} GFLOP/s")
    return chart(body, HEIGHT, "\n".join(told))

"""The figure: a panel for each workload, a bar for each contestant, and the roofline's bound."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tern.draw.chart import HUES, WIDTH, chart, label, rule, scale, short, ticks
from tern.draw.picture import Picture

BAR, GAP, TOP, LEFT, RIGHT = 24.0, 62.0, 40.0, 96.0, 210.0
GRAY = "color-mix(in srgb, currentColor 38%, transparent)"


def figure(found: Mapping[str, Any]) -> Picture:
    """The board as `__main__` gathers it. The axis is logarithmic: equal distances are equal
    factors. A bar ends at the median of the runs, and its line spans all of them."""
    rows = [row for work in found["workloads"].values() for row in work["rows"].values()]
    values = [row["ratio"] for row in rows if "ratio" in row]
    limits = [work["bound"] for work in found["workloads"].values() if work["bound"]]
    marks = ticks(min(values), max(*values, *limits), log=True)
    at_x = scale([marks[0], 1.3 * max(*values, *limits)], LEFT, WIDTH - RIGHT, log=True)
    body: list[str] = []
    top, told = TOP, []
    for work in found["workloads"].values():
        body.append(label(LEFT, top - 22, work["what"], "tick strong", "start"))
        bottom = top + BAR * len(work["rows"])
        for mark in marks:
            if at_x(mark) <= WIDTH - RIGHT:
                body.append(rule(at_x(mark), top - 4, at_x(mark), bottom, "grid"))
                body.append(label(at_x(mark), bottom + 15, short(mark), "tick soft", "middle"))
        for name, row in work["rows"].items():
            body += _bar(name, row, top, at_x)
            told.append(f"{work['name']}, {name}: {_said(row)}")
            top += BAR
        if work["bound"]:
            x = at_x(work["bound"])
            body.append(rule(x, top - BAR * len(work["rows"]) - 4, x, bottom, "bound"))
            above = top - BAR * len(work["rows"]) - 8
            body.append(label(x, above, f"bound {short(work['bound'])}", "tick", "middle"))
        top = bottom + GAP
    axis = f"times as fast as {found['baseline']}, one thread"
    body.append(label((LEFT + WIDTH - RIGHT) / 2, top - 28, axis, "tick", "middle"))
    return chart(body, top - 16, "\n".join([axis, *told]))


def _bar(name: str, row: Mapping[str, Any], top: float, at_x: Any) -> list[str]:
    own = name == "tern"
    drawn = [label(LEFT - 10, top + 15, name, "tick strong" if own else "tick", "end")]
    if "ratio" not in row:
        return [
            *drawn,
            label(LEFT + 6, top + 15, f"not here: {row['missing']}", "tick soft", "start"),
        ]
    low, high = (at_x(row[key]) for key in ("least", "most"))
    end, hue = at_x(row["ratio"]), HUES[0] if own else GRAY
    drawn.append(
        f'<rect class="bar-mark" style="--hue: {hue}" x="{LEFT}" y="{top + 3:.1f}" '
        f'width="{max(2.0, end - LEFT):.1f}" height="{BAR - 8}" rx="3"/>'
    )
    drawn.append(rule(low, top + 3 + (BAR - 8) / 2, high, top + 3 + (BAR - 8) / 2, "axis"))
    drawn.append(label(WIDTH - RIGHT + 12, top + 15, _said(row), "tick", "start"))
    return drawn


def _said(row: Mapping[str, Any]) -> str:
    if "ratio" not in row:
        return f"not here: {row['missing']}"
    return f"{row['ratio']:.2f}, {row['ms']:.3g} ms, compiled in {row['compile_s']:.2g} s"

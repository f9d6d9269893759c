"""A pipeline of passes over time: which of them ran on what."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from tern.draw.listing import HUES
from tern.draw.picture import Picture, number, picture, text_width

WIDTH = 680.0  # px
ROW, TOP, HIGH = 24.0, 8.0, 14.0  # px: from row to row, above the first, a mark's height

STYLE = """
.tern-passes rect { fill: var(--hue); }
.tern-passes .row { stroke: currentColor; stroke-opacity: 0.13; }
.tern .tern-passes svg text { font-size: 12px; }
.tern .tern-passes svg text.plain { font-family: var(--tern-ui); }
"""


def passes(rows: Sequence[tuple[str, int]], runs: Sequence[int]) -> Picture:
    """One row for each thing that passes run on, one mark for each run, from left to right.

    `rows` are names, each with its depth, which indents it and is its color; `runs` are the numbers
    of rows, in the order in which the passes ran. ValueError without a run.
    """
    if not runs:
        raise ValueError("a pipeline has at least one pass")
    left = 16 + max(text_width(name) * 0.93 + 14 * depth for name, depth in rows)
    step = (WIDTH - left - 8) / len(runs)
    bottom = TOP + ROW * len(rows)
    body = []
    for at, (name, depth) in enumerate(rows):
        middle = TOP + ROW * (at + 0.5)
        body.append(
            f'<text x="{number(4 + 14 * depth)}" y="{number(middle + 4)}">{escape(name)}</text>'
            f'<line class="row" x1="{number(left)}" y1="{number(middle)}" '
            f'x2="{number(WIDTH - 8)}" y2="{number(middle)}"/>'
        )
    for at, row in enumerate(runs):
        x, y = left + step * at, TOP + ROW * (row + 0.5) - HIGH / 2
        body.append(
            f'<rect style="--hue: {HUES[rows[row][1] % len(HUES)]}" x="{number(x)}" '
            f'y="{number(y)}" width="{number(max(1.2, step * 0.8))}" height="{number(HIGH)}"/>'
        )
    body.append(
        f'<text class="plain soft" x="{number((left + WIDTH) / 2)}" y="{number(bottom + 18)}" '
        f'text-anchor="middle">{len(runs)} runs of passes, in order</text>'
    )
    counts = [(name, runs.count(at)) for at, (name, _) in enumerate(rows)]
    text = f"{len(runs)} runs of passes; " + ", ".join(f"{name}: {count}" for name, count in counts)
    wide, tall = number(WIDTH), number(bottom + 26)
    svg = (
        f'<div class="tern-passes"><svg xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="0 0 {wide} {tall}" width="{wide}" height="{tall}" style="min-width: 460px" '
        f'role="img" aria-label="{escape(text)}">{"".join(body)}</svg></div>'
    )
    return picture(svg, text, "passes of a pipeline", STYLE)

"""Threads as rows, and what each of them does from when to when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from tern.draw.chart import short, ticks
from tern.draw.listing import HUES
from tern.draw.picture import Picture, number, picture

WIDTH, LEFT, RIGHT = 680.0, 74.0, 16.0  # px: the figure, and beside its rows
ROW, BAR, TITLE = 30.0, 24.0, 30.0  # px

STYLE = """
.tern-timeline rect { fill: color-mix(in srgb, var(--hue) 34%, transparent); stroke: var(--hue); }
.tern-timeline .end { stroke: currentColor; stroke-opacity: 0.7; stroke-dasharray: 5 4; }
.tern-timeline .grid { stroke: currentColor; stroke-opacity: 0.13; }
.tern .tern-timeline svg text { font-family: var(--tern-ui); font-size: 12px; }
"""

Span = tuple[int, float, float, str]
"""A thread, from 0; when a piece begins and ends; and what is written in it."""


def timeline(panels: Mapping[str, Sequence[Span]], threads: int, unit: str) -> Picture:
    """A panel for each schedule, on one scale of time; a row for each thread.

    The dashed line is where the last piece ends. ValueError without a piece.
    """
    ends = [end for spans in panels.values() for _, _, end, _ in spans]
    if not ends:
        raise ValueError("a timeline needs at least one piece")
    marks = ticks(0, max(ends))
    scale = (WIDTH - LEFT - RIGHT) / marks[-1]
    high = TITLE + ROW * threads
    body, plain = [], []
    for i, (title, spans) in enumerate(panels.items()):
        body.append(_panel(title, spans, threads, i * high, scale))
        busy = [sum(e - s for t, s, e, _ in spans if t == thread) for thread in range(threads)]
        last = max((end for _, _, end, _ in spans), default=0.0)
        each = ", ".join(f"thread {t + 1} {short(b)}" for t, b in enumerate(busy))
        plain.append(f"{title}: {each}; all done after {short(last)} {unit}")
    bottom, grid = high * len(panels), []
    for mark in marks:
        x = number(LEFT + mark * scale)
        grid.append(f'<line class="grid" x1="{x}" y1="{TITLE}" x2="{x}" y2="{number(bottom)}"/>')
        body.append(
            f'<text class="soft" x="{x}" y="{number(bottom + 18)}" text-anchor="middle">'
            f"{short(mark)}</text>"
        )
    middle = number((LEFT + WIDTH - RIGHT) / 2)
    body.append(f'<text x="{middle}" y="{number(bottom + 36)}" text-anchor="middle">')
    body.append(f"time ({escape(unit)})</text>")
    wide, tall = number(WIDTH), number(bottom + 42)
    text = "\n".join(plain)
    svg = (
        f'<div class="tern-timeline"><svg xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="0 0 {wide} {tall}" width="{wide}" height="{tall}" style="min-width: 460px" '
        f'role="img" aria-label="{escape(text)}">{"".join([*grid, *body])}</svg></div>'
    )
    return picture(svg, text, "threads over time", STYLE)


def _panel(title: str, spans: Sequence[Span], threads: int, top: float, scale: float) -> str:
    out = [f'<text class="strong" x="{number(LEFT)}" y="{number(top + 20)}">{escape(title)}</text>']
    for thread in range(threads):
        y = number(top + TITLE + ROW * thread + 16)
        out.append(f'<text x="{number(LEFT - 8)}" y="{y}" text-anchor="end">')
        out.append(f"thread {thread + 1}</text>")
    for thread, start, end, name in spans:
        x, y, wide = LEFT + start * scale, top + TITLE + ROW * thread, (end - start) * scale
        out.append(
            f'<rect style="--hue: {HUES[thread % len(HUES)]}" x="{number(x)}" y="{number(y)}" '
            f'width="{number(max(0.5, wide))}" height="{number(BAR)}" rx="2"/>'
        )
        if wide > 7.5 * len(name):
            at = f'x="{number(x + wide / 2)}" y="{number(y + 16)}"'
            out.append(f'<text {at} text-anchor="middle">{escape(name)}</text>')
    x = number(LEFT + max((end for _, _, end, _ in spans), default=0.0) * scale)
    low, bottom = number(top + TITLE - 4), number(top + TITLE + ROW * threads - 2)
    out.append(f'<line class="end" x1="{x}" y1="{low}" x2="{x}" y2="{bottom}"/>')
    return "".join(out)

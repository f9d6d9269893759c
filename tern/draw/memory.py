"""Objects in memory, the pointers between them, and how both change from line to line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from tern.draw import cplusplus
from tern.draw.listing import HUES
from tern.draw.picture import Picture, number
from tern.draw.steps import stepper

ROW, WIDE, BETWEEN, GAP, TOP, EDGE = 21.0, 146.0, 64.0, 28.0, 20.0, 30.0  # px

STYLE = """
.tern-memory { display: flex; gap: 1em; align-items: flex-start; }
.tern-memory > section { flex: 4 1 0; min-width: 0; }
.tern-memory > section + section { flex-grow: 5; }
.tern-memory svg .box { fill: color-mix(in srgb, currentColor 5%, transparent);
  stroke: var(--tern-line); }
.tern-memory svg .ended .box { stroke-dasharray: 4 3; fill: none; }
.tern-memory svg .ended text { opacity: 0.6; }
.tern-memory svg .changed .box { fill: color-mix(in srgb, var(--tern-accent) 15%, transparent);
  stroke: var(--tern-accent); }
.tern-memory svg .cut { stroke: var(--tern-rule); }
.tern-memory svg .pointer { fill: none; stroke: var(--hue); stroke-width: 1.5; }
.tern-memory svg .head { fill: var(--hue); }
.tern-memory svg .field { font-size: 11.5px; opacity: 0.75; }
@media (max-width: 40rem) { .tern-memory { flex-direction: column; }
  .tern-memory > section, .tern-memory > section + section { flex: none; width: 100%; } }
"""


@dataclass(frozen=True)
class Cell:
    """A part of an object: what it is called, what it holds, and where it points."""

    field: str
    text: str
    target: tuple[str, int] | None = None  # an object's name, and which of its cells
    hue: int = 0


@dataclass(frozen=True)
class Box:
    """An object: the `name` is its own on the whole figure, the `title` is what is written."""

    name: str
    title: str
    cells: Sequence[Cell]
    right: bool = False  # in the right column
    ended: bool = False  # gone: drawn dashed


@dataclass(frozen=True)
class Moment:
    """What there is after a line of the program has run."""

    line: int  # from 1
    note: str
    boxes: Sequence[Box]


Spots = dict[str, tuple[float, float]]


def memory(code: str, moments: Sequence[Moment]) -> Picture:
    """A slider over the lines of a program, with the objects that there are after each.

    An object keeps its position from step to step; one that has changed is lit. ValueError
    without a moment.
    """
    spots, high = _spots(moments)
    rows, plain = [], []
    before: dict[str, Box] = {}
    for at, moment in enumerate(moments):
        now = {box.name: box for box in moment.boxes}
        changed = {name for name, box in now.items() if at and before.get(name) != box}
        title = f"after line {moment.line}"
        rows.append(
            f'<section class="step" data-title="{escape(title)}">'
            f'<p class="note">{escape(moment.note)}</p><div class="tern-memory">'
            f"<section>{cplusplus.panel(code, [moment.line])}</section>"
            f"<section>{_drawn(now, changed, spots, high)}</section></div></section>"
        )
        plain.append(f"{title}: {moment.note}")
        before = now
    return stepper(rows, "\n".join(plain), STYLE)


def _spots(moments: Sequence[Moment]) -> tuple[Spots, float]:
    """Where each object's upper left corner is, in every step; and the figure's height."""
    most: dict[str, tuple[int, bool]] = {}
    for moment in moments:
        for box in moment.boxes:
            rows = max(len(box.cells), most.get(box.name, (0, False))[0])
            most[box.name] = rows, box.right
    spots: Spots = {}
    heights = {False: TOP, True: TOP}
    for name, (rows, right) in most.items():
        spots[name] = EDGE + right * (WIDE + BETWEEN), heights[right]
        heights[right] += rows * ROW + GAP
    return spots, max(heights.values()) - GAP + 8


def _drawn(now: dict[str, Box], changed: set[str], spots: Spots, high: float) -> str:
    boxes = "".join(_box(box, spots[name], name in changed) for name, box in now.items())
    pointers = "".join(
        _pointer(box, at, cell, now, spots)
        for box in now.values()
        for at, cell in enumerate(box.cells)
        if cell.target is not None and cell.target[0] in now
    )
    wide = number(2 * WIDE + BETWEEN + 2 * EDGE)
    told = "; ".join(
        f"{box.title}: " + ", ".join(f"{cell.field} {cell.text}" for cell in box.cells)
        for box in now.values()
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {number(high)}" '
        f'width="{wide}" height="{number(high)}" role="img" '
        f'aria-label="{escape(told or "no object")}">{boxes}{pointers}</svg>'
    )


def _box(box: Box, spot: tuple[float, float], changed: bool) -> str:
    x, y = spot
    kind = " ended" * box.ended + " changed" * (changed and not box.ended)
    high = len(box.cells) * ROW
    out = [
        f'<g class="object{kind}"><text x="{number(x)}" y="{number(y - 5)}">{escape(box.title)}'
        f'</text><rect class="box" x="{number(x)}" y="{number(y)}" width="{number(WIDE)}" '
        f'height="{number(high)}" rx="4"/>'
    ]
    for row, cell in enumerate(box.cells):
        top = y + row * ROW
        if row:
            out.append(
                f'<line class="cut" x1="{number(x)}" y1="{number(top)}" '
                f'x2="{number(x + WIDE)}" y2="{number(top)}"/>'
            )
        out.append(
            f'<text class="field" x="{number(x + 7)}" y="{number(top + 15)}">{escape(cell.field)}'
            f'</text><text x="{number(x + WIDE - 9)}" y="{number(top + 15)}" text-anchor="end">'
            f"{escape(cell.text)}</text>"
        )
    return "".join([*out, "</g>"])


def _pointer(box: Box, row: int, cell: Cell, now: dict[str, Box], spots: Spots) -> str:
    """From a cell to its target: across to the other column, or around to the own one."""
    assert cell.target is not None
    name, to_row = cell.target
    (x, y), (to_x, to_y) = spots[box.name], spots[name]
    right = box.right
    start_y = y + (row + 0.5) * ROW
    end_y = to_y + (to_row + 0.5) * ROW + (3 if right == now[name].right else 0)
    if right == now[name].right:  # around the outer side
        side = 1 if right else -1
        start = x + (WIDE if right else 0)
        bend = start + side * min(EDGE - 6, 10 + abs(end_y - start_y) / 7 + 4 * cell.hue)
        curve = f"C{number(bend)} {number(start_y)} {number(bend)} {number(end_y)}"
        end, points = start, side
    else:
        start, end = (x, to_x + WIDE) if right else (x + WIDE, to_x)
        middle = (start + end) / 2
        curve = f"C{number(middle)} {number(start_y)} {number(middle)} {number(end_y)}"
        points = 1 if right else -1
    head = end + points * 7
    tip = (
        f"M{number(end)} {number(end_y)}L{number(head)} {number(end_y - 4)}"
        f"L{number(head)} {number(end_y + 4)}Z"
    )
    return (
        f'<g style="--hue: {HUES[cell.hue % len(HUES)]}"><path class="pointer" '
        f'd="M{number(start)} {number(start_y)}{curve} {number(head)} {number(end_y)}"/>'
        f'<path class="head" d="{tip}"/></g>'
    )

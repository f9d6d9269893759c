"""Register allocation, instruction selection, and stack frames as pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any
from zlib import crc32

from tern.draw.chart import HUES
from tern.draw.picture import Picture, number, picture, text_width
from tern.draw.steps import stepper
from tern.machine import Pattern, Program
from tern.machine.frame import frame_of
from tern.machine.intervals import Ranges
from tern.machine.select import match

STYLE = """
.tern .slice { fill: color-mix(in srgb, var(--hue) 62%, transparent); stroke: var(--hue); }
.tern .slice.spilled { stroke: var(--tern-line); }
.tern .hatch { stroke: currentColor; stroke-opacity: 0.5; stroke-width: 1.6; }
.tern .loop { fill: var(--tern-faint); }
.tern .tile { fill: color-mix(in srgb, var(--hue) 20%, transparent); stroke: var(--hue); }
.tern .branch { stroke: var(--tern-line); stroke-width: 1.3; }
.tern .cell { fill: var(--tern-faint); stroke: var(--tern-line); }
.tern svg text.small { font-size: 11px; }
"""
ROW, LEFT, RIGHT, TOP = 15.0, 84.0, 92.0, 20.0  # px


def hatch(name: str) -> str:
    """What a spilled value's bars are filled with. A name may stand on a page once."""
    return (
        f'<defs><pattern id="{name}" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><line class="hatch" x1="0" y1="0" x2="0" y2="6"/>'
        "</pattern></defs>"
    )


def hue_of(register: str, names: Sequence[str]) -> str:
    """A color for each register: those of the charts, in two shades each."""
    at = list(names).index(register)
    hue = HUES[at % len(HUES)]
    return hue if at < len(HUES) else f"color-mix(in srgb, {hue} 55%, currentColor)"


def intervals_svg(
    intervals: Mapping[int, Ranges],
    registers: Mapping[int, str],
    labels: Mapping[int, str],
    names: Sequence[str],
    loops: Sequence[tuple[int, int]] = (),
    title: str = "",
) -> str:
    """Bars over time, a row for each value: in its register's color, or hatched if it is spilled.
    Loops are shaded. The title tells pictures apart that are alike otherwise."""
    order = sorted(intervals, key=lambda v: intervals[v][0])
    end = max(ranges[-1][1] for ranges in intervals.values())
    width, height = 680.0, TOP + ROW * len(order) + 30
    scale = (width - LEFT - RIGHT) / max(end, 1)
    pattern = f"hatch-{crc32(repr((title, registers, intervals, labels)).encode()):08x}"
    body = [hatch(pattern)]
    for start, stop in loops:
        body.append(
            f'<rect class="loop" x="{number(LEFT + start * scale)}" y="{number(TOP - 8)}" '
            f'width="{number((stop - start) * scale)}" height="{number(height - TOP - 16)}"/>'
            f'<text class="small soft ui" x="{number(LEFT + start * scale + 4)}" '
            f'y="{number(TOP - 11)}">loop</text>'
        )
    for row, value in enumerate(order):
        y = TOP + ROW * row
        place = registers.get(value)
        style = f"--hue: {hue_of(place, names)}" if place else f"fill: url(#{pattern})"
        shown = "slice" if place else "slice spilled"
        body.append(
            f'<text class="small" x="{number(LEFT - 8)}" y="{number(y + 10)}" text-anchor="end">'
            f"{escape(labels.get(value, f'v{value}'))}</text>"
        )
        for start, stop in intervals[value]:
            body.append(
                f'<rect class="{shown}" style="{style}" x="{number(LEFT + start * scale)}" '
                f'y="{number(y)}" width="{number(max(2.0, (stop - start) * scale))}" '
                f'height="{number(ROW - 4)}" rx="2"/>'
            )
        body.append(
            f'<text class="small soft" x="{number(width - RIGHT + 8)}" y="{number(y + 10)}">'
            f"{escape(place or 'in memory')}</text>"
        )
    body.append(
        f'<text class="small soft ui" x="{number(LEFT)}" y="{number(height - 8)}">'
        f"time, in instructions →</text>"
    )
    return (
        f'<svg viewBox="0 0 {number(width)} {number(height)}" width="{number(width)}" role="img" '
        f'aria-label="live intervals">{"".join(body)}</svg>'
    )


def intervals_text(
    intervals: Mapping[int, Ranges], registers: Mapping[int, str], labels: Mapping[int, str]
) -> str:
    """A line for each value: its name, its ranges, and where it lives."""
    order = sorted(intervals, key=lambda v: intervals[v][0])
    return "\n".join(
        f"{labels.get(v, f'v{v}'):12} {registers.get(v, 'in memory'):10} "
        + " ".join(f"[{start}, {stop})" for start, stop in intervals[v])
        for v in order
    )


def intervals(
    intervals: Mapping[int, Ranges],
    registers: Mapping[int, str],
    labels: Mapping[int, str],
    names: Sequence[str],
    loops: Sequence[tuple[int, int]] = (),
) -> Picture:
    """When values are live, and in which of the registers `names` they are."""
    drawn = intervals_svg(intervals, registers, labels, names, loops)
    text = intervals_text(intervals, registers, labels)
    return picture(drawn, text, "live intervals", STYLE)


def allocations(
    steps: Sequence[tuple[str, str, Mapping[int, str]]],
    intervals: Mapping[int, Ranges],
    labels: Mapping[int, str],
    names: Sequence[str],
    loops: Sequence[tuple[int, int]] = (),
) -> Picture:
    """A slider over allocations of the same intervals: titles, notes, and registers."""
    rows = []
    for title, note, registers in steps:
        drawn = intervals_svg(intervals, registers, labels, names, loops, title)
        rows.append(
            f'<section class="step" data-title="{escape(title)}">'
            f'<p class="tern-title">{escape(title)}</p>{drawn}'
            f'<pre class="tern-code" tabindex="0"><span class="line">{escape(note)}</span></pre>'
            "</section>"
        )
    text = "\n".join(f"{title}: {note}" for title, note, _ in steps)
    return stepper(rows, text, STYLE)


def tiles(
    tree: Sequence[Any], cover: Sequence[tuple[int, int]], patterns: Sequence[Pattern]
) -> Picture:
    """A tree of operations, its nodes in the colors of the tiles that cover them."""
    owner = _owners(tree, cover, patterns)
    spots = _spots(tree)
    shown = [number for _, number in cover if patterns[number].cost]
    hues = {tile: HUES[i % len(HUES)] for i, tile in enumerate(t for t in cover if t[1] in shown)}
    body = []
    for node, (_, operands, _) in enumerate(tree):
        for operand in operands:
            (x, y), (to_x, to_y) = spots[node], spots[operand]
            body.append(
                f'<line class="branch" x1="{number(x)}" y1="{number(y + 12)}" '
                f'x2="{number(to_x)}" y2="{number(to_y - 12)}"/>'
            )
    for node, (operator, _, value) in enumerate(tree):
        x, y = spots[node]
        name = str(value) if value is not None else operator.split(".")[0]
        wide = text_width(name) + 16
        hue = hues.get(owner[node])
        style = f'class="tile" style="--hue: {hue}"' if hue else 'class="cell"'
        body.append(
            f'<rect {style} x="{number(x - wide / 2)}" y="{number(y - 12)}" '
            f'width="{number(wide)}" height="24" rx="6"/>'
            f'<text x="{number(x)}" y="{number(y + 4)}" text-anchor="middle">{escape(name)}</text>'
        )
    width = max(x for x, _ in spots) + 60
    height = max(y for _, y in spots) + 30
    legend = []
    for i, (tile, hue) in enumerate(hues.items()):
        text = patterns[tile[1]].text.replace("\n", "; ")
        y = height + 18 * i
        legend.append(
            f'<rect class="tile" style="--hue: {hue}" x="8" y="{number(y - 11)}" width="14" '
            f'height="14" rx="3"/><text class="small" x="30" y="{number(y)}">{escape(text)}, '
            f"cost {patterns[tile[1]].cost}</text>"
        )
        width = max(width, 60 + text_width(text + ", cost 10", 11))
    height += 18 * len(hues)
    svg = (
        f'<svg viewBox="0 0 {number(width)} {number(height)}" width="{number(width)}" role="img" '
        f'aria-label="a tree and its tiles">{"".join(body + legend)}</svg>'
    )
    plain = "\n".join(f"node {n}: {patterns[p].text!r}" for n, p in cover if patterns[p].cost)
    return picture(svg, plain, "a tree covered by tiles", STYLE, width)


def _owners(
    tree: Sequence[Any], cover: Sequence[tuple[int, int]], patterns: Sequence[Pattern]
) -> dict[int, tuple[int, int]]:
    """The tile that each node lies inside of."""
    owner: dict[int, tuple[int, int]] = {}
    for tile in cover:
        node, number_ = tile
        outside = set(match(patterns[number_].shape, node, tree) or ())
        work = [node]
        while work:
            inside = work.pop()
            owner[inside] = tile
            work.extend(each for each in tree[inside][1] if each not in outside)
    return owner


def _spots(tree: Sequence[Any]) -> list[tuple[float, float]]:
    """A place for each node: leaves side by side, the others above the middle of their operands."""
    inner = {operand for _, operands, _ in tree for operand in operands}
    depth = [0] * len(tree)
    x = [0.0] * len(tree)
    for node in reversed(range(len(tree))):
        for operand in tree[node][1]:
            depth[operand] = depth[node] + 1
    leaves = 0
    for root in (node for node in range(len(tree)) if node not in inner):
        stack = [root]
        while stack:
            node = stack.pop()
            if not tree[node][1]:
                x[node] = 60.0 + 92.0 * leaves
                leaves += 1
            stack.extend(reversed(tree[node][1]))
    for node, (_, operands, _) in enumerate(tree):
        if operands:
            x[node] = sum(x[operand] for operand in operands) / len(operands)
    return [(x[node], 26.0 + 52.0 * depth[node]) for node in range(len(tree))]


def frame(program: Program, name: str, labels: Mapping[int, str]) -> Picture:
    """The stack frame of a function, the highest address on top."""
    code, allocation = program.code[name], program.allocations[name]
    shape = frame_of(code, allocation, program.machine)
    rows = [("the caller's frame", "")]
    if not program.machine.link:
        rows.append(("return address", f"+{shape.size}"))
    used = shape.slots + len(shape.saved)
    if shape.size > 8 * used:
        rows.append(("(to a multiple of 16)", f"+{8 * used}"))
    for i, register in reversed(list(enumerate(shape.saved))):
        rows.append((f"{register}, the caller's", f"+{shape.at_saved(i)}"))
    for slot in reversed(range(shape.slots)):
        here = [labels.get(v, f"v{v}") for v, s in allocation.slots.items() if s == slot]
        shown = ", ".join(dict.fromkeys(here))
        rows.append((shown if len(shown) < 34 else shown[:32] + "…", f"+{shape.at(slot)}"))
    body = []
    for i, (text, at) in enumerate(rows):
        y = 8 + 24 * i
        kind = "branch" if i == 0 else "cell"
        if kind == "cell":
            body.append(f'<rect class="cell" x="80" y="{y}" width="280" height="24"/>')
        body.append(f'<text x="220" y="{y + 16}" text-anchor="middle">{escape(text)}</text>')
        body.append(f'<text class="small soft" x="70" y="{y + 16}" text-anchor="end">{at}</text>')
    bottom = 8 + 24 * len(rows)
    pointer = "sp" if program.machine.link else "rsp"
    body.append(f'<text class="small accent" x="368" y="{bottom}">← {pointer}</text>')
    svg = (
        f'<svg viewBox="0 0 430 {bottom + 12}" width="430" role="img" aria-label="stack frame">'
        f"{''.join(body)}</svg>"
    )
    plain = "\n".join(f"{at:>5}  {text}" for text, at in rows)
    return picture(svg, plain, "a stack frame", STYLE, 430)

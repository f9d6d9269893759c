"""Graphs of boxes: any directed graph, a control-flow graph, a tree."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from tern.draw.layout import Layout, Point, Route, place
from tern.draw.picture import LINE, Picture, number, picture, text_width

PAD = 10  # px between a box's border and its text
EDGE = 10  # px around the drawing
MARKED = 66  # px, the least width of a box with two marked edges
CORNER = 9  # px, the radius of a back edge's bends

STYLE = """
.tern .box { fill: var(--raised, var(--tern-faint)); stroke: var(--tern-line); stroke-width:
  1.2; }
.tern .box.lit { fill: color-mix(in srgb, var(--tern-accent) 16%, transparent); stroke:
  var(--tern-accent); stroke-width: 2; }
.tern .box.lone { stroke-dasharray: 4 3; }
.tern .edge { fill: none; stroke: var(--tern-line); stroke-width: 1.4; }
.tern .tip { fill: var(--tern-line); stroke: none; }
.tern .edge.lit { stroke: var(--tern-accent); stroke-width: 2.2; }
.tern .tip.lit { fill: var(--tern-accent); }
.tern svg text.mark { font-size: 11px; font-family: var(--tern-ui); opacity: 0.85; }
"""


@dataclass(frozen=True)
class Node:
    """What a box shows: a title in bold, if any, and lines below it."""

    title: str
    lines: tuple[str, ...] = ()
    lit: bool = False
    lone: bool = False
    min_width: float = 0.0  # px, the width that its edges' marks need

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in px."""
        texts = (self.title, *self.lines)
        width = max(max(map(text_width, texts)) * 1.03, 14.0) + 2 * PAD
        return max(width, self.min_width), len(texts) * LINE + 2 * PAD - 4


@dataclass(frozen=True)
class Edge:
    source: int
    target: int
    mark: str = ""
    lit: bool = False


def graph(
    nodes: Iterable[Hashable] | Mapping[Hashable, str],
    edges: Iterable[tuple[Any, ...]],
    highlight: Iterable[Any] = (),
    arrows: bool = True,
) -> Picture:
    """A directed graph, drawn in layers from top to bottom.

    `nodes` are keys, or a mapping from keys to texts; a text's first line is its title.
    `edges` are `(source, target)` or `(source, target, mark)` by key. `highlight` holds keys
    of nodes and pairs of keys for edges. KeyError if an edge names an unknown node.

    >>> graph("abc", [("a", "b"), ("a", "c", "maybe")])
    a -> b, c (maybe)
    b
    c
    """
    texts = dict(nodes) if isinstance(nodes, Mapping) else {key: str(key) for key in nodes}
    index = {key: i for i, key in enumerate(texts)}
    lit = set(highlight)
    drawn = []
    for key, text in texts.items():
        title, *lines = str(text).split("\n")
        drawn.append(Node(title, tuple(lines), key in lit))
    lines = [
        Edge(index[e[0]], index[e[1]], str(e[2]) if len(e) > 2 else "", tuple(e[:2]) in lit)
        for e in edges
    ]
    return draw(drawn, lines, "graph", arrows)


def cfg(
    function: Any,
    highlight: Iterable[Any] = (),
    texts: Sequence[str] | None = None,
    labels: Sequence[str] | None = None,
    width: int = 64,
) -> Picture:
    """A control-flow graph: blocks as boxes, branches as arrows, T and F at a two-way branch.

    `function` is a list of successor lists, or a `func.func` operation, whose blocks then show
    their IR. `texts[b]` replaces what block b shows, `labels[b]` its name. `highlight` holds
    block numbers and pairs of them for edges. Lines are cut after `width` characters.
    """
    successors = function
    if not isinstance(function, (list, tuple)):
        from tern.draw.ir import blocks_of

        successors, own_labels, own_texts = blocks_of(function)
        labels = own_labels if labels is None else labels
        texts = own_texts if texts is None else texts
    labels = labels or [f"^bb{b}" for b in range(len(successors))]
    lit = set(highlight)
    nodes, edges = [], []
    for b, targets in enumerate(successors):
        body = texts[b].strip("\n").split("\n") if texts and texts[b].strip() else []
        nodes.append(
            Node(
                labels[b],
                tuple(cut(line, width) for line in body),
                b in lit,
                min_width=MARKED * (len(targets) == 2),
            )
        )
        marks = ("T", "F") if len(targets) == 2 else ("",) * len(targets)
        edges += [Edge(b, t, mark, (b, t) in lit) for t, mark in zip(targets, marks)]
    return draw(nodes, edges, "control-flow graph")


def tree(
    parents: Sequence[int | None],
    labels: Sequence[str] | None = None,
    highlight: Iterable[Any] = (),
) -> Picture:
    """A tree, such as a dominator tree: `parents[i]` is node i's parent, None for a root.

    Nodes beside the first root that have neither parent nor children (unreachable blocks, in a
    dominator tree) are dashed. `highlight` is as in `cfg`, with edges as (parent, child).
    """
    labels = labels or [f"^bb{i}" for i in range(len(parents))]
    lit = set(highlight)
    inner = set(parents)
    roots = [i for i, parent in enumerate(parents) if parent is None]
    nodes = [
        Node(labels[i], (), i in lit, parent is None and i not in inner and i != roots[0])
        for i, parent in enumerate(parents)
    ]
    edges = [Edge(p, i, "", (p, i) in lit) for i, p in enumerate(parents) if p is not None]
    return draw(nodes, edges, "tree", arrows=False)


def cut(line: str, width: int) -> str:
    return line if len(line) <= width else line[: width - 1] + "…"


def draw(nodes: list[Node], edges: list[Edge], label: str, arrows: bool = True) -> Picture:
    svg, wide = drawing(nodes, edges, label, arrows)
    return picture(svg, as_text(nodes, edges), label, STYLE, wide)


def drawing(
    nodes: list[Node], edges: list[Edge], label: str, arrows: bool = True
) -> tuple[str, float]:
    """The graph as SVG, and its width in px."""
    layout = place([node.size for node in nodes], [(e.source, e.target) for e in edges])
    right = layout.width
    body = []
    for edge, route in zip(edges, layout.routes):
        body.append(edge_svg(edge, route, arrows))
        if edge.mark:
            mark, reach = mark_svg(edge, route, layout)
            body.append(mark)
            right = max(right, reach)
    body += [node_svg(node, box.x, box.y, *node.size) for node, box in zip(nodes, layout.boxes)]
    wide, high = right + 2 * EDGE, layout.height + 2 * EDGE
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{-EDGE} {-EDGE} {number(wide)} '
        f'{number(high)}" width="{number(wide)}" height="{number(high)}" '
        f'style="min-width: {number(wide * 0.78)}px" role="img" '
        f'aria-label="{escape(label)}">{"".join(body)}</svg>'
    )
    return svg, wide


def as_text(nodes: list[Node], edges: list[Edge]) -> str:
    lines = []
    for i, node in enumerate(nodes):
        ends = [
            nodes[e.target].title + (f" ({e.mark})" if e.mark else "")
            for e in edges
            if e.source == i
        ]
        lines.append(node.title + (" -> " + ", ".join(ends) if ends else ""))
    return "\n".join(lines)


def node_svg(node: Node, x: float, y: float, width: float, height: float) -> str:
    kind = "box" + " lit" * node.lit + " lone" * node.lone
    parts = [
        f'<rect class="{kind}" x="{number(x)}" y="{number(y)}" width="{number(width)}" '
        f'height="{number(height)}" rx="6"/>'
    ]
    base = y + PAD + 11
    middle = not node.lines
    at = f'x="{number(x + width / 2)}" text-anchor="middle"' if middle else f'x="{number(x + PAD)}"'
    parts.append(f'<text class="strong" {at} y="{number(base)}">{escape(node.title)}</text>')
    for i, text in enumerate(node.lines, 1):
        parts.append(
            f'<text x="{number(x + PAD)}" y="{number(base + i * LINE)}">{escape(text)}</text>'
        )
    return "".join(parts)


def edge_svg(edge: Edge, route: Route, arrows: bool) -> str:
    lit = " lit" * edge.lit
    path = bent(route.points) if route.back else curved(route.points)
    svg = f'<path class="edge{lit}" d="{path}"/>'
    if arrows:
        (x0, y0), (x, y) = route.points[-2:]
        svg += f'<path class="tip{lit}" d="{tip(x, y, sideways=y0 == y and x0 != x)}"/>'
    return svg


def at(x: float, y: float) -> str:
    return f"{number(x)} {number(y)}"


def tip(x: float, y: float, sideways: bool) -> str:
    """A triangle whose point is at (x, y), pointing left if `sideways`, else down."""
    corners = (
        [(x, y), (x + 8, y - 4), (x + 8, y + 4)]
        if sideways
        else [(x, y), (x - 4, y - 8), (x + 4, y - 8)]
    )
    return "M" + "L".join(at(*corner) for corner in corners) + "Z"


def curved(points: list[Point]) -> str:
    """Straight along ranks, an S-curve across each gap between them."""
    path = f"M{at(*points[0])}"
    for (x0, y0), (x1, y1) in zip(points, points[1:]):
        if x0 == x1:
            path += f"V{number(y1)}"
        else:
            bend = (y1 - y0) * 0.55
            ends = ((x0, y0 + bend), (x1, y1 - bend), (x1, y1))
            path += "C" + " ".join(at(*end) for end in ends)
    return path


def bent(points: list[Point]) -> str:
    """Horizontal and vertical lines with round corners."""
    path = f"M{at(*points[0])}"
    for (x0, y0), (x1, y1), (x2, y2) in zip(points, points[1:], points[2:]):
        a, b = abs(x1 - x0) + abs(y1 - y0), abs(x2 - x1) + abs(y2 - y1)
        r = min(CORNER, a / 2, b / 2)
        if not r:
            continue
        before = (x1 - (x1 - x0) / a * r, y1 - (y1 - y0) / a * r)
        after = (x1 + (x2 - x1) / b * r, y1 + (y2 - y1) / b * r)
        path += f"L{at(*before)}Q{at(x1, y1)} {at(*after)}"
    return path + f"L{at(*points[-1])}"


def mark_svg(edge: Edge, route: Route, layout: Layout) -> tuple[str, float]:
    """An edge's mark beside its start, and how far to the right it reaches."""
    box = layout.boxes[edge.source]
    (x, y), (x1, y1) = route.points[:2]
    if y == y1 and x1 != x:  # leaves sideways
        x, y, anchor = x + 5, y - 5, "start"
    else:
        y += 15
        # A short mark goes where the edge does not: a long one has room outside only.
        bound = next((a for a, _ in route.points if a != x), x)
        left = (
            (bound > x or (bound == x and x < box.center)) if len(edge.mark) < 3 else x < box.center
        )
        x, anchor = (x - 5, "end") if left else (x + 5, "start")
    reach = x + (text_width(edge.mark, 11) if anchor == "start" else 0)
    svg = (
        f'<text class="mark" x="{number(x)}" y="{number(y)}" text-anchor="{anchor}">'
        f"{escape(edge.mark)}</text>"
    )
    return svg, reach

"""The iterations of two loops as points, in the order in which they run, and their dependences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from tern.draw.picture import Picture, number, picture

Point = tuple[int, int]
STEP, RADIUS, MARGIN = 46.0, 11.0, 30.0  # px: between points, of a point, around them

STYLE = """
.tern-space { display: flex; flex-wrap: wrap; gap: 1em 2em; justify-content: center; }
.tern-space figure { margin: 0; }
.tern-space figcaption { font: 500 0.9rem/1.5 var(--tern-ui); margin-bottom: 0.2em;
  text-align: center; }
.tern-space .point { fill: color-mix(in srgb, var(--tern-accent) 16%, transparent);
  stroke: var(--tern-accent); }
.tern-space .wait { stroke: currentColor; stroke-opacity: 0.75; stroke-width: 1.6; fill: none; }
.tern-space .tip { fill: currentColor; fill-opacity: 0.75; }
.tern-space .broken { stroke: var(--removed, #d9534b); stroke-width: 2.2; stroke-opacity: 1; }
.tern-space .tip.broken { fill: var(--removed, #d9534b); fill-opacity: 1; stroke: none; }
"""


def iterations(orders: Mapping[str, Sequence[Point]], distances: Sequence[Point]) -> Picture:
    """One panel for each order: the points (i, j) numbered as they run, i downward from 0.

    An arrow goes from each point to the one that has to wait for it, at each of `distances`; it
    is red and thick where that one runs first. ValueError without a point, or if an order has a
    point twice.
    """
    panels, plain = [], []
    for title, order in orders.items():
        when = {point: step for step, point in enumerate(order)}
        if not order or len(when) != len(order):
            raise ValueError(f"{title!r} needs each of its points once")
        broken = sum(when[q] < when[p] for p in order for q in _targets(p, distances) if q in when)
        panels.append(_panel(title, when, distances))
        plain.append(f"{title}: {broken} dependences broken")
    body = f'<div class="tern-space">{"".join(panels)}</div>'
    return picture(body, "\n".join(plain), "iterations and dependences", STYLE)


def _targets(point: Point, distances: Sequence[Point]) -> list[Point]:
    return [(point[0] + di, point[1] + dj) for di, dj in distances]


def _panel(title: str, when: Mapping[Point, int], distances: Sequence[Point]) -> str:
    body = []
    for point, step in when.items():
        for target in _targets(point, distances):
            if target in when:
                body.append(_arrow(point, target, when[target] < step))
    for point, step in when.items():
        x, y = _position(point)
        body.append(
            f'<circle class="point" cx="{number(x)}" cy="{number(y)}" r="{number(RADIUS)}"/>'
        )
        body.append(
            f'<text x="{number(x)}" y="{number(y + 4)}" text-anchor="middle" '
            f'style="font-size: 10.5px">{step}</text>'
        )
    wide, high = (max(_position(point)[axis] for point in when) + MARGIN for axis in (0, 1))
    body.append(f'<text class="soft" x="{number(wide / 2)}" y="10" text-anchor="middle">j →</text>')
    body.append(f'<text class="soft" x="0" y="{number(high / 2)}">i ↓</text>')
    return (
        f"<figure><figcaption>{escape(title)}</figcaption>"
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {number(wide)} {number(high)}" '
        f'width="{number(wide)}" height="{number(high)}" role="img" '
        f'aria-label="{escape(title)}">{"".join(body)}</svg></figure>'
    )


def _position(point: Point) -> tuple[float, float]:
    return MARGIN + 12 + point[1] * STEP, MARGIN + point[0] * STEP


def _arrow(source: Point, target: Point, broken: bool) -> str:
    """A line from the rim of one point to the rim of another, with a tip."""
    (x0, y0), (x1, y1) = _position(source), _position(target)
    length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
    ux, uy = (x1 - x0) / length, (y1 - y0) / length
    x0, y0 = x0 + ux * RADIUS, y0 + uy * RADIUS
    x1, y1 = x1 - ux * RADIUS, y1 - uy * RADIUS
    back_x, back_y = x1 - 8 * ux, y1 - 8 * uy
    corners = ((x1, y1), (back_x - 4 * uy, back_y + 4 * ux), (back_x + 4 * uy, back_y - 4 * ux))
    tip = " ".join(f"{number(x)},{number(y)}" for x, y in corners)
    mark = " broken" if broken else ""
    return (
        f'<path class="wait{mark}" d="M{number(x0)} {number(y0)}'
        f'L{number(back_x)} {number(back_y)}"/>'
        f'<polygon class="tip{mark}" points="{tip}"/>'
    )

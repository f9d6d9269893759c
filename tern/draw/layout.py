"""Layered drawing of a directed graph: where the boxes stand and how the edges run.

After K. Sugiyama, S. Tagawa, and M. Toda, "Methods for Visual Understanding of Hierarchical
System Structures" (1981), in its usual four steps: set the back edges aside, give every node a
rank, order the nodes of each rank, and choose coordinates. A back edge runs along a lane of its
own to the right of everything it passes.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from tern.draw.ranks import back_edges, components, initial_order, order_ranks, ranks_of

Point = tuple[float, float]

GAP_X = 26  # px between neighbors of a rank
GAP_Y = 46  # px between ranks
LANE = 18  # px between the lanes of back edges
PORT = 38  # px between edges that share a side of a box, at most


@dataclass
class Box:
    """A node's rectangle; `x` and `y` are those of its top left corner. All in px."""

    width: float
    height: float
    x: float = 0.0
    y: float = 0.0

    @property
    def center(self) -> float:
        return self.x + self.width / 2

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height


@dataclass
class Route:
    """An edge's way from `source` to `target`. `back` routes have only right angles."""

    source: int
    target: int
    points: list[Point] = field(default_factory=list)
    back: bool = False


@dataclass
class Layout:
    boxes: list[Box]
    routes: list[Route]
    width: float
    height: float


def spread(desired: list[float], weights: list[float], gaps: list[float]) -> list[float]:
    """The centers nearest to `desired` (least squares) with `gaps[i]` between i and i + 1.

    Pool-adjacent-violators after subtracting the gaps. O(n).

    >>> spread([0, 0], [1, 1], [10])
    [-5.0, 5.0]
    """
    offsets = [0.0]
    for gap in gaps:
        offsets.append(offsets[-1] + gap)
    pools: list[tuple[float, float, int]] = []  # (mean, weight, how many)
    for want, weight, offset in zip(desired, weights, offsets):
        mean, size = want - offset, 1
        while pools and pools[-1][0] >= mean:
            before, mass, many = pools.pop()
            mean = (before * mass + mean * weight) / (mass + weight)
            weight, size = weight + mass, size + many
        pools.append((mean, weight, size))
    means = [mean for mean, _, size in pools for _ in range(size)]
    return [mean + offset for mean, offset in zip(means, offsets)]


def place(sizes: list[tuple[float, float]], edges: list[tuple[int, int]]) -> Layout:
    """Lay out boxes of the given sizes (width, height) and the edges between them.

    Boxes never overlap; a route starts and ends on the border of its boxes. Parts of the graph
    that no edge connects stand side by side. The same input gives the same layout.
    """
    boxes: list[Box | None] = [None] * len(sizes)
    routes: list[Route | None] = [None] * len(edges)
    x = height = 0.0
    for part in components(len(sizes), edges):
        number = {node: i for i, node in enumerate(part)}
        own = [i for i, (source, _) in enumerate(edges) if source in number]
        inner = [(number[edges[i][0]], number[edges[i][1]]) for i in own]
        found = place_connected([sizes[node] for node in part], inner)
        for node, box in zip(part, found.boxes):
            box.x += x
            boxes[node] = box
        for i, route in zip(own, found.routes):
            points = [(a + x, b) for a, b in route.points]
            routes[i] = Route(*edges[i], points, route.back)
        x += found.width + 2 * GAP_X
        height = max(height, found.height)
    return Layout(boxes, routes, max(0.0, x - 2 * GAP_X), height)


def place_connected(sizes: list[tuple[float, float]], edges: list[tuple[int, int]]) -> Layout:
    """`place`, for a graph in one part."""
    count = len(sizes)
    boxes = [Box(*size) for size in sizes]
    back = back_edges(count, edges)
    forward = [edge for i, edge in enumerate(edges) if i not in back]
    rank = ranks_of(count, forward)

    # Every forward edge becomes a chain of nodes one rank apart; numbers from `count` on are
    # the bends of edges that skip ranks.
    chains: dict[int, list[int]] = {}
    down: dict[int, list[int]] = defaultdict(list)
    up: dict[int, list[int]] = defaultdict(list)
    widths = [box.width for box in boxes]
    for i, (source, target) in enumerate(edges):
        if i in back:
            continue
        chain = [source]
        for between in range(rank[source] + 1, rank[target]):
            chain.append(len(widths))
            widths.append(12.0)
            rank.append(between)
        chain.append(target)
        chains[i] = chain
        for a, b in zip(chain, chain[1:]):
            down[a].append(b)
            up[b].append(a)

    ranks = order_ranks(initial_order(count, rank, down), down, up)
    center = choose_centers(ranks, widths, down, up, count)

    # A back edge that leaves or enters a rank in the middle runs through the gap beside it.
    tops, bottoms = [], []
    y = 0.0
    for nodes in ranks:
        height = max(boxes[n].height for n in nodes if n < count)
        tops.append(y)
        bottoms.append(y + height)
        for n in nodes:
            if n < count:
                boxes[n].x = center[n] - boxes[n].width / 2
                boxes[n].y = y + (height - boxes[n].height) / 2
        y += height + GAP_Y

    routes = [Route(source, target, back=i in back) for i, (source, target) in enumerate(edges)]
    run_forward(routes, chains, boxes, center, rank, tops, bottoms)
    run_back(routes, boxes, ranks, rank, tops, bottoms, center, widths)
    return shift_to_origin(boxes, routes)


def choose_centers(
    ranks: list[list[int]],
    widths: list[float],
    down: dict[int, list[int]],
    up: dict[int, list[int]],
    count: int,
) -> list[float]:
    """The x of every node's center: near its neighbors' mean, apart from its rank's others."""
    center = [0.0] * len(widths)

    def arrange(nodes: list[int], desired: list[float]) -> None:
        weights = [1.0 if n < count else 6.0 for n in nodes]
        gaps = [(widths[a] + widths[b]) / 2 + GAP_X for a, b in zip(nodes, nodes[1:])]
        for node, x in zip(nodes, spread(desired, weights, gaps)):
            center[node] = x

    for nodes in ranks:
        arrange(nodes, [0.0] * len(nodes))
    for sweep in range(24):
        order = ranks if sweep % 2 == 0 else ranks[::-1]
        for nodes in order:
            desired = []
            for n in nodes:
                # The last two sweeps look both ways.
                near = (up[n] + down[n]) if sweep > 21 else (up if sweep % 2 == 0 else down)[n]
                desired.append(sum(center[m] for m in near) / len(near) if near else center[n])
            arrange(nodes, desired)
    return center


def ports(box: Box, many: int) -> list[float]:
    """The x of `many` points along a box's top or bottom, around its middle."""
    step = min(PORT, 0.8 * box.width / many)
    return [box.center + (i - (many - 1) / 2) * step for i in range(many)]


def run_forward(
    routes: list[Route],
    chains: dict[int, list[int]],
    boxes: list[Box],
    center: list[float],
    rank: list[int],
    tops: list[float],
    bottoms: list[float],
) -> None:
    """Downward routes: out of the bottom, through the bends, into the top."""
    leaving: dict[int, list[int]] = defaultdict(list)
    entering: dict[int, list[int]] = defaultdict(list)
    for i, chain in chains.items():
        leaving[chain[0]].append(i)
        entering[chain[-1]].append(i)
    start: dict[int, float] = {}
    end: dict[int, float] = {}
    for node, mine in leaving.items():
        mine.sort(key=lambda i: center[chains[i][1]])
        start.update(zip(mine, ports(boxes[node], len(mine))))
    for node, mine in entering.items():
        mine.sort(key=lambda i: center[chains[i][-2]])
        end.update(zip(mine, ports(boxes[node], len(mine))))
    for i, chain in chains.items():
        source, target = boxes[chain[0]], boxes[chain[-1]]
        points = [(start[i], source.bottom), (start[i], bottoms[rank[chain[0]]])]
        for bend in chain[1:-1]:
            points += [(center[bend], tops[rank[bend]]), (center[bend], bottoms[rank[bend]])]
        points += [(end[i], tops[rank[chain[-1]]]), (end[i], target.y)]
        routes[i].points = points


def run_back(
    routes: list[Route],
    boxes: list[Box],
    ranks: list[list[int]],
    rank: list[int],
    tops: list[float],
    bottoms: list[float],
    center: list[float],
    widths: list[float],
) -> None:
    """Upward routes: out to a lane at the right, up, and back in; short ones inside."""
    outer = [max(center[n] + widths[n] / 2 for n in nodes) for nodes in ranks]
    used_sides: dict[int, int] = defaultdict(int)
    taken: list[tuple[int, int, float]] = []  # (first rank, last rank, x) of each lane
    upward = [route for route in routes if route.back]
    upward.sort(key=lambda r: (rank[r.source] - rank[r.target], r.source, r.target))
    for route in upward:
        low, high = rank[route.source], rank[route.target]
        first, last = min(low, high), max(low, high)
        lane = max(outer[first : last + 1]) + LANE
        for a, b, x in taken:
            if a <= last and first <= b:
                lane = max(lane, x + LANE)
        taken.append((first, last, lane))
        source, target = boxes[route.source], boxes[route.target]

        def side(node: int, box: Box, leaving: bool, lane: float = lane) -> list[Point]:
            """From the border of a box to the lane."""
            if center[node] + widths[node] / 2 == outer[rank[node]]:
                used_sides[node] += 1
                share = (0.62 if leaving else 0.38) + 0.12 * (used_sides[node] - 1) * (
                    1 if leaving else -1
                )
                y = box.y + box.height * min(0.92, max(0.08, share))
                return [(box.right, y), (lane, y)]
            x = box.right - min(14.0, box.width / 4)
            if leaving:
                y = bottoms[rank[node]] + GAP_Y * 0.3
                return [(x, box.bottom), (x, y), (lane, y)]
            y = tops[rank[node]] - GAP_Y * 0.3
            return [(x, box.y), (x, y), (lane, y)]

        route.points = side(route.source, source, True) + side(route.target, target, False)[::-1]


def shift_to_origin(boxes: list[Box], routes: list[Route]) -> Layout:
    """Move everything so that the drawing's top left corner is (0, 0)."""
    xs = [x for b in boxes for x in (b.x, b.right)] + [x for r in routes for x, _ in r.points]
    ys = [y for b in boxes for y in (b.y, b.bottom)] + [y for r in routes for _, y in r.points]
    left, top = min(xs), min(ys)
    for box in boxes:
        box.x -= left
        box.y -= top
    for route in routes:
        route.points = [(x - left, y - top) for x, y in route.points]
    return Layout(boxes, routes, max(xs) - left, max(ys) - top)

"""The order of a layered drawing: which edges turn back, ranks, and positions in them.

Steps one to three of the method that tern/draw/layout.py describes. Nothing here knows sizes.
"""

from __future__ import annotations


def components(count: int, edges: list[tuple[int, int]]) -> list[list[int]]:
    """The connected parts of the graph, edges taken both ways; each sorted. O(n + e)."""
    near: list[list[int]] = [[] for _ in range(count)]
    for source, target in edges:
        near[source].append(target)
        near[target].append(source)
    seen = [False] * count
    found = []
    for root in range(count):
        if seen[root]:
            continue
        seen[root] = True
        part = [root]
        for node in part:  # grows while we read it
            for other in near[node]:
                if not seen[other]:
                    seen[other] = True
                    part.append(other)
        found.append(sorted(part))
    return found


def back_edges(count: int, edges: list[tuple[int, int]]) -> set[int]:
    """The numbers of the edges that close a cycle, found by depth-first search. O(n + e)."""
    out: list[list[int]] = [[] for _ in range(count)]
    entered = [False] * count
    for i, (source, target) in enumerate(edges):
        out[source].append(i)
        entered[target] |= source != target
    roots = [v for v in range(count) if not entered[v]] + list(range(count))
    state = [0] * count  # 0 unseen, 1 on the path, 2 done
    found = set()
    for root in roots:
        if state[root]:
            continue
        state[root] = 1
        path = [(root, iter(out[root]))]
        while path:
            node, rest = path[-1]
            for i in rest:
                target = edges[i][1]
                if state[target] == 1:
                    found.add(i)
                elif state[target] == 0:
                    state[target] = 1
                    path.append((target, iter(out[target])))
                    break
            else:
                state[node] = 2
                path.pop()
    return found


def ranks_of(count: int, edges: list[tuple[int, int]]) -> list[int]:
    """The length of the longest path to each node of an acyclic graph. O(n + e)."""
    waiting = [0] * count
    out: list[list[int]] = [[] for _ in range(count)]
    for source, target in edges:
        out[source].append(target)
        waiting[target] += 1
    rank = [0] * count
    ready = [v for v in range(count) if not waiting[v]]
    for node in ready:  # grows while we read it
        for target in out[node]:
            rank[target] = max(rank[target], rank[node] + 1)
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    return rank


def initial_order(count: int, rank: list[int], down: dict[int, list[int]]) -> list[list[int]]:
    """Nodes by rank, in the order in which a depth-first search from the top meets them."""
    ranks: list[list[int]] = [[] for _ in range(max(rank) + 1)]
    seen: set[int] = set()
    for root in sorted(range(count), key=lambda v: (rank[v], v)):
        stack = [root]
        while stack:
            node = stack.pop()
            if node not in seen:
                seen.add(node)
                ranks[rank[node]].append(node)
                stack.extend(reversed(down[node]))
    return ranks


def crossings(upper: list[int], lower: list[int], down: dict[int, list[int]]) -> int:
    """How many pairs of edges between two ranks cross."""
    position = {node: i for i, node in enumerate(lower)}
    ends = [position[t] for node in upper for t in sorted(down[node], key=position.__getitem__)]
    return sum(a > b for i, a in enumerate(ends) for b in ends[i + 1 :])


def order_ranks(
    ranks: list[list[int]], down: dict[int, list[int]], up: dict[int, list[int]]
) -> list[list[int]]:
    """Order each rank by its neighbors' mean position, sweeping down and up; keep the best."""

    def total(order: list[list[int]]) -> int:
        return sum(crossings(a, b, down) for a, b in zip(order, order[1:]))

    best, fewest = [list(rank) for rank in ranks], total(ranks)
    current = [list(rank) for rank in ranks]
    for sweep in range(12):
        if not fewest:
            break
        downward = sweep % 2 == 0
        neighbors = up if downward else down
        sweep_ranks = range(1, len(current)) if downward else range(len(current) - 2, -1, -1)
        for r in sweep_ranks:
            beside = current[r - 1 if downward else r + 1]
            position = {node: i for i, node in enumerate(beside)}
            own = {node: i for i, node in enumerate(current[r])}

            def mean(
                node: int,
                position: dict[int, int] = position,
                own: dict[int, int] = own,
                neighbors: dict[int, list[int]] = neighbors,
            ) -> float:
                found = [position[n] for n in neighbors[node]]
                return sum(found) / len(found) if found else own[node]

            current[r].sort(key=mean)
        if total(current) < fewest:
            best, fewest = [list(rank) for rank in current], total(current)
    return best

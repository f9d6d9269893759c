"""Nodes and equalities for the exercise on e-graphs, drawn at random, and a slow reference."""

from __future__ import annotations

import random
from collections.abc import Sequence

from tern.rewrite.egraph import EGraph, ENode

Instance = tuple[list[ENode], list[tuple[int, int]], list[int]]
"""What `cheapest` takes: nodes, pairs of equal ones, and what each node costs."""


def random_terms(rng: random.Random, size: int, equal: int) -> Instance:
    """Nodes of few labels over few leaves, so that many become congruent; some equal to each
    other."""
    leaves = max(2, size // 5)
    nodes: list[ENode] = [(f"x{at}",) for at in range(leaves)]
    for at in range(leaves, size):
        children = [rng.randrange(at) for _ in range(rng.choice((1, 1, 2, 2, 3)))]
        nodes.append((rng.choice("fgh"), *children))
    pairs = [(rng.randrange(size), rng.randrange(size)) for _ in range(equal)]
    return nodes, pairs, [rng.randrange(8) for _ in nodes]


def backward_chain(rng: random.Random, links: int) -> Instance:
    """A chain of conclusions, each about nodes further up in the list than the one before: to look
    through all nodes again and again finds one more each time."""
    nodes: list[ENode] = [(f"{name}{at}",) for name in "ab" for at in range(links)]
    equal = [(links - 1, 2 * links - 1)]
    for at in range(links - 1):
        nodes += [("f", at + 1), ("f", links + at + 1)]
        equal += [(len(nodes) - 2, at), (len(nodes) - 1, links + at)]
    rng.shuffle(equal)
    return nodes, equal, [rng.randrange(1, 9) for _ in nodes]


def one_by_one(rng: random.Random, leaves: int) -> Instance:
    """Leaves that become equal one after the other, each with users of its own: to look at all the
    users of a class each time it grows is quadratic."""
    nodes: list[ENode] = [(f"x{at}",) for at in range(leaves)]
    for name in "fgh":
        nodes += [(name, at, rng.randrange(leaves)) for at in range(leaves)]
    equal = [(at, at + 1) for at in range(leaves - 1)]
    return nodes, equal, [rng.randrange(1, 9) for _ in nodes]


def large_into_small(rng: random.Random, leaves: int) -> Instance:
    """As `one_by_one`, but the pair names the grown class second, or first, at random."""
    nodes, equal, costs = one_by_one(rng, leaves)
    return nodes, [(b, a) if rng.random() < 0.5 else (a, b) for a, b in equal], costs


def cheaper_backward(rng: random.Random, links: int) -> Instance:
    """Dear leaves, each equal to a node over the next one; only the last leaf is cheap. To look
    through all nodes again and again finds one cheaper term each time."""
    nodes: list[ENode] = [(f"x{at}",) for at in range(links + 1)]
    nodes += [("f", at + 1) for at in range(links)]
    equal = [(at, links + 1 + at) for at in range(links)]
    rng.shuffle(equal)
    return nodes, equal, [9 * links] * links + [1] + [rng.randrange(1, 9) for _ in range(links)]


FAMILIES = (backward_chain, one_by_one, large_into_small, cheaper_backward)


def slow_cheapest(instance: Instance) -> tuple[list[int], list[float]]:
    """Of each node its class, and the least cost of a term; by trying all, until nothing changes.

    O(n²) and worse: what `cheapest` is compared with.
    """
    nodes, equal, costs = instance
    of = list(range(len(nodes)))

    def merge(one: int, other: int) -> bool:
        old, new = of[one], of[other]
        if old == new:
            return False
        for at, each in enumerate(of):
            if each == old:
                of[at] = new
        return True

    for one, other in equal:
        merge(one, other)
    changed = True
    while changed:
        known: dict[ENode, int] = {}
        changed = False
        for at, (label, *children) in enumerate(nodes):
            node = label, *(of[child] for child in children)  # type: ignore[index]
            changed |= merge(known.setdefault(node, at), at)
    best = [float("inf")] * len(nodes)
    changed = True
    while changed:
        changed = False
        for at, (_, *children) in enumerate(nodes):
            cost = costs[at] + sum(best[of[child]] for child in children)  # type: ignore[index]
            if cost < best[of[at]]:
                best[of[at]], changed = cost, True
    return of, [best[each] for each in of]


def problem_with(instance: Instance, chosen: Sequence[int], least: Sequence[float]) -> str:
    """What is wrong with a result of `cheapest`, in one line; "" if nothing is.

    `least` is what each node's cheapest term costs.
    """
    nodes, _, costs = instance
    if len(chosen) != len(nodes):
        return f"{len(chosen)} roots for {len(nodes)} nodes"
    paid: dict[int, float] = {}
    work = list(chosen)
    path: set[int] = set()
    while work:
        root = work[-1]
        if type(root) is not int or not 0 <= root < len(nodes):
            return f"{root!r} is no node"
        children = [chosen[child] for child in nodes[root][1:]]  # type: ignore[index]
        missing = [child for child in children if child not in paid]
        if root in paid or not missing:
            paid[root] = costs[root] + sum(paid[child] for child in children)
            path.discard(root)
            work.pop()
        elif root in path:
            return f"the term of node {root} has itself inside"
        else:
            path.add(root)
            work += missing
    for at, root in enumerate(chosen):
        if paid[root] != least[at]:
            return f"node {at} costs {paid[root]} by node {root}, and {least[at]} is possible"
    return ""


def repairs(instance: Instance, when: str) -> int:
    """How many nodes are looked at again because a child has another leader.

    `when` is "once": one rebuild after all merges; "always": one after each merge; or "all": after
    each merge all users of the merged class, and not only those of the part that moved.
    """
    nodes, equal, _ = instance
    graph, looked_at = EGraph(), 0
    numbers: list[int] = []
    for label, *children in nodes:
        numbers.append(graph.add(label, *(numbers[child] for child in children)))  # type: ignore
    for one, other in equal:
        if graph.merge(numbers[one], numbers[other]) and when == "all":
            looked_at += len(graph.users[graph.find(numbers[one])])
        if when != "once":
            found = graph.rebuild()
            looked_at += found if when == "always" else 0
    return looked_at + graph.rebuild()

"""Equalities between terms: an e-graph, its congruence closure, and the cheapest of equal terms."""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Iterable, Sequence

from tern.parts import part

ENode = tuple[Hashable, ...]
"""(label, *children): an operation, and the numbers of the nodes that it is applied to."""


class EGraph:
    """Nodes by number, in classes of nodes that are equal. A class goes by one node, its leader.

    The nodes f(a) and f(b) are *congruent* if a and b are equal. Then they are equal, too: once
    `rebuild` has run, for it is what finds out.
    """

    def __init__(self) -> None:
        self.nodes: list[ENode] = []  # as they were added: children come before who uses them
        self.parent: list[int] = []  # union-find: up to the leader, who is its own parent
        self.members: list[list[int]] = []  # of a leader: the nodes of its class
        self.users: list[list[int]] = []  # of a leader: the nodes with a child in its class
        self.numbers: dict[ENode, int] = {}  # hash-consing: with leaders for children, who it is
        self.stale: list[int] = []  # nodes with a child that has another leader now

    def find(self, number: int) -> int:
        """The leader of a node's class."""
        parent = self.parent
        while parent[number] != number:
            parent[number] = parent[parent[number]]  # half as far the next time
            number = parent[number]
        return number

    def canonical(self, node: ENode) -> ENode:
        """A node with the leaders for its children."""
        return node[0], *map(self.find, node[1:])  # type: ignore[arg-type]

    def add(self, label: Hashable, *children: int) -> int:
        """The number of a node: of the one that is known already, or of a new one."""
        node = self.canonical((label, *children))
        number = self.numbers.setdefault(node, len(self.nodes))
        if number == len(self.nodes):
            self.nodes.append(node)
            self.parent.append(number)
            self.members.append([number])
            self.users.append([])
            for child in set(node[1:]):
                self.users[child].append(number)  # type: ignore[index]
        return number

    def merge(self, one: int, other: int) -> bool:
        """Make two nodes equal; whether they weren't. `rebuild` draws the conclusions."""
        one, other = self.find(one), self.find(other)
        if one == other:
            return False
        if self.weight(one) < self.weight(other):
            one, other = other, one  # the smaller one moves, so each node does log n times at most
        self.parent[other] = one
        self.stale += self.users[other]
        for lists in (self.members, self.users):
            lists[one] += lists[other]
            lists[other] = []
        return True

    def weight(self, leader: int) -> int:
        return len(self.members[leader]) + len(self.users[leader])

    def rebuild(self) -> int:
        """Merge nodes until all that are congruent are equal. Gives how many were looked at."""
        repaired = 0
        while self.stale:
            waiting, self.stale = dict.fromkeys(self.stale), []
            for number in waiting:
                node = self.canonical(self.nodes[number])
                self.merge(self.numbers.setdefault(node, number), number)
            repaired += len(waiting)
        return repaired

    def extract(self, costs: Sequence[float]) -> dict[int, tuple[float, int]]:
        """Of each class the least cost of a term, and the node at the term's root.

        Classes are decided in order of their cost, so a node is looked at when its children are.
        """
        best: dict[int, tuple[float, int]] = {}
        heap = [(costs[number], number) for number, node in enumerate(self.nodes) if len(node) == 1]
        heapq.heapify(heap)
        while heap:
            cost, number = heapq.heappop(heap)
            leader = self.find(number)
            if leader in best:
                continue
            best[leader] = cost, number
            for user in self.users[leader]:
                children = self.canonical(self.nodes[user])[1:]
                if all(child in best for child in children):
                    total = costs[user] + sum(best[child][0] for child in children)  # type: ignore
                    heapq.heappush(heap, (total, user))
        return best


@part("rewrite.cheapest", helpers=(EGraph,))
def cheapest(
    nodes: Sequence[ENode], equal: Iterable[tuple[int, int]], costs: Sequence[float]
) -> list[int]:
    """For each node, the root of the cheapest term that is equal to it.

    A node is (label, *children): an operation, and the numbers of nodes earlier in the list. A
    label is a text or a number. `equal` has pairs of nodes that are equal, in any order. Besides,
    two nodes are equal if they have the same label, as many children, and child for child equal
    ones; and what follows from that.

    A term is a node, with a term for each of its children, whose root is equal to the child. It
    costs what its nodes do, `costs[i]` for node i, which is 0 or more; one that occurs twice costs
    twice. Terms are finite. Gives for each node the number of the root; where several are equally
    cheap, any, but the same for all nodes that are equal. The children of the root are then equal
    to the roots that the result gives for them.

    With n nodes, children, and pairs, time is O(n log n) at most but for a few factors log n.

    Sources: Downey, Sethi, Tarjan, "Variations on the Common Subexpression Problem", JACM 1980,
    section 3 (the smaller class moves); Willsey and others, "egg: Fast and Extensible Equality
    Saturation", POPL 2021, section 3 (first all merges, then one rebuild); Knuth, "A Generalization
    of Dijkstra's Algorithm", 1977 (extraction).

        >>> nodes = [
        ...     ("a",),
        ...     ("2",),
        ...     ("*", 0, 1),
        ...     ("/", 2, 1),
        ...     ("/", 1, 1),
        ...     ("1",),
        ...     ("*", 0, 4),
        ...     ("*", 0, 5),
        ... ]
        >>> equal = [(3, 6), (4, 5), (7, 0)]  # (a * 2) / 2 = a * (2 / 2), 2 / 2 = 1, and a * 1 = a
        >>> cheapest(nodes, equal, [1] * 8)  # so (a * 2) / 2 is a
        [0, 1, 2, 0, 5, 5, 0, 0]
    """
    graph = EGraph()
    numbers: list[int] = []
    first: dict[int, int] = {}  # of a number in the graph, the first of our nodes that has it
    for at, (label, *children) in enumerate(nodes):
        numbers.append(graph.add(label, *[numbers[child] for child in children]))  # type: ignore
        known = first.setdefault(numbers[at], at)
        if costs[at] < costs[known]:
            first[numbers[at]] = at
    for one, other in equal:
        graph.merge(numbers[one], numbers[other])
    graph.rebuild()
    best = graph.extract([costs[first[number]] for number in range(len(graph.nodes))])
    return [first[best[graph.find(number)][1]] for number in numbers]

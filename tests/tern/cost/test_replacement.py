"""Replacement policies: tree pseudo-LRU against its definition, and both against chunks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tern.cost import Cache, access_lines


class Tree:
    """One set by the book: a tree of objects, and not of numbers."""

    def __init__(self, ways: int) -> None:
        self.bits: dict[tuple[bool, ...], bool] = {}  # by the path from the root
        self.lines: dict[tuple[bool, ...], int] = {}
        self.depth = ways.bit_length() - 1
        self.leaves = [
            tuple(bool(way >> (self.depth - 1 - d) & 1) for d in range(self.depth))
            for way in range(ways)
        ]

    def access(self, line: int) -> bool:
        """Whether it missed."""
        leaf = next((at for at, kept in self.lines.items() if kept == line), None)
        missed = leaf is None
        if leaf is None:
            leaf = next((at for at in self.leaves if at not in self.lines), None)
        if leaf is None:
            leaf = ()
            while len(leaf) < self.depth:
                leaf = (*leaf, self.bits.get(leaf, False))
        self.lines[leaf] = line
        for d in range(self.depth):
            self.bits[leaf[:d]] = not leaf[d]
        return missed


@given(
    st.lists(st.integers(0, 40), max_size=120),
    st.sampled_from([1, 2, 4, 8]),
    st.integers(1, 3),
    st.integers(1, 30),
)
@settings(deadline=None)
def test_the_tree_does_what_its_definition_says(lines, ways, sets, chunk) -> None:
    trees = [Tree(ways) for _ in range(sets)]
    expected = [trees[line % sets].access(line) for line in lines]
    tags, notes = np.full((sets, ways), -1, np.int64), np.zeros((sets, ways), np.int64)
    found: list[bool] = []
    for at in range(0, len(lines), chunk):
        part = np.array(lines[at : at + chunk], np.int64)
        found += access_lines(part, tags, notes, "plru").tolist()
    assert found == expected
    for index, tree in enumerate(trees):
        assert sorted(tags[index][tags[index] >= 0]) == sorted(tree.lines.values())


def test_a_tree_forgets_what_lru_remembers() -> None:
    """Of four ways, the one that a tree drops need not be the oldest."""
    trace = np.array([0, 1, 2, 3, 0, 4, 1]) * 64
    assert Cache(256, 4, 64).missed(trace).tolist() == [True] * 4 + [False, True, True]
    tree = Cache(256, 4, 64, policy="plru").missed(trace)
    assert tree.tolist() == [True] * 4 + [False, True, False]


def test_two_ways_are_the_same_under_both_policies() -> None:
    trace = np.random.default_rng(2).integers(0, 5000, 4000)
    assert (Cache(1024, 2, 64).missed(trace) == Cache(1024, 2, 64, "plru").missed(trace)).all()


def test_impossible_policies_are_refused() -> None:
    with pytest.raises(ValueError, match="none of the policies"):
        Cache(policy="random")
    with pytest.raises(ValueError, match="power of two of ways, not 12"):
        Cache(48 << 10, 12, 64, policy="plru")

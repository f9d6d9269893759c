"""Which line leaves a full set: the two replacement policies of a cache.

Least recently used (LRU) is what a cache would like to do. It has to keep the order of all lines of
a set, so caches with many ways approximate it. Tree pseudo-LRU keeps one bit a node of a binary
tree over the ways: each says which half was *not* used last (Handy, "The Cache Memory Book", 2nd
edition, 1998, section 2.2; Abel & Reineke, "Measurement-based modeling of the cache replacement
policy", RTAS 2013, found it in Intel's first-level caches).
"""

from __future__ import annotations

import numpy as np

from tern.cost.compiled import compiled
from tern.parts import part

EMPTY = -1  # no line: line numbers are not negative
POLICIES = ("lru", "plru")


def access_lru(lines: np.ndarray, tags: np.ndarray, missed: np.ndarray) -> None:
    """Access `lines` in turn and note what missed. A row of `tags` has the latest line first."""
    sets, ways = tags.shape
    for t in range(len(lines)):
        line = lines[t]
        stack = tags[line % sets]
        depth = 0
        while depth < ways and stack[depth] != line:
            depth += 1
        missed[t] = depth == ways
        if depth == ways:
            depth -= 1
        while depth > 0:
            stack[depth] = stack[depth - 1]
            depth -= 1
        stack[0] = line


def access_plru(lines: np.ndarray, tags: np.ndarray, notes: np.ndarray, missed: np.ndarray) -> None:
    """Access `lines` in turn and note what missed. `notes[s, n]` is bit n of the tree of set s.

    Node 1 is the root, and the children of n are 2n and 2n + 1. A bit of 0 points left.
    """
    sets, ways = tags.shape
    for t in range(len(lines)):
        line = lines[t]
        stored, bits = tags[line % sets], notes[line % sets]
        way = 0
        while way < ways and stored[way] != line:
            way += 1
        missed[t] = way == ways
        if way == ways:
            way = 0
            while way < ways and stored[way] != -1:
                way += 1
        if way == ways:
            node = 1
            while node < ways:
                node = 2 * node + bits[node]
            way = node - ways
        stored[way] = line
        node = way + ways
        while node > 1:  # from the leaf up: each bit points away from where we come from
            bits[node // 2] = 1 - node % 2
            node //= 2


@part("cost.access_lines", helpers=(access_lru, access_plru))
def access_lines(lines: np.ndarray, tags: np.ndarray, notes: np.ndarray, policy: str) -> np.ndarray:
    """Access `lines` in turn in a set-associative cache; for each, whether it missed, as bool.

    `lines` are line numbers, int64 and not negative: line L belongs in set L % sets. `tags` and
    `notes` are the cache's memory, int64[sets, ways] each, and change in place, so that the next
    call goes on where this one stopped. tags[s] holds the lines that are in set s, in any order,
    and -1 for a way that is empty. `notes` is all 0 in a cold cache, and what it says is yours. A
    line that misses takes an empty way if its set has one. Otherwise a line leaves:

    - "lru": the one that was used longest ago;
    - "plru": the one that the tree points at. The ways (a power of two) are the leaves of a binary
      tree with a bit in each node, 0 at first, that points left (0) or right (1). From the root,
      follow the bits to the way that leaves. Each access, hit or miss, makes the bits on the way
      from the root to its way point away from it. Of empty ways, the leftmost is taken.

    O(accesses * ways).
    """
    missed = np.empty(len(lines), np.bool_)
    if policy == "lru":
        compiled(access_lru)(lines, tags, missed)
    else:
        compiled(access_plru)(lines, tags, notes, missed)
    return missed

"""A set-associative cache, and why its misses happen.

A line of memory may be in one set only, line number modulo the number of sets. With least-recently-
used replacement a set is a stack of lines, the most recently used on top: a hit moves its line to
the top, a miss pushes a line and drops the one at the bottom (Mattson, Gecsei, Slutz & Traiger,
"Evaluation techniques for storage hierarchies", IBM Systems Journal 9(2), 1970). Another policy is
tree pseudo-LRU (tern/cost/replacement.py). Writes are like reads: a write brings its line in.

The loops over the accesses are compiled by Numba when a cache is first used (about a second; 10
million accesses then take a tenth of one, and half of one to classify). Without Numba the same
functions run as Python, a hundred times slower.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from tern.cost.compiled import compiled
from tern.cost.replacement import EMPTY, POLICIES, access_lines

Trace = np.ndarray | Iterable[np.ndarray]  # byte addresses, int64, in one array or in chunks


@dataclass(frozen=True)
class Misses:
    """The misses of one trace by cause: Hill's three Cs.

    `conflict` is what the cache misses beyond a fully associative one of its size. It is negative
    where full associativity does harm: on a loop over one line more than fit, the line that
    least-recently-used replacement drops is always the one that is needed next.
    """

    accesses: int
    compulsory: int
    capacity: int
    conflict: int

    @property
    def total(self) -> int:
        return self.compulsory + self.capacity + self.conflict

    @property
    def rate(self) -> float:
        """Misses per access; 0 for an empty trace."""
        return self.total / self.accesses if self.accesses else 0.0


@dataclass(frozen=True)
class Cache:
    """A cold cache of `size` bytes in sets of `ways` lines of `line` bytes each.

    The default is the first-level data cache of many x86 cores. `policy` says which line leaves a
    full set: the least recently used one ("lru"), or the one that a tree of bits points at ("plru",
    for a power of two of ways). ValueError unless the size is a positive multiple of ways * line,
    and the policy one of these.
    """

    size: int = 32768
    ways: int = 8
    line: int = 64
    policy: str = "lru"

    def __post_init__(self) -> None:
        if min(self.size, self.ways, self.line) < 1 or self.size % (self.ways * self.line):
            raise ValueError(
                f"a cache of {self.size} bytes cannot be split into sets of {self.ways} lines "
                f"of {self.line} bytes"
            )
        if self.policy not in POLICIES:
            raise ValueError(f"{self.policy!r} is none of the policies {', '.join(POLICIES)}")
        if self.policy == "plru" and self.ways & (self.ways - 1):
            raise ValueError(f"a tree has a power of two of ways, not {self.ways}")

    @property
    def sets(self) -> int:
        return self.size // (self.ways * self.line)

    @property
    def lines(self) -> int:
        """How many lines fit."""
        return self.size // self.line

    def misses(self, addresses: Trace) -> int:
        """How many accesses of the trace miss, from a cold cache.

        An address is the first byte of an access that does not cross a line. The time grows with
        accesses * ways. ValueError for a negative address, TypeError for one that is not an
        integer.
        """
        return sum(int(np.count_nonzero(missed)) for missed in self._run(addresses, *self._cold()))

    def missed(self, addresses: np.ndarray) -> np.ndarray:
        """For each access whether it misses: bool, of the trace's length."""
        return next(self._run(np.asarray(addresses), *self._cold()))

    def classify(self, addresses: Trace) -> Misses:
        """The misses of the trace by cause, from a cold cache; errors as for `misses`.

        Compulsory misses are first uses of a line; capacity misses are the others that a fully
        associative cache of this size has as well; conflict misses are the rest (Hill & Smith,
        "Evaluating associativity in CPU caches", IEEE Transactions on Computers 38(12), 1989).
        """
        (tags, notes), recency = self._cold(), _Recency(self.lines)
        accesses = total = 0
        for lines in self._lines(addresses):
            missed = access_lines(lines, tags, notes, self.policy)
            recency.access(lines)
            accesses += len(lines)
            total += int(np.count_nonzero(missed))
        compulsory = len(recency.known)
        return Misses(accesses, compulsory, recency.misses - compulsory, total - recency.misses)

    def _cold(self) -> tuple[np.ndarray, np.ndarray]:
        """What `access_lines` keeps of a cache: the lines in each set, and the policy's notes."""
        shape = self.sets, self.ways
        return np.full(shape, EMPTY, np.int64), np.zeros(shape, np.int64)

    def _lines(self, addresses: Trace) -> Iterator[np.ndarray]:
        """The line number of each access, int64, chunk by chunk."""
        for chunk in [addresses] if isinstance(addresses, np.ndarray) else addresses:
            chunk = np.asarray(chunk)
            if chunk.ndim != 1 or (chunk.dtype.kind not in "iu" and chunk.size):
                raise TypeError(
                    "a trace is a one-dimensional array of integers, or several of them"
                )
            if chunk.size and chunk.min() < 0:
                raise ValueError(f"the trace has the negative address {chunk.min()}")
            if self.line & (self.line - 1):
                yield chunk.astype(np.int64) // self.line
            else:
                yield chunk.astype(np.int64) >> (self.line.bit_length() - 1)

    def _run(self, addresses: Trace, tags: np.ndarray, notes: np.ndarray) -> Iterator[np.ndarray]:
        for lines in self._lines(addresses):
            yield access_lines(lines, tags, notes, self.policy)


def live_lines(
    trace_prefix: Trace, cache: Cache, arrays: Mapping[str, range]
) -> dict[str, list[int]]:
    """Which lines of which array are in the cache after the accesses of `trace_prefix`.

    `arrays` gives the byte addresses of each array, as `matmul_arrays` does. Lines are counted from
    0 at the line that holds the array's first byte, in ascending order.
    """
    tags, notes = cache._cold()
    for _ in cache._run(trace_prefix, tags, notes):
        pass
    live = np.sort(tags[tags != EMPTY])
    found: dict[str, list[int]] = {}
    for name, addresses in arrays.items():
        first, last = addresses.start // cache.line, (addresses.stop - 1) // cache.line
        found[name] = (live[(first <= live) & (live <= last)] - first).tolist()
    return found


# ---- full associativity -------------------------------------------------------------------------


class _Recency:
    """A fully associative cache: lines in a doubly linked list from the most to the least recent.

    A stack of hundreds of lines is too deep to search. Here an access takes constant time, besides
    looking up the line's index in `known`.
    """

    def __init__(self, capacity: int) -> None:
        self.known = np.empty(0, np.int64)  # every line seen so far, sorted
        self.names = np.empty(0, np.int64)  # the number of each of them: the order of first sight
        # Neighbors by number, the list's head at 0; who is not in the cache has EMPTY neighbors.
        self.newer, self.older = np.zeros(1, np.int64), np.zeros(1, np.int64)
        self.room = np.array([capacity])
        self.misses = 0

    def access(self, lines: np.ndarray) -> None:
        """Access `lines` in turn."""
        unseen = lines[self._unseen(lines)]
        if len(unseen):
            self._number(np.unique(unseen))
        numbered = self.names[np.searchsorted(self.known, lines)]
        self.misses += int(compiled(_access_list)(numbered, self.newer, self.older, self.room))

    def _unseen(self, lines: np.ndarray) -> np.ndarray:
        if not len(self.known):
            return np.ones(len(lines), np.bool_)
        indices = np.searchsorted(self.known, lines)
        return self.known[np.minimum(indices, len(self.known) - 1)] != lines

    def _number(self, new: np.ndarray) -> None:
        """Give numbers to lines that are not known yet: `new`, sorted."""
        numbers = np.arange(len(self.known) + 1, len(self.known) + len(new) + 1)
        indices = np.searchsorted(self.known, new)
        self.known = np.insert(self.known, indices, new)
        self.names = np.insert(self.names, indices, numbers)
        self.newer = np.append(self.newer, np.full(len(new), EMPTY))
        self.older = np.append(self.older, np.full(len(new), EMPTY))


def _access_list(
    numbers: np.ndarray, newer: np.ndarray, older: np.ndarray, room: np.ndarray
) -> int:
    """Access the lines of these numbers in turn; how many missed. `room[0]` more lines fit."""
    misses = 0
    for number in numbers:
        leaving = number
        if older[number] == EMPTY:
            misses += 1
            leaving = newer[0]  # the head is the neighbor of both ends
            if room[0] > 0:
                room[0] -= 1
                leaving = 0
        if leaving:
            older[newer[leaving]], newer[older[leaving]] = older[leaving], newer[leaving]
            older[leaving] = newer[leaving] = EMPTY
        newer[number], older[number] = 0, older[0]
        newer[older[0]] = number
        older[0] = number
    return misses

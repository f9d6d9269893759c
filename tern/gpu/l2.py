"""What of a launch's loads gets past the second-level cache: a toy, good for comparing orders.

Programs run in waves, one on each multiprocessor; within a wave they take turns, one load each. A
real GPU's schedule, cache, and hashing of addresses differ: the figures rank, they do not predict.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tern.cost import Cache
from tern.gpu.sectors import LINE
from tern.gpu.traffic import Traffic

WAYS = 16


def dram_bytes(traffic: Traffic, size: int = 256 << 10, at_once: int = 16) -> int:
    """Bytes that all launches load from memory behind a cold cache of `size` bytes.

    `traffic` comes from measure(…, trace=True, max_programs=None); `at_once` is the number of
    multiprocessors. ValueError without a trace, or if it is that of a sample.
    """
    if traffic.trace is None or traffic.sampled:
        raise ValueError("needs measure(…, trace=True, max_programs=None)")
    lines = [each for launch in traffic.trace for each in _in_turn(launch, at_once)]
    if not lines:
        return 0
    addresses = np.concatenate(lines).astype(np.int64) * LINE
    return LINE * int(Cache(size=size, ways=WAYS, line=LINE).misses(addresses))


def _in_turn(programs: list[list[np.ndarray]], at_once: int) -> Iterator[np.ndarray]:
    """The lines of each load, in the order in which a GPU might do them."""
    for first in range(0, len(programs), at_once):
        wave = programs[first : first + at_once]
        for turn in range(max(map(len, wave))):
            yield from (loads[turn] for loads in wave if turn < len(loads))

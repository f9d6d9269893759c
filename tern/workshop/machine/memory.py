"""What memory costs: caches, lines, ways, pages, and bandwidth, found by walking through it."""

from __future__ import annotations

import mmap
from collections.abc import Callable, Sequence

import numpy as np
from numba import get_num_threads, njit, prange

from tern.workshop.machine.figures import Figure, claimed_cache, cpus, least, unknown

LINE = 64  # bytes, of which the walks take one number each
RISE = 1.4  # a time so many times the plateau's is no longer on it
NOISY = 0.3  # a spread from which on times of several threads say nothing
LARGEST = 128 << 20  # bytes


@njit
def chase(next_index: np.ndarray, at: int, steps: int) -> int:
    """Follow `next_index` from `at`: a load that needs the load before it."""
    for _ in range(steps):
        at = next_index[at]  # unsigned, or Numba asks whether it is negative
    return at


@njit(parallel=True)
def triad(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> None:
    """a = b + 3 c, McCalpin's STREAM triad, with all threads."""
    for i in prange(a.size):
        a[i] = b[i] + 3.0 * c[i]


@njit
def triad_alone(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> None:
    for i in range(a.size):
        a[i] = b[i] + 3.0 * c[i]


@njit(parallel=True)
def count_up(counters: np.ndarray, places: np.ndarray, apart: int) -> None:
    """Two threads, each counting in two elements of its own, `apart` elements from the other's."""
    for thread in prange(2):
        for j in range(places.size):
            counters[thread * apart + places[j]] += 1


def cycle(places: np.ndarray, arena: np.ndarray, rng: np.random.Generator) -> int:
    """Make one random cycle through the elements `places` of the arena; where it begins."""
    order = rng.permutation(places)
    arena[order] = np.roll(order, -1)
    return int(order[0])


def ns_per_jump(
    places: np.ndarray, arena: np.ndarray, steps: int = 60_000, runs: int = 5
) -> tuple[float, float]:
    """The nanoseconds of a dependent load, going through `places` in random order; the spread."""
    at = np.uint64(cycle(places, arena, np.random.default_rng(len(places))))
    chase(arena, at, min(len(places), 1 << 18))
    seconds, spread = least(lambda: chase(arena, at, steps), runs)
    return 1e9 * seconds / steps, spread


def new_arena(size: int = LARGEST, huge: bool = True) -> np.ndarray:
    """uint64, `size` bytes, on large pages if `huge` and there are such, else on small ones."""
    memory = mmap.mmap(-1, size)
    advice = "MADV_HUGEPAGE" if huge else "MADV_NOHUGEPAGE"
    if hasattr(mmap, advice):
        try:
            memory.madvise(getattr(mmap, advice))
        except OSError:
            pass  # a system without huge pages has small ones
    return np.frombuffer(memory, np.uint64)


def sizes(first: int, last: int) -> list[int]:
    """4, 5, 6, 7 times powers of two, from `first` to `last`: sizes that caches have."""
    found = [k << e for e in range(64) for k in (4, 5, 6, 7)]
    return [size for size in found if first <= size <= last]


def latencies(arena: np.ndarray, first: int = 8 << 10) -> list[tuple[int, float]]:
    """(bytes, ns of a jump) for arrays of more and more bytes, four sizes for each doubling.

    A smaller array is never slower than a larger one, but a machine that others use may make it so:
    each time is the least of those from its size on.
    """
    tried = sizes(first, arena.nbytes)
    times = [ns_per_jump(np.arange(size // LINE) * (LINE // 8), arena)[0] for size in tried]
    least_from_here_on = np.minimum.accumulate(times[::-1])[::-1].tolist()
    return list(zip(tried, least_from_here_on))


def plateaus(points: list[tuple[int, float]], rise: float = RISE) -> list[tuple[int, float]]:
    """The levels of a curve of latencies: (the first size that is on it, its latency).

    A level is a run of at least three sizes, none of which takes `rise` times as long as the
    quickest of the run. What lies between two levels, on the slope, belongs to none.
    """
    found, at = [], 0
    while at < len(points):
        end, low = at, points[at][1]
        while end < len(points) and max(points[end][1], low) <= rise * min(points[end][1], low):
            low = min(low, points[end][1])
            end += 1
        if end - at >= 3:
            found.append((points[at][0], float(np.median([ns for _, ns in points[at:end]]))))
            at = end
        else:
            at += 1
    return found


def capacities(points: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """Of each level but the last, what it holds: (bytes, latency in ns).

    It holds the largest size that takes less than halfway from its own latency to that of the next
    level, on a logarithmic scale. A cache that is nearly full already misses a little.
    """
    levels, found = plateaus(points), []
    for (start, low), (_, high) in zip(levels, levels[1:]):
        within = [size for size, ns in points if size >= start and ns < (low * high) ** 0.5]
        found.append((within[-1], low))
    return found


def cache_figures(points: list[tuple[int, float]], ghz: float) -> list[Figure]:
    """Sizes and latencies of the first two levels, and what the largest array costs."""
    levels, figures = capacities(points), []
    for number, kind in ((1, "Data"), (2, "")):
        name, what = f"l{number}_size", f"level {number} cache, size"
        claimed = claimed_cache(number, kind).get("bytes")
        if len(levels) < number:
            figures.append(unknown(name, what, "KB", "the latencies do not step up here"))
            continue
        size, ns = levels[number - 1]
        claimed = None if claimed is None else claimed / 1024
        figures.append(Figure(name, what, "KB", size / 1024, claimed=claimed))
        what = f"level {number} cache, latency"
        figures.append(Figure(f"l{number}_latency", what, "cycles", ns * ghz))
    size, ns = points[-1]
    last = claimed_cache(3).get("bytes", 0)
    what = f"a jump in {size >> 20} MB"
    figures.append(Figure("far_latency", what, "ns", ns))
    if last >= size / 2:
        why = f"level 3, {last >> 20} MB, holds all that was tried"
        figures.append(unknown("memory_latency", "main memory, latency", "ns", why))
    else:
        figures.append(Figure("memory_latency", "main memory, latency", "ns", ns))
    return figures


def swept(time: Callable[[int], float], places: Sequence[int], sweeps: int = 3) -> list[float]:
    """The least time at each place, of several sweeps over all of them.

    What disturbs a machine often lasts longer than a few runs, but seldom comes back at the same
    place of the next sweep.
    """
    return np.min([[time(place) for place in places] for _ in range(sweeps)], axis=0).tolist()


def line_size(arena: np.ndarray) -> Figure:
    """The bytes that come in together: how far apart two numbers may be, and cost one wait."""
    name, what = "line", "cache line"
    blocks = np.arange(arena.nbytes // 8 // 1024) * 128  # one block of 1,024 bytes each
    rng = np.random.default_rng(64)

    def time(distance: int) -> float:
        order = rng.permutation(blocks)
        partner = order + distance // 8
        arena[order], arena[partner] = partner, np.roll(order, -1)
        at = np.uint64(order[0])
        chase(arena, at, 2 * len(order))
        return least(lambda: chase(arena, at, 30_000), 5)[0]

    distances = [16, 32, 64, 128, 256]
    times = swept(time, distances)
    rises = [now / before for before, now in zip(times, times[1:])]
    if max(rises) < 1.3:
        return unknown(name, what, "bytes", "two numbers cost the same at every distance")
    found = distances[1 + int(np.argmax(rises))]
    return Figure(name, what, "bytes", found, claimed=claimed_cache(1, "Data").get("line"))


def first_rise(places: Sequence[int], times: Sequence[float]) -> int | None:
    """The last place before the times leave their plateau for good; None if they never do.

    For good: this time and all that follow are `RISE` times those of the plateau or more.
    """
    above = [time > RISE * min(times) for time in times]
    for k in range(1, len(places)):
        if all(above[k:]):
            return places[k - 1]
    return None


def ways(arena: np.ndarray) -> Figure:
    """How many lines a page apart, which share a set, the first-level cache can hold."""
    name, what = "l1_ways", "level 1 cache, ways"
    stride = mmap.PAGESIZE // 8  # pages follow each other, so that their addresses are no problem
    counts = range(1, 33)
    times = swept(lambda n: ns_per_jump(np.arange(n) * stride, arena, 15_000)[0], counts)
    found = first_rise(counts, times)
    if found is None:
        return unknown(name, what, "lines", "32 lines a page apart cost no more than one")
    return Figure(name, what, "lines", found, claimed=claimed_cache(1, "Data").get("ways"))


def pages() -> Figure:
    """How many small pages the core can go through before looking up their addresses costs."""
    name, what = "tlb", "pages within quick reach (TLB)"
    arena = new_arena(32 << 20, huge=False)
    counts = [16, 24, 32, 48, 64, 80, 96, 112, 128, 192, 256, 384]
    # One line a page, each in another set: only the pages are many.
    stride = (mmap.PAGESIZE + LINE) // 8
    times = swept(lambda n: ns_per_jump(np.arange(n) * stride, arena, 15_000)[0], counts)
    found = first_rise(counts, times)
    if found is None:
        return unknown(name, what, "pages", "384 pages cost no more than 16")
    return Figure(name, what, "pages", float(found))


def bandwidths(size: int = 96 << 20) -> list[Figure]:
    """GB/s of a triad on arrays of `size` bytes together, with one thread and with all."""
    n = size // 24
    a, b, c = np.zeros(n), np.ones(n), np.ones(n)
    alone, spread = least(lambda: triad_alone(a, b, c), 5)
    one = Figure("bandwidth", "bandwidth, one core", "GB/s", 24 * n / alone / 1e9, spread)
    name, what = "bandwidth_all", f"bandwidth, {get_num_threads()} threads"
    if min(cpus(), get_num_threads()) < 2:
        return [one, unknown(name, what, "GB/s", "there is one CPU")]
    together, spread = least(lambda: triad(a, b, c), 9, wall=True)
    if together > alone:
        return [one, unknown(name, what, "GB/s", "other programs were running")]
    return [one, Figure(name, what, "GB/s", 24 * n / together / 1e9, spread)]


def false_sharing(steps: int = 200_000) -> Figure:
    """How many times as long two threads take when their counters are in one line."""
    name, what = "false_sharing", "false sharing, times as slow"
    if min(cpus(), get_num_threads()) < 2:
        return unknown(name, what, "×", "there is one CPU")
    counters = np.zeros(1024, np.int64)
    places = np.random.default_rng(2).integers(0, 2, steps)
    near, spread = least(lambda: count_up(counters, places, 2), 15, wall=True)
    far, _ = least(lambda: count_up(counters, places, 512), 15, wall=True)
    if spread > NOISY:
        return unknown(name, what, "×", "other programs were running")
    return Figure(name, what, "×", near / far, spread)

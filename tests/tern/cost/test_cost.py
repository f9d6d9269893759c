"""The cost models: against slow definitions, against each other, and against cachegrind."""

from __future__ import annotations

import itertools
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.check.numba import counts
from tern import cost
from tern.cost import Cache, Misses, Roofline, matmul_arrays, matmul_trace, replacement
from tern.cost import cache as cache_module

COUNTING = pytest.mark.skipif(counts.available() is not None, reason=str(counts.available()))
ORDERS = ["".join(order) for order in itertools.permutations("ijk")]


# ---- the cache ----------------------------------------------------------------------------------


def misses_by_definition(addresses: list[int], cache: Cache) -> list[bool]:
    """Have `ways` or more other lines of the set been used since this one last was?"""
    lines = [address // cache.line for address in addresses]
    missed = []
    for t, line in enumerate(lines):
        before = [x for x in lines[:t] if x % cache.sets == line % cache.sets]
        last = max((at for at, x in enumerate(before) if x == line), default=None)
        missed.append(last is None or len(set(before[last + 1 :])) >= cache.ways)
    return missed


caches = st.builds(
    lambda sets, ways, line: Cache(sets * ways * line, ways, line),
    st.integers(1, 5),
    st.integers(1, 4),
    st.sampled_from([1, 4, 6, 8]),
)
traces = st.lists(st.integers(0, 200), max_size=80)


@given(traces, caches)
@settings(deadline=None)
def test_misses_are_what_least_recently_used_means(addresses: list[int], cache: Cache) -> None:
    trace = np.array(addresses, np.int64)
    expected = misses_by_definition(addresses, cache)
    assert cache.missed(trace).tolist() == expected
    assert cache.misses(trace) == sum(expected)


@given(traces, caches, st.integers(1, 30))
@settings(deadline=None)
def test_the_three_kinds_add_up(addresses: list[int], cache: Cache, chunk: int) -> None:
    whole = np.array(addresses, np.int64)
    associative = Cache(cache.size, cache.lines, cache.line)
    kinds = cache.classify(whole)
    assert kinds.accesses == len(addresses)
    assert kinds.compulsory == len({address // cache.line for address in addresses})
    assert kinds.compulsory + kinds.capacity == sum(misses_by_definition(addresses, associative))
    assert kinds.total == cache.misses(whole)
    chunks = [whole[at : at + chunk] for at in range(0, len(whole), chunk)]
    assert cache.classify(chunks) == kinds and cache.misses(iter(chunks)) == kinds.total


def test_one_trace_for_each_kind_of_miss() -> None:
    cache = Cache(1024, 2, 64)  # 8 sets, 16 lines
    once, twice = np.arange(0, 1024, 4), np.tile(np.arange(0, 4096, 64), 2)
    assert cache.classify(once) == Misses(256, compulsory=16, capacity=0, conflict=0)
    assert cache.classify(twice) == Misses(128, compulsory=64, capacity=64, conflict=0)
    three_in_a_set = np.tile([0, 512, 1024], 10)
    assert cache.classify(three_in_a_set) == Misses(30, compulsory=3, capacity=0, conflict=27)


def test_full_associativity_can_do_harm() -> None:
    cache = Cache(1024, 2, 64)
    one_line_too_many = np.tile(np.arange(17) * 64, 10)
    kinds = cache.classify(one_line_too_many)
    assert kinds.compulsory == 17 and kinds.capacity == 153  # every access misses
    assert kinds.conflict == -9 * 14  # here only the lines of one set of three do
    assert kinds.rate == kinds.total / 170


def test_python_alone_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    trace, cache = np.random.default_rng(3).integers(0, 4000, 3000), Cache(512, 2, 16)
    compiled = cache.classify(trace)
    for module in (cache_module, replacement):
        monkeypatch.setattr(module, "compiled", lambda loop: loop)
    assert cache.classify(trace) == compiled


@pytest.mark.parametrize(
    "shape", [(0, 1, 1), (64, 0, 64), (64, 1, -64), (1000, 8, 64), (32, 1, 64)]
)
def test_impossible_caches_are_refused(shape: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="cannot be split into sets"):
        Cache(*shape)


def test_traces_of_the_wrong_kind_are_refused() -> None:
    with pytest.raises(ValueError, match="negative address -8"):
        Cache().misses(np.array([0, -8]))
    for wrong in (np.zeros(3), np.zeros((2, 2), np.int64)):
        with pytest.raises(TypeError, match="one-dimensional array of integers"):
            Cache().misses(wrong)
    assert Cache().classify(np.array([])) == Misses(0, 0, 0, 0)
    assert Misses(0, 0, 0, 0).rate == 0


def test_live_lines_name_the_array_and_the_line() -> None:
    arrays = {"x": range(256), "y": range(300, 500)}  # y starts in the fifth line
    cache = Cache(256, 1, 64)
    trace = np.array([0, 64, 130, 300, 499])
    assert cost.live_lines(trace[:0], cache, arrays) == {"x": [], "y": []}
    assert cost.live_lines(trace[:3], cache, arrays) == {"x": [0, 1, 2], "y": []}
    assert cost.live_lines(trace[:4], cache, arrays) == {"x": [1, 2], "y": [0]}
    assert cost.live_lines(trace, cache, arrays) == {"x": [1, 2], "y": [0, 3]}


def test_importing_the_models_does_not_import_numba() -> None:
    code = "import tern.cost, sys; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# ---- traces -------------------------------------------------------------------------------------


def trace_by_definition(
    n: int, order: str, tiles: tuple[int, int, int], width: int, padding: int
) -> list[int]:
    """The loops written out, with the element that the innermost loop keeps in a register."""
    arrays = matmul_arrays(n, width, padding)
    size = dict(zip("ijk", tiles, strict=True))
    kept = {"k": "C", "j": "A", "i": "B"}[order[2]]
    found = []

    def touch(name: str, at: dict[str, int]) -> None:
        row, column = {"A": "ik", "B": "kj", "C": "ij"}[name]
        found.append(arrays[name].start + (at[row] * (n + padding) + at[column]) * width)

    for corner in itertools.product(*(range(0, n, size[x]) for x in order)):
        tile = [range(at, min(n, at + size[x])) for x, at in zip(order, corner, strict=True)]
        for outer, middle in itertools.product(*tile[:2]):
            for inner in tile[2]:
                at = dict(zip(order, (outer, middle, inner), strict=True))
                if inner == tile[2][0]:
                    touch(kept, at)
                for name in "ABCC":
                    if name != kept:
                        touch(name, at)
            if kept == "C":
                touch("C", at)
    return found


@given(
    st.integers(1, 9),
    st.sampled_from(ORDERS),
    st.tuples(*[st.integers(1, 10)] * 3),
    st.sampled_from([4, 8]),
    st.integers(0, 3),
    st.sampled_from([5, 60, 1 << 20]),
)
@settings(deadline=None)
def test_the_trace_is_the_loops_written_out(n, order, tiles, width, padding, chunk) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tern.cost.matmul.CHUNK", chunk)
        trace = np.concatenate(list(matmul_trace(n, order, tiles, width, padding)))
    expected = trace_by_definition(n, order, tuple(min(n, t) for t in tiles), width, padding)
    assert trace.tolist() == expected


def test_a_trace_needs_little_memory() -> None:
    chunks = matmul_trace(300, "ijk")
    assert max(map(len, itertools.islice(chunks, 8))) <= 2 * (1 << 20)
    assert sum(map(len, matmul_trace(100))) == 2 * 100**3 + 2 * 100**2


def test_arrays_start_on_pages() -> None:
    assert matmul_arrays(40) == {
        "A": range(6400),
        "B": range(8192, 14592),
        "C": range(16384, 22784),
    }
    assert matmul_arrays(40, padding=4)["A"] == range(7040)


@pytest.mark.parametrize(
    "arguments",
    [(0,), (4, "ijj"), (4, "ij"), (4, "ijk", 0), (4, "ijk", (1, 2)), (4, "ijk", None, 0)],
)
def test_impossible_products_are_refused(arguments: tuple) -> None:
    with pytest.raises(ValueError):
        matmul_trace(*arguments)


# ---- choosing a tile ----------------------------------------------------------------------------


def test_the_best_tile_fits_and_is_no_larger() -> None:
    choice = cost.best_tile(160, Cache(), [4, 8, 16, 32, 40, 80, 160])
    assert choice.best == 40
    assert choice.misses[160] > 5 * choice.misses[40]  # not tiled
    assert choice.misses[4] > 2 * choice.misses[40]
    simulated = Cache().misses(matmul_trace(160, "ikj", 16))
    assert choice.misses[16] == simulated
    with pytest.raises(ValueError, match="no tile size"):
        cost.best_tile(16, Cache(), [])


def test_of_equals_the_largest_tile_is_best() -> None:
    assert cost.best_tile(32, Cache(), [8, 32, 16]).best == 32  # everything fits


def test_the_estimate_is_close_to_the_simulation() -> None:
    """In the middle it is exact; some mixtures of fitting and not fitting are off by far."""
    ratios = []
    for n, order, tile in itertools.product((64, 90, 96, 128), ORDERS, (None, 8, 24, 32)):
        simulated = Cache().misses(matmul_trace(n, order, tile))
        ratios.append(cost.estimate_misses(n, Cache(), order, tile) / simulated)
    low, first, middle, third, high = np.percentile(ratios, [5, 25, 50, 75, 95])
    assert 0.99 <= middle <= 1.01
    assert 0.9 <= first and third <= 1.1
    assert 0.7 <= low and high <= 2.0


def test_the_estimate_knows_about_powers_of_two() -> None:
    """Lam, Rothberg & Wolf's point: one more row of padding, and the interference is gone."""
    for padding, at_least, at_most in ((0, 2e6, 2.3e6), (16, 0, 1.5e5)):
        for misses in (
            cost.estimate_misses(128, Cache(), "ijk", padding=padding),
            Cache().misses(matmul_trace(128, "ijk", padding=padding)),
        ):
            assert at_least <= misses <= at_most


def test_choosing_by_estimate_is_as_good_as_by_simulation() -> None:
    sizes = [4, 8, 16, 32, 64, 100]
    for n in (100, 128, 150):
        simulated = cost.best_tile(n, Cache(), sizes)
        estimated = cost.best_tile(n, Cache(), sizes, simulate=False)
        assert simulated.misses[estimated.best] <= 1.25 * simulated.misses[simulated.best]


# ---- the roofline -------------------------------------------------------------------------------


def test_the_roof_has_a_slope_and_a_flat_part() -> None:
    machine = Roofline(peak_flops=100e9, bandwidth=20e9)
    assert machine.ridge == 5
    assert machine.attainable(flops=1e9, bytes=1e9) == 20e9 and machine.bound(1e9, 1e9) == "memory"
    assert (
        machine.attainable(flops=9e9, bytes=1e9) == 100e9 and machine.bound(9e9, 1e9) == "compute"
    )
    assert machine.seconds(1e9, 1e9) == pytest.approx(0.05)
    assert machine.seconds(9e9, 1e9) == pytest.approx(9e9 / machine.attainable(9e9, 1e9))
    assert cost.arithmetic_intensity(3, 12) == 0.25


def test_nonsense_has_no_roofline() -> None:
    for arguments in ((0, 1), (1, 0), (-1, 1), (float("nan"), 1)):
        with pytest.raises(ValueError, match="peak_flops > 0"):
            Roofline(*arguments)
    for arguments in ((1, 0), (-1, 1)):
        with pytest.raises(ValueError, match="bytes > 0"):
            cost.arithmetic_intensity(*arguments)


# ---- against cachegrind -------------------------------------------------------------------------

BODY = {"C": "kept += A[i*n+k] * B[k*n+j];", "A": "C[i*n+j] += kept * B[k*n+j];"}
BODY["B"] = "C[i*n+j] += A[i*n+k] * kept;"
ELEMENT = {"A": "A[i*n+k]", "B": "B[k*n+j]", "C": "C[i*n+j]"}
HEAD = (
    "void matmul(const float *restrict A, const float *restrict B, float *restrict C, "
    "long n, long T)"
)


def matmul_in_c(order: str) -> str:
    """A scalar product that keeps in a register what `matmul_trace` says it does."""
    kept = {"k": "C", "j": "A", "i": "B"}[order[2]]
    tiles = " ".join(f"for (long {x}{x} = 0; {x}{x} < n; {x}{x} += T)" for x in order)
    loops = [f"for (long {x} = {x}{x}; {x} < {x}{x} + T && {x} < n; {x}++)" for x in order]
    store = f"{ELEMENT[kept]} = kept;" if kept == "C" else ""
    inside = f"{{ float kept = {ELEMENT[kept]}; {loops[2]} {BODY[kept]} {store} }}"
    return f"{HEAD} {{ {tiles} {loops[0]} {loops[1]} {inside} }}"


@pytest.mark.rotates(7)
@COUNTING
@pytest.mark.parametrize("n", [64, 100, 128, 192])
@pytest.mark.parametrize(
    "order, tile", [("ijk", None), ("ikj", None), ("ikj", 32), ("ijk", 16), ("jki", 24)]
)
def test_the_model_counts_what_cachegrind_counts(n: int, order: str, tile: int | None) -> None:
    draw = np.random.default_rng(n)
    a, b = (draw.random((n, n), dtype=np.float32) for _ in range(2))
    arguments = [a, b, np.zeros((n, n), np.float32), n, tile or n]
    measured = counts.count_c(matmul_in_c(order), "matmul", arguments, ["-O1", "-march=haswell"])
    assert np.allclose(measured.results[2], a @ b, rtol=1e-4)
    trace = list(matmul_trace(n, order, tile))
    assert measured.d1_misses == pytest.approx(Cache().misses(trace), rel=0.03)
    assert measured.reads + measured.writes == pytest.approx(sum(map(len, trace)), rel=0.02)

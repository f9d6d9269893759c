"""What one core does with numbers in its registers: clock, units, vectors, branches, calls."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
from numba import njit

from tern.workshop.machine.figures import Figure, least, unknown

CHAINS = (1, 2, 3, 4, 6, 8, 12)


@njit
def mix(x: int, step: int, rounds: int) -> int:
    """A chain of 2 * rounds instructions of one cycle each: add, exclusive or, add, …

    Nothing simpler computes the same, so no compiler makes fewer of them.
    """
    for i in range(rounds):
        x = (x + step) ^ i
    return x


def _adder(chains: int) -> Callable[..., float]:
    """A function that adds `step` to `chains` sums, `rounds` times each, as machine code."""
    names = [f"s{k}" for k in range(chains)]
    lines = ["def add(rounds, step):"]
    lines += [f"    {name} = {k}.0" for k, name in enumerate(names)]
    lines += ["    for _ in range(rounds):", *(f"        {name} += step" for name in names)]
    lines += [f"    return {' + '.join(names)}"]
    space: dict = {}
    exec("\n".join(lines), space)
    return njit(space["add"])  # type: ignore[return-value]


@njit(fastmath={"contract"})
def multiply_add(x: np.ndarray, a: float, b: float, rounds: int) -> None:
    """8 * rounds fused multiply-adds on each element: 16 FLOP an element and round."""
    for _ in range(rounds):
        for j in range(x.size):
            v = x[j]
            for _ in range(8):
                v = v * a + b
            x[j] = v


@njit
def pick(values: np.ndarray, limit: int, out: np.ndarray) -> int:
    """Note where values are below a limit. A store can't be done on trial, so this is a branch."""
    count = 0
    for i in range(values.size):
        if values[i] < limit:
            out[count] = i
            count += 1
    return count


@njit
def halve(x: np.ndarray, y: np.ndarray) -> None:
    for i in range(x.size):
        y[i] = x[i] * 0.5


@njit
def nothing(x: float) -> float:
    return x


def clock(rounds: int = 200_000) -> Figure:
    """The clock of the core while it measures, in GHz, if an addition takes it one cycle."""
    seconds, spread = least(lambda: mix(12345, 77, rounds), runs=15)
    return Figure("clock", "clock, while measuring", "GHz", 2 * rounds / seconds / 1e9, spread)


def additions(rounds: int = 50_000) -> tuple[list[tuple[int, float]], float]:
    """(chains, nanoseconds per addition) for float64 in 1, 2, … independent chains; the spread."""
    found, worst = [], 0.0
    for chains in CHAINS:
        add = _adder(chains)
        seconds, spread = least(lambda add=add: add(rounds, 1.5))
        found.append((chains, 1e9 * seconds / (rounds * chains)))
        worst = max(worst, spread)
    return found, worst


def adders(ghz: float) -> list[Figure]:
    """Latency of a float64 addition, its throughput, and the units that this comes to."""
    points, spread = additions()
    latency, interval = points[0][1] * ghz, min(ns for _, ns in points) * ghz
    return [
        Figure("add_latency", "float64 addition, latency", "cycles", latency, spread),
        Figure("add_interval", "float64 addition, one every", "cycles", interval, spread),
        Figure("add_units", "units that add", "", float(max(1, round(1 / interval))), spread),
    ]


def peak(rounds: int = 400) -> Figure:
    """The FLOP/s of one core on float32 multiply-adds, in the code that LLVM writes."""
    x = np.ones(2048, np.float32)
    a, b = np.float32(0.5), np.float32(1.0)
    seconds, spread = least(lambda: multiply_add(x, a, b, rounds), runs=15)
    gflops = 16 * x.size * rounds / seconds / 1e9
    return Figure("peak", "float32 multiply-adds, one core", "GFLOP/s", gflops, spread)


def vector_bits() -> Figure:
    """The widest register that LLVM uses for float32 multiply-adds, read off the machine code."""
    name, what = "vector", "width of a vector instruction"
    if not multiply_add.signatures:
        multiply_add(np.ones(8, np.float32), np.float32(0.5), np.float32(1), 1)
    text = "\n".join(multiply_add.inspect_asm().values())
    for pattern, bits in ((r"\bv?fn?ma.*%zmm", 512), (r"\bv?fn?ma.*%ymm", 256), (r"mulps", 128)):
        if re.search(pattern, text):
            return Figure(name, what, "bits", bits)
    if re.search(r"\bfml[as]\b.*\.4s", text):
        return Figure(name, what, "bits", 128)
    return unknown(name, what, "bits", "no vector instruction was found in the machine code")


def misprediction(ghz: float, size: int = 1 << 16) -> Figure:
    """What a branch costs more that goes the other way than the core thought, in cycles."""
    values = np.random.default_rng(8).integers(0, 100, size)
    out = np.empty(size, np.int64)
    mixed, spread = least(lambda: pick(values, 50, out))
    ordered = np.sort(values)
    easy, _ = least(lambda: pick(ordered, 50, out))
    name, what = "mispredict", "a mispredicted branch"
    cycles = 1e9 * (mixed - easy) / (size / 2) * ghz  # every other one is a surprise
    if cycles < 2:
        return unknown(name, what, "cycles", "sorted and unsorted take the same time")
    return Figure(name, what, "cycles", cycles, spread)


def denormals(size: int = 2048, rounds: int = 20) -> Figure:
    """How many times as long a multiplication takes whose result is denormal."""
    y = np.empty(size)
    normal, tiny = np.full(size, 1.0), np.full(size, 1e-310)

    def run(x: np.ndarray) -> None:
        for _ in range(rounds):
            halve(x, y)

    usual, _ = least(lambda: run(normal))
    slow, spread = least(lambda: run(tiny))
    return Figure("denormal", "denormals, times as slow", "×", slow / usual, spread)


def calls(count: int = 20_000) -> list[Figure]:
    """What it costs to call something from Python, in nanoseconds; the loop is taken off."""

    def plain(x: float) -> float:
        return x

    def of(function: Callable[[float], float]) -> tuple[float, float]:
        def run() -> None:
            for _ in range(count):
                function(1.0)

        return least(run)

    def empty() -> None:
        for _ in range(count):
            pass

    loop, _ = least(empty)
    found = []
    for name, what, function in (
        ("call_python", "call of a Python function", plain),
        ("call_numba", "call of a compiled function", nothing),
        ("call_numpy", "call of NumPy on one number", np.negative),
    ):
        seconds, spread = of(function)
        found.append(Figure(name, what, "ns", 1e9 * (seconds - loop) / count, spread))
    return found

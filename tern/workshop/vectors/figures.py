"""Chapter 14's figures: a block of registers, shapes that fit, packing, and what threads share."""

from __future__ import annotations

from math import factorial, log

import numpy as np
from numba import njit

from tern.draw.cells import cells
from tern.draw.picture import Picture
from tern.draw.table import table
from tern.workshop.machine import pairs
from tern.workshop.minimax import exp_tail
from tern.workshop.vectors.panels import COLUMNS, ROWS, add_block

LATENCY, EACH_CYCLE = 4, 2  # of multiply-adds, on a typical core; it loads as many each cycle
Grid = list[list[int | None]]


def block_steps(vectors: int = 2, lanes: int = 4) -> tuple[Grid, Grid]:
    """One step of a block of ROWS x `vectors`: what each cell is, and when its multiply-add starts.

    The first row is B's, the first column A's. A cell is 0 in the block, 1 loaded, 2 broadcast.
    """
    wide = vectors * lanes
    kinds: Grid = [[None, *[1] * wide], *([2, *[0] * wide] for _ in range(ROWS))]
    starts: Grid = [[None] * (wide + 1)]
    starts += [[None, *(vectors * i + j // lanes + 1 for j in range(wide))] for i in range(ROWS)]
    return kinds, starts


def register_block() -> Picture:
    """One step of the block of registers, with 4 lanes."""
    kinds, starts = block_steps()
    name = "a column of A, a row of B, a block of C"
    groups = ["in registers all along: 12 vectors", "loaded: 2 vectors of B", "broadcast: 6 of A"]
    return cells({name: kinds}, groups, labels={name: starts})


def shapes(registers: int = 16) -> list[tuple[int, int, int, int, float]]:
    """Blocks that fit: rows, vectors, registers that they need, loads a step, share of the peak.

    A block needs its sums, a row of B, and one broadcast. The share is the least of what loads and
    latency allow. The largest blocks come first.
    """
    found = []
    for rows in (1, 2, 4, 6, 8, 12):
        for vectors in (1, 2, 3, 4):
            sums, loads = rows * vectors, rows + vectors
            if LATENCY <= sums and sums + vectors + 1 <= registers:
                cycles = max(sums / EACH_CYCLE, loads / EACH_CYCLE, LATENCY)
                share = sums / EACH_CYCLE / cycles
                found.append((rows, vectors, sums + vectors + 1, loads, share))
    return sorted(found, key=lambda shape: -shape[0] * shape[1])


def shapes_table(registers: int = 16, most: int = 9) -> Picture:
    """The largest of `shapes`, as a table."""
    titles = ["rows × vectors", "registers", "multiply-adds a step", "loads a step"]
    rows = [
        [f"{rows} × {vectors}", str(needed), str(rows * vectors), str(loads), f"{share:.0%}"]
        for rows, vectors, needed, loads, share in shapes(registers)[:most]
    ]
    return table([*titles, "of the peak, at most"], rows)


def packing_order(width: int) -> tuple[Grid, Grid]:
    """When the kernel reads each element of ROWS rows: as they lie in memory, and packed."""
    before: Grid = [[k * ROWS + i + 1 for k in range(width)] for i in range(ROWS)]
    flat = [before[i][k] for k in range(width) for i in range(ROWS)]
    return before, [[*flat[row * width : (row + 1) * width]] for row in range(ROWS)]


def packing(width: int = 14) -> Picture:
    """ROWS rows of a small matrix, and the same packed; colors are groups of four steps."""
    titles = ("six rows of A, as they lie in memory", "the same numbers, packed")
    orders = dict(zip(titles, packing_order(width)))
    groups = {
        title: [[(at - 1) // ROWS // 4 % 3 for at in row if at] for row in grid]
        for title, grid in orders.items()
    }
    return cells(groups, ["k = 0 to 3, and 12 and 13", "4 to 7", "8 to 11"], labels=orders)


def polynomial_errors(points: int = 101) -> dict[str, list[tuple[float, float]]]:
    """(r, error in ULP of float32) of two polynomials for exp(r), |r| <= ln 2 / 2, in float64:
    the minimax one, and Taylor's of the same degree."""
    r = np.linspace(-log(2) / 2, log(2) / 2, points)
    fit = exp_tail().coefficients
    kinds = {"minimax": fit, "Taylor": [1 / factorial(k + 2) for k in range(len(fit))]}
    unit, errors = np.spacing(np.exp(r).astype(np.float32)), {}
    for name, coefficients in kinds.items():
        value = 1 + r + r * r * np.polynomial.polynomial.polyval(r, coefficients)
        errors[name] = [*zip(r.tolist(), ((value - np.exp(r)) / unit).tolist())]
    return errors


@njit
def block_of_product(k: int, a: np.ndarray, b: np.ndarray, c: np.ndarray) -> None:
    add_block(a, b, c)


def memory_wall(
    numbers: int = 1 << 23, piece: int = 4096, depth: int = 256, seconds: float = 1.5
) -> Picture:
    """A copy and a product, in one thread and in two: their rates, where both were at work, and how
    many multiply-adds fit into the time of a number's copy.

    Each thread copies arrays of its own of so many numbers, a piece at a time; the product is one
    block of registers, from panels in the first-level cache. `seconds` are of CPU time, each.
    """
    arrays = [(*np.ones((2, numbers), np.float32), piece) for _ in range(2)]
    block = ((depth, ROWS), (depth, COLUMNS), (ROWS, COLUMNS))
    blocks = [tuple(np.ones(shape, np.float32) for shape in block) for _ in range(2)]
    copy = pairs.measure(pairs.copy_piece, arrays, seconds=seconds)
    product = pairs.measure(block_of_product, blocks, seconds=seconds)
    flops = 2 * depth * ROWS * COLUMNS
    rows = [rates("copy", copy, 8 * piece, "GB/s"), rates("product", product, flops, "GFLOP/s")]
    for_each = [
        f"{flops / 2 / there * here / piece:.0f}" if here and there else "?"
        for here, there in ((copy.alone, product.alone), (copy.together, product.together))
    ]
    rows.append(["multiply-adds in the time of one copied number", *for_each, ""])
    return table(["", "one thread", "two threads", "gain"], rows)


def rates(name: str, pair: pairs.Pair, amount: int, unit: str) -> list[str]:
    """A row: what one thread does, what two do together, and the gain. "?" is what wasn't seen."""
    one = amount / pair.alone if pair.alone else None
    two = 2 * amount / pair.together if pair.together else None
    shown = [f"{each:.0f} {unit}" if each else "?" for each in (one, two)]
    return [name, *shown, f"{two / one:.2f}×" if one and two else "?"]


def sharing_curves(bytes_apart: list[int]) -> dict[str, list[tuple[int, float]]]:
    """ns of an increment against the distance of two threads' counters, for `draw.line`.

    A distance at which the two were never seen side by side (or alone) is left out, and so is a
    curve of which nothing was seen.
    """
    curves = {}
    for kind in ("atomic", "plain"):
        found = pairs.false_sharing(bytes_apart, atomic=kind == "atomic")
        for how in ("together", "alone"):
            points = [(apart, getattr(pair, how)) for apart, pair in found]
            curves[f"{kind}, {how}"] = [(apart, ns) for apart, ns in points if ns is not None]
    return {name: points for name, points in curves.items() if points}

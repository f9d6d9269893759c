"""Where the parts of each matrix of a long product are, on many devices, and what they send.

Devices form a mesh of p, or of p by q. Along each axis of the mesh an array is split by its rows
("r"), or by its columns ("c"), or each device has it whole ("w"). So "rc" is an array split by rows
along the first axis of the mesh, and by columns along the second.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Sequence

from tern.parts import part

ELEMENT = 4  # bytes of a float32
Mesh = tuple[int, ...]
Step = tuple[str, str]
"""One product: the sharding that its left operand is brought to, and that its result gets."""
# Along one axis of the mesh, by how the left operand X [m, k] is split: how the result may be.
RESULTS = {
    "r": "r",  # each device has rows of X, and gathers the weights W [k, n]: rows of the result
    "w": "c",  # each device has columns of W: columns of the result
    "c": "wrc",  # each device has columns of X and rows of W: a sum over devices is missing
}


def shardings(mesh: Mesh) -> list[str]:
    """All shardings over a mesh: "r", "c", and "w" along each of its axes."""
    return ["".join(each) for each in itertools.product("rcw", repeat=len(mesh))]


def local_bytes(size: int, sharding: str, mesh: Mesh) -> int:
    """What each device has of an array of `size` bytes."""
    return size // math.prod(p for p, how in zip(mesh, sharding) if how != "w")


def reshard_bytes(size: int, before: str, after: str, mesh: Mesh) -> int:
    """Bytes that each device sends to bring an array of `size` bytes from one sharding to another.

    Axis after axis of the mesh, where the two differ. With B, the bytes a device has just before,
    and p, the devices along that axis, on a ring:

    - first, whole to split: nothing, each device drops what it doesn't need;
    - then rows to columns, or columns to rows: an all-to-all, (p - 1) / p * B;
    - last, split to whole: an all-gather, (p - 1) * B.
    """
    now, total = list(before), 0
    for kind in (_drops, _turns, _gathers):
        for axis, p in enumerate(mesh):
            if kind(now[axis], after[axis]):
                here = local_bytes(size, "".join(now), mesh)
                if kind is _turns:
                    total += here * (p - 1) // p
                if kind is _gathers:
                    total += here * (p - 1)
                now[axis] = after[axis]
    return total


def _drops(before: str, after: str) -> bool:
    return before == "w" != after


def _turns(before: str, after: str) -> bool:
    return "w" not in (before, after) and before != after


def _gathers(before: str, after: str) -> bool:
    return before != "w" == after


def matmul_bytes(m: int, k: int, n: int, step: Step, mesh: Mesh) -> int:
    """Bytes that each device sends for X [m, k] @ W [k, n], X sharded as the step says.

    Every weight is stored once: along each axis of the mesh it's split, by rows or by columns as
    the step wants it. Where X is split by rows, W is gathered, (p - 1) * B with B of what a device
    has. Where X is split by columns, the devices' results are added: to one that's split by a
    reduce-scatter, (p - 1) / p * B, with B of a device's result before; to one that's whole by an
    all-reduce, twice that. ValueError: a step that RESULTS doesn't have.
    """
    before, after = step
    if any(each not in RESULTS[how] for how, each in zip(before, after, strict=True)):
        raise ValueError(f"a product of X in {before} does not give a result in {after}")
    total = 0
    weights = ELEMENT * k * n // math.prod(mesh)
    for how, p in zip(before, mesh):
        if how == "r":
            total += weights * (p - 1)
            weights *= p
    # Of the result: what is not added up is split already.
    now = ["w" if how == "c" else each for how, each in zip(before, after)]
    for scatters in (True, False):
        for axis, p in enumerate(mesh):
            if before[axis] == "c" and (after[axis] != "w") == scatters:
                here = local_bytes(ELEMENT * m * n, "".join(now), mesh)
                total += (1 if scatters else 2) * (p - 1) * here // p
                now[axis] = after[axis]
    return total


def plan_bytes(
    mesh: Mesh, rows: int, widths: Sequence[int], ends: tuple[str, str], plan: Sequence[Step]
) -> int:
    """Bytes that each device sends in all. ValueError: not a plan of this chain.

    The chain is X [rows, widths[0]] @ W1 [widths[0], widths[1]] @ W2 [widths[1], widths[2]] …, and
    `ends` are the shardings in which X comes and the last result is wanted.
    """
    if len(plan) != len(widths) - 1:
        raise ValueError(f"{len(plan)} steps for {len(widths) - 1} products")
    now, total = ends[0], 0
    for (k, n), step in zip(itertools.pairwise(widths), plan):
        if step[0] not in shardings(mesh):
            raise ValueError(f"{step[0]!r} is not a sharding over {len(mesh)} axes")
        total += reshard_bytes(ELEMENT * rows * k, now, step[0], mesh)
        total += matmul_bytes(rows, k, n, step, mesh)
        now = step[1]
    return total + reshard_bytes(ELEMENT * rows * widths[-1], now, ends[1], mesh)


@functools.cache
def _steps(mesh: Mesh) -> list[Step]:
    """Every step that a product can be."""
    return [
        (before, "".join(after))
        for before in shardings(mesh)
        for after in itertools.product(*[RESULTS[how] for how in before])
    ]


@part("workshop.xla.shard", helpers=(_steps,))
def shard(mesh: Mesh, rows: int, widths: Sequence[int], ends: tuple[str, str]) -> list[Step]:
    """How to shard a chain of products so that each device sends the fewest bytes.

    The chain, `ends`, and what a plan costs are those of `plan_bytes`: X [rows, widths[0]] times
    weights [widths[0], widths[1]], [widths[1], widths[2]] …, each result the next one's left
    operand. `mesh` has one or two axes, each of 2 devices or more, and every size is a multiple of
    the square of the number of devices.

    Returns a step for each product: the sharding that its left operand is brought to, and that its
    result gets. No other plan sends fewer bytes. Time is linear in the number of products.

    Sources: Xu et al., "GSPMD: General and Scalable Parallelization for ML Computation Graphs",
    2021; Zheng et al., "Alpa", OSDI 2022, section 4; the ring's costs: Thakur, Rabenseifner, and
    Gropp, "Optimization of Collective Communication Operations in MPICH", 2005.

        >>> shard((8,), 64, [1024, 4096, 1024], ("w", "r"))  # few rows: nobody moves a weight
        [('w', 'c'), ('c', 'r')]
        >>> shard((8,), 65536, [1024, 4096, 1024], ("r", "r"))  # many: the weights move
        [('r', 'r'), ('r', 'r')]
    """
    # The least bytes for each sharding of the current left operand, and the steps that led there.
    best: dict[str, tuple[int, list[Step] | tuple]] = {ends[0]: (0, ())}

    def resharded(size: int, after: str) -> tuple[int, list[Step] | tuple]:
        return min(
            (
                (total + reshard_bytes(size, before, after, mesh), path)
                for before, (total, path) in best.items()
            ),
            key=lambda each: each[0],
        )

    for k, n in itertools.pairwise(widths):
        size = ELEMENT * rows * k
        at = {before: resharded(size, before) for before in shardings(mesh)}
        found: dict[str, tuple[int, list[Step] | tuple]] = {}
        for step in _steps(mesh):
            total, path = at[step[0]]
            total += matmul_bytes(rows, k, n, step, mesh)
            if step[1] not in found or total < found[step[1]][0]:
                found[step[1]] = total, (path, step)  # a linked list: appending copies nothing
        best = found
    _, path = resharded(ELEMENT * rows * widths[-1], ends[1])
    plan = []
    while path:
        path, step = path
        plan.append(step)
    return plan[::-1]

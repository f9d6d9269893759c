"""What a loop nest costs before it runs: floating-point operations and bytes, read off the IR."""

from __future__ import annotations

from typing import NamedTuple

from tern.analysis.nests import NestError, induction_variable
from tern.cost.roofline import Roofline
from tern.ir import Block, Operation, Value
from tern.ir.arrays import dtype_of
from tern.ir.dialects.affine import lower_bound, upper_bound
from tern.parts import part
from tern.types import MemRefType

# What counts as one floating-point operation: not moving, comparing, or converting numbers. A
# multiply-add is one here, though two elsewhere: loops are counted before any is made.
FLOPS = frozenset(
    "arith.addf arith.subf arith.mulf arith.divf arith.remf arith.negf arith.maximumf "
    "arith.minimumf math.absf math.ceil math.cos math.erf math.exp math.floor math.fma math.log "
    "math.powf math.roundeven math.rsqrt math.sin math.sqrt math.tanh".split()
)


def bytes_of(type: MemRefType) -> int:
    """The size of a buffer. NestError where one of its sizes is not known."""
    total = dtype_of(type.element).itemsize
    for size in type.shape:
        if not isinstance(size, int):
            raise NestError(f"the size of {type} is not known")
        total *= size
    return total


def trip_range(loop: Operation, known: dict[Value, int]) -> range:
    """The values of a loop's induction variable, those of the loops around it being `known`.

    NestError where a bound depends on something else.
    """
    ends = []
    for choose, (operands, rows) in ((max, lower_bound(loop)), (min, upper_bound(loop))):
        if any(value not in known for value in operands):
            raise NestError("a bound of a loop is not known before the program runs")
        values = [known[value] for value in operands]
        ends.append(choose(sum(c * v for c, v in zip(row, values)) + row[-1] for row in rows))
    return range(ends[0], ends[1], loop.attributes["step"])


def count_flops(block: Block, known: dict[Value, int], in_bounds: set[Value]) -> int:
    """The floating-point operations of a block whose surrounding loops have these values."""
    total = 0
    for op in block.operations:
        total += op.name in FLOPS
        if op.name == "affine.for":
            body, variable = op.body.only_block, induction_variable(op)
            trips = trip_range(op, known)
            if variable in in_bounds:  # a loop inside runs a different number of times in each
                total += sum(count_flops(body, {**known, variable: i}, in_bounds) for i in trips)
            elif trips:
                total += len(trips) * count_flops(body, {**known, variable: trips[0]}, in_bounds)
    return total


def count_bytes(func: Operation) -> int:
    """The bytes that must move if each buffer is brought in once and written back once."""
    loaded = {op.operands[0] for op in func.walk() if op.name == "affine.load"}
    stored = {op.operands[1] for op in func.walk() if op.name == "affine.store"}
    return sum(bytes_of(buffer.type) for side in (loaded, stored) for buffer in side)


@part("cost.estimate", helpers=(count_flops, count_bytes))
def estimate(func: Operation, peak_flops: float, bandwidth: float) -> tuple[int, int, str, float]:
    """Where a function of affine loops stands under a roofline: (flops, bytes, bound, rate).

    - flops: the operations named in FLOPS that run, counted without running them. The time must
      not grow with the trip count of a loop that no other loop's bounds depend on.
    - bytes: the least that has to move. Each buffer that a load names is read once, and each that
      a store names is written once, whole, even if that loop has no iteration.
    - bound: "memory" if flops / bytes < peak_flops / bandwidth, else "compute"; "compute" too if
      no byte moves.
    - rate: the FLOP/s that are attainable, float.

    `peak_flops` is in FLOP/s and `bandwidth` in bytes/s. Bounds may depend on the loops around.
    NestError where a bound, or the size of a buffer, is not known before the program runs.
    """
    loops = [op for op in func.walk() if op.name == "affine.for"]
    in_bounds = {value for loop in loops for value in loop.operands}
    flops, moved = count_flops(func.body.only_block, {}, in_bounds), count_bytes(func)
    if moved == 0 or flops / moved >= peak_flops / bandwidth:
        return flops, moved, "compute", float(peak_flops)
    return flops, moved, "memory", bandwidth * flops / moved


class Estimate(NamedTuple):
    """A function of loops under a roofline. FLOP, bytes, FLOP/s, and seconds."""

    flops: int
    bytes: int
    bound: str
    rate: float

    @property
    def intensity(self) -> float:
        """FLOP per byte; infinite if no byte moves."""
        return self.flops / self.bytes if self.bytes else float("inf")

    @property
    def seconds(self) -> float:
        """The least time that the function can take."""
        return self.flops / self.rate if self.rate else 0.0


def place(func: Operation, machine: Roofline) -> Estimate:
    """Where a function of affine loops stands under a machine's roofline. NestError."""
    return Estimate(*estimate(func, machine.peak_flops, machine.bandwidth))

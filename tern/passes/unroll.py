"""Unroll-and-jam: iterations of outer loops side by side; registers hold what they share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product

from tern.analysis.dependence import Vector, dependence_vectors, is_permutable, vector_text
from tern.analysis.nests import NestError, band, induction_variable, residue, whole_part
from tern.ir import Block, Builder, Operation, Value, replace_uses
from tern.ir.dialects.affine import lower_bound, new_for, upper_bound
from tern.passes.tile import check_tiles
from tern.types import index


def peel(nest: Operation, factors: Sequence[int]) -> Operation:
    """Split the iterations that blocks of `factors` leave over from `nest`, in place.

    Of each loop p of the band with `factors[p]` > 1, as many iterations stay in `nest` as make
    whole blocks; the others move to nests of their own, right after it ("index-set splitting").
    Such a loop must go from 0 to a constant or a size, and the nest must be outermost. Legal when
    no dependence goes backward in a loop that is split. Gives the nest of whole blocks, which is
    `nest`.

    Raises:
        NestError: a dependence, which the line names, forbids it, or a bound does. Nothing is
            changed then.
    """
    loops = band(nest)
    chosen = _chosen(loops, factors)
    check_tiles(loops, chosen, "peeling")
    for axis in chosen:
        _check_peeled(nest, loops[axis], axis)
    # From the outside in: what is left over of loop p has all iterations of the loops inside it.
    # It runs after what is left over of these, since each dependence goes forward in p.
    for axis in chosen:
        end, limit = _whole_blocks(nest, loops[axis], factors[axis]), upper_bound(loops[axis])
        rest = nest.clone()
        _set_bounds(band(rest)[axis], end, limit)
        _set_bounds(loops[axis], ([], [(0,)]), end)
        nest.parent.insert(nest.parent.operations.index(nest) + 1, rest)
    return nest


def _chosen(loops: list[Operation], factors: Sequence[int]) -> list[int]:
    if len(factors) > len(loops) or any(factor < 1 for factor in factors):
        raise NestError(f"{tuple(factors)} are no factors for {len(loops)} loops")
    return [axis for axis, factor in enumerate(factors) if factor > 1]


def _check_peeled(nest: Operation, loop: Operation, axis: int) -> None:
    operands, rows = upper_bound(loop)
    is_end = len(rows) == 1 and (not operands or rows[0] == (1, 0))
    if lower_bound(loop) != ([], ((0,),)) or not is_end:
        raise NestError(f"loop {axis} does not go from 0 to a constant or a size")
    outside = nest.parent_op
    if outside is not None and outside.name == "affine.for":
        raise NestError(
            "only an outermost nest can be peeled: what is left needs a size of its own"
        )


Bound = tuple[Sequence[Value], Sequence[tuple[int, ...]]]


def _whole_blocks(nest: Operation, loop: Operation, factor: int) -> Bound:
    """Where the last whole block of a loop from 0 ends, computed before the nest."""
    step = loop.attributes["step"]
    length = factor * step
    operands, (row,) = upper_bound(loop)
    if not operands:
        end = max(0, row[-1] + -row[-1] % step)  # where the last step ends
        return [], [(end - end % length,)]
    before = Block()
    builder = Builder(before, nest.location)
    left = builder.binary("arith.remsi", operands[0], builder.constant(length, index))
    end = builder.binary("arith.subi", operands[0], left)
    at = nest.parent.operations.index(nest)
    for number, op in enumerate(before.operations):
        nest.parent.insert(at + number, op)
    return [end], [(1, 0)]


def _set_bounds(loop: Operation, lower: Bound, upper: Bound) -> None:
    header = new_for(lower, upper, loop.attributes["step"])
    loop.operands, loop.attributes = header.operands, header.attributes


def unroll_and_jam(nest: Operation, factors: Sequence[int]) -> Operation:
    """Run `factors[p]` iterations of loop p of the band of `nest` together, in place; gives `nest`.

    The copies of the body stand side by side in the innermost loop, in the order of their
    iterations. The trip count must be known to be a multiple of the factor: `peel` sees to
    that, and tiles of a multiple keep it. Legal when, from the first loop that is unrolled on,
    no dependence goes backward that a loop outside of these does not carry (D. Callahan,
    J. Cocke, and K. Kennedy, "Estimating Interlock and Improving Balance for Pipelined
    Architectures", JPDC 5(4), 1988).

    Raises:
        NestError: a dependence, which the line names, forbids it, or a trip count does.
    """
    loops = band(nest)
    chosen = _chosen(loops, factors)
    if not chosen:
        return nest
    _check_jam(loops, chosen)
    for axis in chosen:
        _check_trip_count(loops[axis], axis, factors[axis])
    body = loops[-1].body.only_block
    original, end = body.operations[:-1], body.operations[-1]
    steps = {induction_variable(loops[axis]): loops[axis].attributes["step"] for axis in chosen}
    body.operations = []
    for offsets in product(*[range(factors[axis]) for axis in chosen]):
        shifts = {v: step * n for (v, step), n in zip(steps.items(), offsets)}
        for op in _copies(original) if any(offsets) else original:
            body.append(op)
            for inner in op.walk():
                if any(offsets):
                    _shift(inner, shifts)
    body.append(end)
    for axis in chosen:
        loop = loops[axis]
        loop.attributes = {**loop.attributes, "step": loop.attributes["step"] * factors[axis]}
    return nest


def _check_jam(loops: list[Operation], chosen: list[int]) -> None:
    outside, within = range(chosen[0]), range(chosen[0], len(loops))
    for vector in dependence_vectors(loops[0]):
        if not (_is_carried(vector, outside) or is_permutable([vector], within)):
            raise NestError(f"unroll-and-jam breaks the dependence {vector_text(vector)}")
    body = loops[-1].body.only_block
    jammed = {induction_variable(loops[axis]) for axis in chosen}
    for op in (inner for outer in body.operations for inner in outer.walk()):
        if jammed & set(op.operands) and not op.name.startswith("affine."):
            raise NestError(
                f"{op.name} uses an induction variable as a number, and cannot be unrolled"
            )
    for axis, loop in enumerate(loops):
        if jammed & set(loop.operands):
            raise NestError(f"the bounds of loop {axis} depend on a loop that is unrolled")


def _is_carried(vector: Vector, axes: Iterable[int]) -> bool:
    """Whether one of the first loops puts the two ends of a dependence in order."""
    entries = (vector[axis] for axis in axes)
    first = next((entry for entry in entries if entry != 0), 0)
    return first == "<" or (isinstance(first, int) and first > 0)


def _check_trip_count(loop: Operation, axis: int, factor: int) -> None:
    length = factor * loop.attributes["step"]
    below, (start, *more) = lower_bound(loop)
    operands, ends = upper_bound(loop)
    first = None if more else residue(start, below, length, whole_part)
    if first is None or any(residue(end, operands, length, whole_part) != first for end in ends):
        raise NestError(
            f"loop {axis} has a trip count that is not known to be a multiple of {factor}"
        )


def _copies(operations: list[Operation]) -> list[Operation]:
    """Clones, that use each other's results."""
    made = [op.clone() for op in operations]
    renamed = {
        old: new for op, copy in zip(operations, made) for old, new in zip(op.results, copy.results)
    }
    for copy in made:
        replace_uses(copy, renamed)
    return made


def _shift(op: Operation, shifts: dict[Value, int]) -> None:
    """Make an affine operation say `i + shift` where it says `i`."""
    if op.name == "affine.for":
        lower, upper = lower_bound(op), upper_bound(op)
        op.attributes = {
            **op.attributes,
            "lower": _shifted(*lower, shifts),
            "upper": _shifted(*upper, shifts),
        }
    elif "map" in op.attributes:
        rows = op.attributes["map"]
        operands = op.operands[op.name == "affine.store" :][1:]
        op.attributes = {**op.attributes, "map": _shifted(operands, rows, shifts)}


def _shifted(
    operands: Sequence[Value], rows: Sequence[tuple[int, ...]], shifts: dict[Value, int]
) -> tuple[tuple[int, ...], ...]:
    return tuple(
        (*row[:-1], row[-1] + sum(c * shifts.get(v, 0) for v, c in zip(operands, row)))
        for row in rows
    )

"""What linalg.generic computes, by NumPy: one iteration's operations on many iterations at once.

Each value of the body is an array over a grid of iterations: all of them where the results do
not depend on each other, or only through a sum, a maximum, …; else all parallel loops at one
index of the reductions, one index after another, which is what the loops would do.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from tern.ir.core import Operation, Value, captured_values
from tern.ir.dialects.affine_maps import Map, Row
from tern.ir.dialects.evaluate import Compute, dtype_of
from tern.ir.dialects.forms import element_of
from tern.ir.dialects.shapes import UFUNCS, array_form, reduction
from tern.ir.dialects.structures import (
    REDUCTION,
    loop_of,
    misfit,
    sizes_by_loop,
    structure_of,
)
from tern.ir.errors import EvaluationError
from tern.lazily import Lazily
from tern.types import TensorType

if TYPE_CHECKING:
    import numpy as np
else:
    np = Lazily("numpy")

# The largest space of loops that is held in an array as a whole.
_WHOLE = 1 << 24


class _Grid:
    """Some iterations: all of the loops of some sizes, but those in `fixed` at one index each.

    For each loop there is an array of indices; together these have the shape of the grid.
    """

    def __init__(self, sizes: Sequence[int], fixed: dict[int, int]) -> None:
        self.fixed = fixed
        self.shape = tuple(1 if loop in fixed else size for loop, size in enumerate(sizes))
        self.indices = []
        for loop, size in enumerate(self.shape):
            along = [1] * len(self.shape)
            along[loop] = size
            self.indices.append((np.arange(size) + fixed.get(loop, 0)).reshape(along))

    def elements(self, array: Any, rows: Map) -> Any:
        """The element of an operand that each iteration is about."""
        if 0 in self.shape:
            return np.empty(self.shape, array.dtype)
        loops = [loop_of(row) for row in rows]
        if None not in loops and len(set(loops)) == len(loops):
            return self.spread(self._along(array, loops))
        return self.spread(array[tuple(map(self._row, rows))])

    def _along(self, array: Any, loops: Sequence[Any]) -> Any:
        """An array whose dimensions are these loops, in the order of the grid: a view."""
        part = array[tuple(self.fixed.get(loop, slice(None)) for loop in loops)]
        left = [loop for loop in loops if loop not in self.fixed]
        shape = [self.shape[loop] if loop in left else 1 for loop in range(len(self.shape))]
        return np.transpose(part, np.argsort(left)).reshape(shape)

    def _row(self, row: Row) -> Any:
        """The value of an affine expression at each iteration."""
        terms = [c * i for c, i in zip(row, self.indices) if c]
        return sum(terms[1:], terms[0]) + row[-1] if terms else np.int64(row[-1])

    def spread(self, array: Any) -> Any:
        return np.broadcast_to(array, self.shape)


# the body -----------------------------------------------------------------------------------------

_Values = dict[Value, Any]
_Step = Callable[[_Values, _Grid], None]


def _step(op: Operation) -> _Step:
    """One operation of the body, on the values of a whole grid."""
    result, operands = op.results[0], op.operands
    if op.name == "arith.constant":
        number = np.array(op.attributes["value"], dtype_of(result.type))

        def step(values: _Values, grid: _Grid) -> None:
            values[result] = grid.spread(number)

    elif op.name == "linalg.index":
        loop = op.attributes["dim"]

        def step(values: _Values, grid: _Grid) -> None:
            values[result] = grid.spread(grid.indices[loop])

    elif op.name == "tensor.extract":
        table, *subscripts = operands

        def step(values: _Values, grid: _Grid) -> None:
            values[result] = grid.spread(_extracted(values[table], [values[s] for s in subscripts]))

    else:
        compute = array_form(op.name)(op)

        def step(values: _Values, grid: _Grid) -> None:
            values[result] = compute(*[values[operand] for operand in operands])

    return step


def _extracted(array: Any, subscripts: list[Any]) -> Any:
    for axis, (subscript, size) in enumerate(zip(subscripts, array.shape)):
        if not np.all((subscript >= 0) & (subscript < size)):
            raise EvaluationError(
                f"a tensor of shape {array.shape} has no element at every index along {axis}"
            )
    return array[tuple(subscripts)]


# what is combined ---------------------------------------------------------------------------------


def _contribution(op: Operation, number: int) -> tuple[Operation, Value] | None:
    """The combiner of an output and the value that it adds, if that is all the output does.

    That is, the body yields `combiner(out, value)` of a value that depends on no output.
    """
    block = op.body.blocks[0]
    args = block.args[-len(op.results) :]
    by_result = {r: inner for inner in block.operations for r in inner.results}
    last = by_result.get(block.terminator.operands[number])
    if last is None or last.name not in UFUNCS or args[number] not in last.operands:
        return None
    values = [value for value in last.operands if value is not args[number]]
    if len(values) != 1 or _depends(values[0], set(args), by_result):
        return None
    return last, values[0]


def _depends(value: Value, on: set[Value], by_result: dict[Value, Operation]) -> bool:
    work, seen = [value], set()
    while work:
        value = work.pop()
        if value in on:
            return True
        if value in by_result and value not in seen:
            seen.add(value)
            work += by_result[value].operands
    return False


# the whole ----------------------------------------------------------------------------------------


def generic(op: Operation) -> Compute:
    """linalg.generic on the arrays of its operands and then of what its region captures."""
    return _Generic(op)


class _Generic:
    """A linalg.generic, decoded."""

    def __init__(self, op: Operation) -> None:
        self.structure = structure_of(op)
        count, block = len(op.results), op.body.blocks[0]
        self.inputs = op.operands[:-count]
        self.args = block.args[: len(self.inputs)]
        self.out_args = block.args[len(self.inputs) :]
        self.captured = captured_values(op)
        self.yielded = block.terminator.operands
        iterators = self.structure.iterators
        self.reductions = [loop for loop, word in enumerate(iterators) if word == REDUCTION]
        parallel = [loop for loop, word in enumerate(iterators) if word != REDUCTION]
        # For each output, which of the parallel loops each of its dimensions is.
        self.axes = [
            [parallel.index(loop_of(row)) for row in rows]  # type: ignore[arg-type]
            for rows in self.structure.maps[len(self.inputs) :]
        ]
        self.steps = [_step(inner) for inner in block.operations[:-1]]
        added = [_contribution(op, number) for number in range(count)]
        self.added = [found for found in added if found is not None]
        self.at_once = bool(self.reductions) and len(self.added) == count

    def __call__(self, *given: Any) -> Any:
        arrays = [
            np.asarray(array, dtype_of(element_of(value.type)))
            if not isinstance(value.type, TensorType)
            else array
            for value, array in zip([*self.inputs, *self.captured], self.inputs_of(given))
        ]
        inputs, captured = arrays[: len(self.inputs)], arrays[len(self.inputs) :]
        outs = given[len(self.inputs) : len(self.inputs) + len(self.axes)]
        sizes = self.sizes([*inputs, *outs])
        # All in the order of the loops, whatever the outputs' own is.
        ordered = [np.transpose(out, np.argsort(axes)) for out, axes in zip(outs, self.axes)]
        together = self.at_once and math.prod(sizes) <= _WHOLE
        run = self.all_at_once if together else self.one_after_another
        found = run(sizes, inputs, captured, ordered)
        results = [
            np.ascontiguousarray(np.transpose(array, axes)).reshape(out.shape)
            for array, axes, out in zip(found, self.axes, outs)
        ]
        return results[0] if len(results) == 1 else tuple(results)

    def inputs_of(self, given: Sequence[Any]) -> list[Any]:
        return [*given[: len(self.inputs)], *given[len(self.inputs) + len(self.axes) :]]

    def sizes(self, arrays: Sequence[Any]) -> list[int]:
        shapes = [array.shape for array in arrays]
        if problem := misfit(self.structure, shapes):
            raise EvaluationError(f"linalg.generic: {problem}")
        return [found[0] for found in sizes_by_loop(self.structure, shapes)]

    def body(
        self, grid: _Grid, inputs: Sequence[Any], captured: Sequence[Any], outs: Sequence[Any]
    ) -> _Values:
        """The values of the body on a grid, given its elements of the outputs."""
        values: _Values = dict(zip(self.out_args, outs))
        for value, array in zip(self.captured, captured):
            tensor = isinstance(value.type, TensorType)
            values[value] = array if tensor else grid.spread(array)
        for arg, array, rows in zip(self.args, inputs, self.structure.maps):
            values[arg] = grid.elements(array, rows)
        for step in self.steps:
            step(values, grid)
        return values

    def all_at_once(
        self, sizes: Sequence[int], inputs: list[Any], captured: list[Any], outs: list[Any]
    ) -> list[Any]:
        """Every iteration's contribution, and then these combined."""
        grid = _Grid(sizes, {})
        # The outputs only meet the contributions at the end; here any array of them will do.
        shapeless = [grid.spread(np.zeros((), out.dtype)) for out in outs]
        values = self.body(grid, inputs, captured, shapeless)
        axes = tuple(self.reductions)
        return [
            reduction(combiner, axes)(values[value], out)
            for (combiner, value), out in zip(self.added, outs)
        ]

    def one_after_another(
        self, sizes: Sequence[int], inputs: list[Any], captured: list[Any], outs: list[Any]
    ) -> list[Any]:
        """The reductions as loops, outermost first, over all parallel loops at once."""
        for index in np.ndindex(*[sizes[loop] for loop in self.reductions]):
            grid = _Grid(sizes, dict(zip(self.reductions, index)))
            now = [out.reshape(grid.shape) for out in outs]
            values = self.body(grid, inputs, captured, now)
            outs = [values[value].reshape(out.shape) for value, out in zip(self.yielded, outs)]
        return outs

"""Running loop nests over NumPy arrays: what the loop level means, one element at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tern.ir.arrays import array_evaluator, check_shape, dtype_of
from tern.ir.core import Block, Operation, Value, function
from tern.ir.dialects.affine import access, lower_bound, upper_bound
from tern.ir.dialects.forms import element_of
from tern.ir.errors import EvaluationError
from tern.ir.scalar import check_scalar, evaluator
from tern.types import FloatType, MemRefType, Type, VectorType

# What each value is now; a step reads and writes it.
_Values = dict[Value, Any]
_Step = Callable[[_Values], None]


def run_loops(func: Operation, buffers: Sequence[Any]) -> None:
    """Run a function of affine loops on its arguments, which it changes in place.

    A memref argument is a NumPy array of its element type and shape (index is int64), any
    other a Python number. A new buffer holds NaN, or the least integer, until it is stored to.
    A call is of a function of loops in the same module. O(1) for each operation that runs, and
    that slow: for small examples and tests.

    Raises:
        TypeError, ValueError, OverflowError: the arguments are not values of the inputs.
        EvaluationError: an access outside of its buffer, an operation that is not for loops,
            or one without a defined result.
    """
    name = func.attributes["sym_name"]
    if len(func.body.blocks) != 1:
        raise EvaluationError(f"@{name} is not a function of loops: it has branches")
    block = func.body.blocks[0]
    if len(buffers) != len(block.args):
        raise TypeError(f"@{name} takes {len(block.args)} arguments, not {len(buffers)}")
    values: _Values = {}
    for arg, given in zip(block.args, buffers):
        values[arg] = check_argument(given, arg.type)
    try:
        with np.errstate(all="ignore"):
            for step in _steps(block):
                step(values)
    except RecursionError:
        raise EvaluationError("calls are nested too deeply") from None


def check_argument(given: Any, type: Type) -> Any:
    """An argument of a function of loops: the very array that was given, or a number.

    Raises TypeError, ValueError or OverflowError if it is not of the type.
    """
    if not isinstance(type, MemRefType):
        return check_scalar(given, type)
    if not isinstance(given, np.ndarray) or given.dtype != dtype_of(type.element):
        what = f"an array of {given.dtype}" if isinstance(given, np.ndarray) else repr(given)
        raise TypeError(f"{what} is not of type {type}")
    check_shape(given, type)
    return given


def _steps(block: Block) -> list[_Step]:
    return [_step(op) for op in block.operations if op.name not in _ENDS]


_ENDS = frozenset({"affine.yield", "func.return"})


def step_of(op: Operation) -> Callable[[dict[Value, Any]], None]:
    """An operation of the loop level as a function, which reads and writes what values are now."""
    return _step(op)


def _step(op: Operation) -> _Step:
    """The operation as a function; all that does not depend on values is decided here."""
    if op.name in _STEPS:
        return _STEPS[op.name](op)
    if op.regions or len(op.results) != 1:
        raise EvaluationError(f"{op.name} is not an operation of the loop level")
    vectors = any(isinstance(v.type, VectorType) for v in (*op.operands, *op.results))
    compute, operands, result = (
        array_evaluator(op) if vectors else evaluator(op),
        op.operands,
        op.results[0],
    )

    def step(values: _Values) -> None:
        values[result] = compute(*[values[operand] for operand in operands])

    return step


def _row(row: tuple[int, ...], operands: list[Value]) -> Callable[[_Values], int]:
    terms = [(c, value) for c, value in zip(row, operands) if c]
    constant = row[-1]
    return lambda values: sum([c * values[value] for c, value in terms], constant)


def _for_step(op: Operation) -> _Step:
    lower, upper = (
        [_row(row, operands) for row in rows]
        for operands, rows in (lower_bound(op), upper_bound(op))
    )
    by, block = op.attributes["step"], op.body.blocks[0]
    variable, body = block.args[0], _steps(block)

    def step(values: _Values) -> None:
        start = max([row(values) for row in lower])
        end = min([row(values) for row in upper])
        for values[variable] in range(start, end, by):
            for inner in body:
                inner(values)

    return step


def _call_step(op: Operation) -> _Step:
    """A call, whose callee is looked up and decoded when it first runs: it may be recursive."""
    operands, results = op.operands, op.results
    decoded: list[tuple[Block, list[_Step]]] = []

    def step(values: _Values) -> None:
        if not decoded:
            block = _callee(op)
            decoded.append((block, _steps(block)))
        block, steps = decoded[0]
        inner: _Values = dict(zip(block.args, [values[operand] for operand in operands]))
        for each in steps:
            each(inner)
        values.update(zip(results, [inner[value] for value in block.terminator.operands]))

    return step


def _callee(op: Operation) -> Block:
    """The block of the function that is called."""
    name, module = op.attributes["callee"], op
    while module.parent_op is not None:
        module = module.parent_op
    try:
        func = function(module, name)
    except KeyError:
        raise EvaluationError(f"there is no function @{name}") from None
    if len(func.body.blocks) != 1:
        raise EvaluationError(f"@{name} is not a function of loops")
    return func.body.only_block


def _element(op: Operation) -> tuple[Value, Callable[[_Values], tuple[int, ...]]]:
    """The buffer that a load or store is about, and where in it, checked."""
    if op.name.startswith("affine"):
        buffer, operands, rows = access(op)
        subscripts = [_row(row, operands) for row in rows]
    else:
        buffer, *operands = op.operands[op.name == "memref.store" :]
        subscripts = [lambda values, operand=operand: values[operand] for operand in operands]

    def index_of(values: _Values) -> tuple[int, ...]:
        found = tuple([at(values) for at in subscripts])
        shape = values[buffer].shape
        if not all(0 <= at < size for at, size in zip(found, shape)):
            raise EvaluationError(f"{op.name} of {found} in a buffer of shape {shape}")
        return found

    return buffer, index_of


def _load_step(op: Operation) -> _Step:
    (buffer, index_of), result = _element(op), op.results[0]
    whole = isinstance(result.type, VectorType)

    def step(values: _Values) -> None:
        element = values[buffer][index_of(values)]
        values[result] = element.copy() if whole else element.item()

    return step


def _store_step(op: Operation) -> _Step:
    (buffer, index_of), stored = _element(op), op.operands[0]

    def step(values: _Values) -> None:
        values[buffer][index_of(values)] = values[stored]

    return step


def _several(op: Operation, lanes: int) -> tuple[Value, Callable[[_Values], tuple[Any, ...]]]:
    """The buffer that a load or store of a vector is about, and the elements side by side."""
    buffer, index_of = _element(op)

    def slices_of(values: _Values) -> tuple[Any, ...]:
        *outer, first = index_of(values)
        size = values[buffer].shape[-1]
        if first + lanes > size:
            where = f"{first} to {first + lanes - 1}"
            raise EvaluationError(f"{op.name} of {where} along an axis of size {size}")
        return (*outer, slice(first, first + lanes))

    return buffer, slices_of


def _vector_load_step(op: Operation) -> _Step:
    result = op.results[0]
    buffer, slices_of = _several(op, result.type.shape[0])

    def step(values: _Values) -> None:
        values[result] = values[buffer][slices_of(values)].copy()

    return step


def _vector_store_step(op: Operation) -> _Step:
    stored = op.operands[0]
    buffer, slices_of = _several(op, stored.type.shape[0])

    def step(values: _Values) -> None:
        values[buffer][slices_of(values)] = values[stored]

    return step


def _alloc_step(op: Operation) -> _Step:
    type, sizes, result = op.results[0].type, op.operands, op.results[0]
    element, lanes = element_of(type.element), getattr(type.element, "shape", ())
    dtype = dtype_of(element)
    unset = np.nan if isinstance(element, FloatType) else dtype.kind == "b" or np.iinfo(dtype).min

    def step(values: _Values) -> None:
        given = iter(sizes)
        shape = [n if isinstance(n, int) else values[next(given)] for n in type.shape]
        if any(size < 0 for size in shape):
            raise EvaluationError(f"a buffer cannot have the sizes {tuple(shape)}")
        values[result] = np.full((*shape, *lanes), unset, dtype)

    return step


def _dim_step(op: Operation) -> _Step:
    (buffer, axis), result = op.operands, op.results[0]

    def step(values: _Values) -> None:
        shape, at = values[buffer].shape, values[axis]
        if not 0 <= at < len(shape):
            raise EvaluationError(f"a buffer of shape {shape} has no dimension {at}")
        values[result] = shape[at]

    return step


_STEPS: dict[str, Callable[[Operation], _Step]] = {
    "affine.for": _for_step,
    "affine.parallel": _for_step,
    "func.call": _call_step,
    "affine.load": _load_step,
    "affine.store": _store_step,
    "affine.vector_load": _vector_load_step,
    "affine.vector_store": _vector_store_step,
    "affine.prefetch": lambda op: lambda values: None,  # which makes nothing but haste
    "memref.load": _load_step,
    "memref.store": _store_step,
    "memref.alloc": _alloc_step,
    "memref.alloca": _alloc_step,
    "memref.dim": _dim_step,
}

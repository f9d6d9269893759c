"""What tensor and linalg compute, by NumPy: where elements go, products, and reductions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tern.ir.core import Operation
from tern.ir.dialects.evaluate import Compute, dtype_of
from tern.ir.dialects.forms import element_of
from tern.ir.errors import EvaluationError
from tern.ir.registry import DEFINITIONS
from tern.lazily import Lazily
from tern.types import TensorType, i1

if TYPE_CHECKING:
    import numpy as np
else:
    np = Lazily("numpy")

# shapes ---------------------------------------------------------------------------------------


def full_shape(type: TensorType, sizes: tuple[int, ...]) -> tuple[int, ...]:
    """The sizes of a tensor type, the unknown ones from `sizes`."""
    given = iter(sizes)
    shape = tuple(size if isinstance(size, int) else next(given) for size in type.shape)
    if any(size < 0 for size in shape):
        raise EvaluationError(f"a tensor cannot have the sizes {shape}")
    return shape


def empty(op: Operation) -> Compute:
    type = op.results[0].type
    dtype = dtype_of(type.element)
    return lambda *sizes: np.zeros(full_shape(type, sizes), dtype)


def splat(op: Operation) -> Compute:
    type = op.results[0].type
    dtype = dtype_of(type.element)
    return lambda value, *sizes: np.full(full_shape(type, sizes), value, dtype)


def dim(op: Operation) -> Compute:
    def size(array: Any, axis: int) -> int:
        if not 0 <= axis < array.ndim:
            raise EvaluationError(f"a tensor of shape {array.shape} has no dimension {axis}")
        return array.shape[axis]

    return size


def extract(op: Operation) -> Compute:
    def element(array: Any, *indices: int) -> Any:
        if not all(0 <= index < size for index, size in zip(indices, array.shape)):
            raise EvaluationError(f"a tensor of shape {array.shape} has no element at {indices}")
        found = array[indices].item()
        return float(found) if array.dtype.kind == "V" else found  # ml_dtypes' own kind

    return element


def cast(op: Operation) -> Compute:
    type = op.results[0].type

    def checked(array: Any) -> Any:
        if not shape_fits(array.shape, type):
            raise EvaluationError(f"an array of shape {array.shape} is not of type {type}")
        return array

    return checked


def shape_fits(shape: tuple[int, ...], type: TensorType) -> bool:
    """Whether a shape has the rank, the known sizes, and for each name one size."""
    names: dict[str, int] = {}
    return len(shape) == len(type.shape) and all(
        size is None or (names.setdefault(size, have) if isinstance(size, str) else size) == have
        for size, have in zip(type.shape, shape)
    )


def _reshaped(array: Any, shape: tuple[int, ...]) -> Any:
    if math.prod(shape) != array.size:
        raise EvaluationError(f"a tensor of shape {array.shape} cannot become {shape}")
    return array.reshape(shape)


def expand(op: Operation) -> Compute:
    type = op.results[0].type
    return lambda array, *sizes: _reshaped(array, full_shape(type, sizes))


def collapse(op: Operation) -> Compute:
    groups = op.attributes["reassociation"]

    def collapsed(array: Any) -> Any:
        return _reshaped(array, tuple(math.prod(array.shape[a] for a in group) for group in groups))

    return collapsed


def array_form(name: str) -> Callable[[Operation], Compute]:
    """What the operation of a name computes on arrays."""
    evaluation = DEFINITIONS[name].evaluation
    assert evaluation is not None and evaluation.array is not None, name
    return evaluation.array


# linalg: each on its inputs and the array it is to fill, which it leaves as it is ---------------


def into(compute: Compute, op: Operation) -> Compute:
    """`compute`, whose result must have the shape of the last operand, and gets its dtype."""

    def computed(*operands: Any) -> Any:
        *_, out = operands
        try:
            result = compute(*operands)
        except ValueError as error:  # shapes that NumPy cannot put together
            raise EvaluationError(f"{op.name}: {error}") from None
        if result.shape != out.shape:
            raise EvaluationError(f"{op.name} makes {result.shape}, not {out.shape}")
        return result.astype(out.dtype, copy=False)

    return computed


def fill(op: Operation) -> Compute:
    return into(lambda value, out: np.full(out.shape, value, out.dtype), op)


def matmul(op: Operation) -> Compute:
    """A sum of products in the type of what it adds to, in an order that is not said."""

    def product(a: Any, b: Any, out: Any) -> Any:
        if a.ndim != b.ndim or a.shape[:-2] != b.shape[:-2]:  # which NumPy would broadcast
            raise EvaluationError(f"{op.name} of {a.shape} and {b.shape}")
        a, b = extended(a, out.dtype), extended(b, out.dtype)
        return multiply_add(out, a, b, np.matmul)

    return into(product, op)


def extended(array: Any, dtype: np.dtype) -> Any:
    """An array in a dtype of its kind that is as wide or wider; a single bit is 0 or -1."""
    if array.dtype.kind == "b" and dtype.kind != "b":
        return -array.astype(dtype)
    return array.astype(dtype, copy=False)


def multiply_add(out: Any, a: Any, b: Any, multiply: Any) -> Any:
    """out + a * b, by np.multiply or np.matmul; of single bits, out or (a and b)."""
    if out.dtype == bool:
        return out | (multiply(a, b) if multiply is np.multiply else multiply(a, b).astype(bool))
    return (out + multiply(a, b)).astype(out.dtype, copy=False)


def transpose(op: Operation) -> Compute:
    permutation = op.attributes["permutation"]
    return into(lambda a, out: np.transpose(a, permutation), op)


def broadcast(op: Operation) -> Compute:
    axes = op.attributes["dimensions"]
    return into(lambda a, out: np.broadcast_to(np.expand_dims(a, axes), out.shape), op)


# The ufunc that a combiner is, which has a `reduce` of its own, faster than one by one.
UFUNCS = {
    "arith.addi": "add", "arith.addf": "add", "arith.muli": "multiply", "arith.mulf": "multiply",
    "arith.maxsi": "maximum", "arith.maximumf": "maximum", "arith.minsi": "minimum",
    "arith.minimumf": "minimum", "arith.maxui": "maximum", "arith.minui": "minimum",
    "arith.andi": "bitwise_and", "arith.ori": "bitwise_or", "arith.xori": "bitwise_xor",
}  # fmt: skip


def reduction(op: Operation, axes: tuple[int, ...], name: str = "") -> Compute:
    """Of an array and what it starts from, the elements along the axes combined.

    The combiner is the operation itself, or the one of a name, on the type of its result. In
    what order it combines is not said.
    """
    combiner, element = name or op.name, element_of(op.results[0].type)
    if element == i1:
        combiner = DEFINITIONS[combiner].on_bits or combiner
    ufunc, pair = getattr(np, UFUNCS[combiner]), array_form(combiner)(op)
    unsigned = combiner in ("arith.maxui", "arith.minui")
    zero = {"arith.maximumf": 0.0, "arith.minimumf": -0.0}.get(combiner)

    def reduced(a: Any, out: Any) -> Any:
        if 0 in [a.shape[axis] for axis in axes]:
            return out  # NumPy has no maximum of nothing; here it is what `out` starts with
        numbers = a.view(f"u{a.dtype}") if unsigned and a.dtype.kind == "i" else a
        whole = np.asarray(
            ufunc.reduce(numbers, axis=axes, dtype=a.dtype if a is numbers else None)
        )
        if zero is not None:  # of two zeros NumPy takes any
            decides = (a == 0) & (np.signbit(a) == np.signbit(zero))
            whole = np.where((whole == 0) & decides.any(axis=axes), a.dtype.type(zero), whole)
        return pair(out, whole.view(a.dtype).reshape(out.shape))

    return reduced


def reduce(op: Operation) -> Compute:
    axes = op.attributes["dimensions"]
    return into(reduction(op, axes, op.attributes["combiner"]), op)

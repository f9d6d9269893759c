"""What the operations on tensors compute, by NumPy."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tern.ir.core import Operation
from tern.ir.errors import EvaluationError
from tern.types import FloatType, IndexType, TensorType, Type, i1

Array = np.ndarray


def dtype_of(element: Type) -> np.dtype:
    """The NumPy dtype of an element type; index is int64."""
    if isinstance(element, FloatType):
        return np.dtype(f"float{element.width}")
    if isinstance(element, IndexType):
        return np.dtype("int64")
    return np.dtype("bool" if element.width == 1 else f"int{element.width}")


def check_array(value: Any, type: TensorType) -> Array:
    """`value` as an array of the tensor type.

    Raises TypeError if the elements are of another type, ValueError if the shape does not fit.
    """
    array = np.asarray(value)
    dtype = dtype_of(type.element)
    if array.dtype != dtype:
        # Lists of numbers may stand for arrays; an array of the wrong dtype is a mistake.
        if isinstance(value, Array) or not np.can_cast(array.dtype, dtype, "same_kind"):
            raise TypeError(f"an array of {array.dtype} is not of type {type}")
        array = array.astype(dtype)
    check_shape(array, type)
    return array


def check_shape(array: Array, type: TensorType) -> None:
    fits = len(array.shape) == len(type.shape) and all(
        not isinstance(size, int) or size == have for size, have in zip(type.shape, array.shape)
    )
    if not fits:
        raise ValueError(f"an array of shape {array.shape} is not of type {type}")


def array_evaluator(op: Operation) -> Callable[..., Any]:
    """A function that computes the result of an operation on tensors from its operands.

    Raises EvaluationError if the operation is not one on tensors.
    """
    name, attributes = op.name, op.attributes
    type = op.results[0].type
    if name == "arith.constant":
        constant = _constant(attributes["value"], type)
        return lambda: constant
    if name in ("arith.cmpi", "arith.cmpf"):
        return _same_shape(_comparison(attributes["predicate"], name == "arith.cmpf"))
    if name == "arith.select":
        return np.where
    if name in _ELEMENTWISE:
        dtype = dtype_of(type.element)
        compute = _ELEMENTWISE[name]
        return _same_shape(lambda *operands: compute(*operands).astype(dtype, copy=False))
    if name in _CONVERSIONS:
        return _CONVERSIONS[name](dtype_of(type.element))
    if name == "tensor.empty":
        return lambda *sizes: np.zeros(_shape(type, sizes), dtype_of(type.element))
    if name == "tensor.dim":
        return _dim
    if name == "tensor.extract":
        return _extract
    if name == "tensor.splat":
        return lambda value, *sizes: np.full(_shape(type, sizes), value, dtype_of(type.element))
    if name == "tensor.cast":
        return lambda array: _checked(array, type)
    if name == "tensor.expand_shape":
        return lambda array, *sizes: _reshape(array, _shape(type, sizes))
    if name == "tensor.collapse_shape":
        return lambda array: _reshape(array, _collapsed(array, attributes["reassociation"]))
    if name.startswith("linalg."):
        return _linalg(op)
    raise EvaluationError(f"{name} is not an operation on tensors")


def _constant(value: Any, type: TensorType) -> Array:
    dtype, shape = dtype_of(type.element), _shape(type, ())
    if isinstance(value, tuple):
        return np.array(value, dtype).reshape(shape)
    return np.full(shape, value, dtype)


# elementwise ----------------------------------------------------------------------------------


def _same_shape(compute: Callable[..., Any]) -> Callable[..., Any]:
    """NumPy would broadcast; in MLIR the shapes of elementwise operands must be equal."""

    def computed(first: Array, *others: Array) -> Array:
        for other in others:
            if other.shape != first.shape:
                raise EvaluationError(f"shapes {first.shape} and {other.shape} are not equal")
        return compute(first, *others)

    return computed


def _check_fits(a: Array, b: Array) -> None:
    """The least number by -1 is beyond the greatest."""
    if np.any((b == -1) & (a == np.iinfo(a.dtype).min)):
        raise EvaluationError(f"the least {a.dtype} / -1 does not fit")


def _divide(a: Array, b: Array) -> Array:
    if not np.all(b):
        raise EvaluationError("integer division by zero")
    _check_fits(a, b)
    return (a - np.fmod(a, b)) // b


def _remainder(a: Array, b: Array) -> Array:
    if not np.all(b):
        raise EvaluationError("integer remainder by zero")
    _check_fits(a, b)
    return np.fmod(a, b)


def _shift(compute: Callable[..., Any]) -> Callable[..., Any]:
    def computed(a: Array, b: Array) -> Array:
        width = 8 * a.dtype.itemsize
        if np.any((b < 0) | (b >= width)):
            raise EvaluationError(f"shift of an i{width} by its width or more")
        return compute(a, b)

    return computed


_ELEMENTWISE: dict[str, Callable[..., Any]] = {
    # On one bit, adding and subtracting are both xor, where NumPy takes add for or.
    "arith.addi": lambda a, b: a ^ b if a.dtype == bool else a + b,
    "arith.subi": lambda a, b: a ^ b if a.dtype == bool else a - b,
    "arith.muli": np.multiply,
    "arith.divsi": _divide,
    "arith.remsi": _remainder,
    # As a signed number, true is -1.
    "arith.maxsi": lambda a, b: a & b if a.dtype == bool else np.maximum(a, b),
    "arith.minsi": lambda a, b: a | b if a.dtype == bool else np.minimum(a, b),
    "arith.andi": np.bitwise_and,
    "arith.ori": np.bitwise_or,
    "arith.xori": np.bitwise_xor,
    "arith.shli": _shift(np.left_shift),
    "arith.shrsi": _shift(np.right_shift),
    "math.absi": np.abs,
    "arith.addf": np.add,
    "arith.subf": np.subtract,
    "arith.mulf": np.multiply,
    "arith.divf": np.divide,
    "arith.remf": np.fmod,
    "arith.maximumf": np.maximum,
    "arith.minimumf": np.minimum,
    "arith.negf": np.negative,
    "math.exp": np.exp,
    "math.log": np.log,
    "math.sqrt": np.sqrt,
    "math.tanh": np.tanh,
    "math.absf": np.abs,
    "math.sin": np.sin,
    "math.cos": np.cos,
    "math.erf": np.vectorize(math.erf, otypes=[np.float64]),
    "math.powf": np.power,
}

_COMPARE = {
    "eq": np.equal,
    "ne": np.not_equal,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
}


def _comparison(predicate: str, floats: bool) -> Callable[[Array, Array], Array]:
    if predicate in ("eq", "ne"):
        return _COMPARE[predicate]
    if not floats:
        compare = _COMPARE[predicate[1:]]
        if predicate[0] == "s":
            return lambda a, b: compare(_signed(a), _signed(b))
        return lambda a, b: compare(_unsigned(a), _unsigned(b))
    if predicate in ("true", "false"):
        return lambda a, b: np.full(a.shape, predicate == "true")
    if predicate == "ord":
        return lambda a, b: ~(np.isnan(a) | np.isnan(b))
    if predicate == "uno":
        return lambda a, b: np.isnan(a) | np.isnan(b)
    compare = _COMPARE[predicate[1:]]
    if predicate[0] == "o":
        return lambda a, b: compare(a, b) & ~(np.isnan(a) | np.isnan(b))
    return lambda a, b: compare(a, b) | np.isnan(a) | np.isnan(b)


def _signed(a: Array) -> Array:
    return -a.astype(np.int8) if a.dtype == bool else a  # the one bit of true counts as -1


def _unsigned(a: Array) -> Array:
    return a if a.dtype == bool else a.view(f"u{a.dtype}")


def _to_integer(dtype: np.dtype) -> Callable[[Array], Array]:
    def converted(a: Array) -> Array:
        half = float(2 ** (8 * dtype.itemsize - 1))
        whole = np.trunc(a.astype(np.float64))
        if not np.all((whole >= -half) & (whole < half)):
            raise EvaluationError(f"a number does not fit in {dtype}")
        return whole.astype(dtype)

    return converted


_CONVERSIONS: dict[str, Callable[[np.dtype], Callable[[Array], Array]]] = {
    "arith.fptosi": _to_integer,
    **{
        f"arith.{name}": lambda dtype: lambda a: _signed(a).astype(dtype)
        for name in ("sitofp", "extsi", "index_cast")
    },
    **{
        f"arith.{name}": lambda dtype: lambda a: _unsigned(a).astype(dtype)
        for name in ("uitofp", "extui")
    },
    **{f"arith.{name}": lambda dtype: lambda a: a.astype(dtype) for name in ("extf", "truncf")},
    "arith.trunci": lambda dtype: (
        lambda a: (a & 1).astype(bool) if dtype == np.dtype(bool) else a.astype(dtype)
    ),
}


# shapes ---------------------------------------------------------------------------------------


def _shape(type: TensorType, sizes: tuple[int, ...]) -> tuple[int, ...]:
    """The sizes of a tensor type, the unknown ones from `sizes`."""
    given = iter(sizes)
    shape = tuple(size if isinstance(size, int) else next(given) for size in type.shape)
    if any(size < 0 for size in shape):
        raise EvaluationError(f"a tensor cannot have the sizes {shape}")
    return shape


def _dim(array: Array, axis: int) -> int:
    if not 0 <= axis < array.ndim:
        raise EvaluationError(f"a tensor of shape {array.shape} has no dimension {axis}")
    return array.shape[axis]


def _extract(array: Array, *indices: int) -> Any:
    if not all(0 <= index < size for index, size in zip(indices, array.shape)):
        raise EvaluationError(f"a tensor of shape {array.shape} has no element at {indices}")
    return array[indices].item()


def _reshape(array: Array, shape: tuple[int, ...]) -> Array:
    if math.prod(shape) != array.size:
        raise EvaluationError(f"a tensor of shape {array.shape} cannot become {shape}")
    return array.reshape(shape)


def _collapsed(array: Array, groups: tuple[tuple[int, ...], ...]) -> tuple[int, ...]:
    return tuple(math.prod(array.shape[axis] for axis in group) for group in groups)


def _checked(array: Array, type: TensorType) -> Array:
    try:
        check_shape(array, type)
    except ValueError as error:
        raise EvaluationError(str(error)) from None
    return array


# linalg ---------------------------------------------------------------------------------------

_REDUCE = {
    "arith.addi": np.add,
    "arith.addf": np.add,
    "arith.muli": np.multiply,
    "arith.mulf": np.multiply,
    "arith.maxsi": np.maximum,
    "arith.maximumf": np.maximum,
    "arith.minsi": np.minimum,
    "arith.minimumf": np.minimum,
    "arith.andi": np.bitwise_and,
    "arith.ori": np.bitwise_or,
    "arith.xori": np.bitwise_xor,
}

_REDUCE_BITS = {
    "arith.addi": np.bitwise_xor,
    "arith.maxsi": np.bitwise_and,
    "arith.minsi": np.bitwise_or,
}


def _linalg(op: Operation) -> Callable[..., Array]:
    """The operation on its inputs and the array it is to fill, which it leaves as it is."""
    compute = _linalg_result(op)

    def computed(*operands: Any) -> Array:
        *_, out = operands
        try:
            result = compute(*operands)
        except ValueError as error:  # shapes that NumPy cannot put together
            raise EvaluationError(f"{op.name}: {error}") from None
        if result.shape != out.shape:
            raise EvaluationError(f"{op.name} makes {result.shape}, not {out.shape}")
        return result.astype(out.dtype, copy=False)

    return computed


def _linalg_result(op: Operation) -> Callable[..., Array]:
    attributes = op.attributes
    if op.name == "linalg.fill":
        return lambda value, out: np.full(out.shape, value, out.dtype)
    if op.name == "linalg.matmul":
        return lambda a, b, out: out + a @ b
    if op.name == "linalg.transpose":
        return lambda a, out: np.transpose(a, attributes["permutation"])
    axes = attributes["dimensions"]
    if op.name == "linalg.broadcast":
        return lambda a, out: np.broadcast_to(np.expand_dims(a, axes), out.shape)
    combine = _REDUCE[attributes["combiner"]]
    if op.results[0].type.element == i1:
        combine = _REDUCE_BITS.get(attributes["combiner"], combine)

    def reduced(a: Array, out: Array) -> Array:
        if combine in (np.maximum, np.minimum) and 0 in a.shape:
            return out  # NumPy has no maximum of nothing; here it is what `out` starts with
        return combine(out, combine.reduce(a, axis=axes, dtype=a.dtype))

    return reduced

"""From what an operation computes on ideal numbers to what it computes on those of a type.

An integer is a Python int in the range of its type (i1 a bool), a float a Python float that its
type can represent; an array is NumPy's, of `dtype_of` the type. Integers wrap around. A float
result is computed in double precision and rounded to its type, which for + - * / and the square
root gives exactly what hardware gives.

Whatever an operation's attributes and types decide is decided when it is decoded, once.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tern.ir.core import Operation
from tern.ir.dialects.forms import element_of
from tern.ir.errors import EvaluationError
from tern.ir.registry import Evaluation
from tern.lazily import Lazily
from tern.numbers import is_unsigned, round_to, width_of
from tern.types import FloatType, IndexType, IntegerType, Type, bf16, f32, f64, i1

if TYPE_CHECKING:
    import numpy as np
else:
    np = Lazily("numpy")

Compute = Callable[..., Any]


def dtype_of(element: Type) -> np.dtype:
    """The NumPy dtype of an element type: index is int64, bf16 that of the package ml_dtypes."""
    if element == bf16:
        import ml_dtypes

        return np.dtype(ml_dtypes.bfloat16)
    if isinstance(element, FloatType):
        return np.dtype(f"float{element.width}")
    if isinstance(element, IndexType):
        return np.dtype("int64")
    if element == i1:
        return np.dtype("bool")
    return np.dtype(f"{'u' if is_unsigned(element) else ''}int{element.width}")


def result_element(op: Operation) -> Any:
    return element_of(op.results[0].type)


# single numbers -------------------------------------------------------------------------------


def rounded(compute: Compute, type: FloatType) -> Compute:
    """`compute`, with its result rounded to the format."""
    if type == f64:
        return lambda *operands: float(compute(*operands))
    if type == f32:
        cell = array("f", [0.0])  # storing into a C float rounds, faster than struct

        def stored(*operands: Any) -> float:
            cell[0] = compute(*operands)
            return cell[0]

        return stored
    return lambda *operands: round_to(compute(*operands), type)


def wrapped(compute: Compute, type: IntegerType | IndexType) -> Compute:
    """`compute`, with its result brought into the range of the type."""
    width = width_of(type)
    if width == 1:
        return lambda *operands: bool(compute(*operands) & 1)
    if is_unsigned(type):
        every_bit = (1 << width) - 1
        return lambda *operands: compute(*operands) & every_bit
    half = 1 << (width - 1)
    mask = 2 * half - 1
    return lambda *operands: ((compute(*operands) + half) & mask) - half


def signed(compute: Compute, type: IntegerType | IndexType) -> Compute:
    """`compute` of operands of the type, read as signed: the one bit of true counts as -1."""
    if width_of(type) > 1:
        return compute
    return lambda *operands: compute(*[-operand for operand in operands])


def unsigned(compute: Compute, type: IntegerType | IndexType) -> Compute:
    """`compute` of operands of the type, read as unsigned."""
    mask = (1 << width_of(type)) - 1
    return lambda *operands: compute(*[operand & mask for operand in operands])


# arrays ---------------------------------------------------------------------------------------


def same_shape(compute: Compute) -> Compute:
    """NumPy would broadcast; in MLIR the shapes of elementwise operands must be equal."""

    def computed(first: Any, *others: Any) -> Any:
        for other in others:
            if other.shape != first.shape:
                raise EvaluationError(f"shapes {first.shape} and {other.shape} are not equal")
        return compute(first, *others)

    return computed


def array_signed(a: Any) -> Any:
    """An array of integers, as NumPy computes with signed ones."""
    return -a.astype(np.int8) if a.dtype == bool else a


def array_unsigned(a: Any) -> Any:
    """An array of integers, as NumPy computes with unsigned ones."""
    if a.dtype == bool:
        return a.astype(np.uint8)
    return a.view(f"u{a.dtype}") if a.dtype.kind == "i" else a


def array_wrapped(result: Any, dtype: np.dtype) -> Any:
    """An array of integers, of a dtype as wide at least, brought into the range of another."""
    if dtype.kind == "b":
        return (result & 1).astype(bool)
    return result.astype(dtype, copy=False)


def narrowed(a: Any, dtype: np.dtype) -> Any:
    """An array of doubles as one of a narrower format, each number rounded once.

    To bfloat16 ml_dtypes goes by way of float32, and rounds twice: so that one is rounded to
    odd (Boldo and Melquiond, "Emulation of FMA and Correctly-Rounded Sums", 2008), which keeps
    in its last bit that something was cut off.
    """
    if dtype.name != "bfloat16":
        return a.astype(dtype, copy=False)
    near = a.astype(np.float32)
    exact = (near == a) | ~np.isfinite(a)
    bits = near.view(np.uint32)
    toward_zero = bits - (np.abs(near) > np.abs(a)) | 1
    return np.where(exact, bits, toward_zero.astype(np.uint32)).view(np.float32).astype(dtype)


# the evaluations of elementwise operations ------------------------------------------------------


def integers(
    compute: Compute, arrays: Compute | None = None, reads: str = "signed", exact: bool = False
) -> Evaluation:
    """Of integers, which `compute` takes as numbers without an end, `arrays` as NumPy has them.

    `reads` is "signed" or "unsigned". An `exact` result is in the range of the operands' type.
    """
    read, array_read = (signed, array_signed) if reads == "signed" else (unsigned, array_unsigned)
    on_arrays = arrays or compute

    def scalar(op: Operation) -> Compute:
        type = result_element(op)
        if exact and width_of(type) > 1 and reads == "signed":
            return compute
        return wrapped(read(compute, type), type)

    def array(op: Operation) -> Compute:
        dtype = dtype_of(result_element(op))

        def computed(*operands: Any) -> Any:
            return array_wrapped(on_arrays(*map(array_read, operands)), dtype)

        return same_shape(computed)

    return Evaluation(scalar, array)


def floats(compute: Compute, arrays: Compute, exact: bool = False) -> Evaluation:
    """Of floats, which `compute` takes as doubles, and `arrays` in the formats themselves.

    An `exact` result is one of the operands, or the other sign of one.
    """

    def scalar(op: Operation) -> Compute:
        return compute if exact else rounded(compute, result_element(op))

    def array(op: Operation) -> Compute:
        dtype = dtype_of(result_element(op))
        return same_shape(lambda *operands: arrays(*operands).astype(dtype, copy=False))

    return Evaluation(scalar, array)


def functions(compute: Compute, arrays: Compute) -> Evaluation:
    """Of floats, which `compute` and `arrays` both take as doubles: exp, sin, …"""

    def scalar(op: Operation) -> Compute:
        return rounded(compute, result_element(op))

    def array(op: Operation) -> Compute:
        dtype = dtype_of(result_element(op))

        def computed(*operands: Any) -> Any:
            wide = [operand.astype(np.float64) for operand in operands]
            return narrowed(arrays(*wide), dtype)

        return same_shape(computed)

    return Evaluation(scalar, array)

"""Tensors: what an operation computes on NumPy arrays, and what may be given as one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tern.ir.core import Operation
from tern.ir.dialects.dense import value_of
from tern.ir.dialects.evaluate import dtype_of
from tern.ir.errors import EvaluationError
from tern.ir.registry import DEFINITIONS
from tern.ir.scalar import check_scalar
from tern.types import TensorType, own_spelling

Array = np.ndarray

__all__ = ["array_evaluator", "check_array", "check_shape", "dtype_of", "numbers_of_bytes"]


def numbers_of_bytes(data: bytes, type: TensorType) -> Any:
    """The numbers of a tensor of known sizes, as a constant's value, of their bytes, little-endian.

    ValueError if there are more or fewer bytes. O(n).
    """
    dtype = dtype_of(type.element)
    shape: Any = type.shape
    return value_of(np.frombuffer(data, dtype.newbyteorder("<")).reshape(shape))


def check_array(value: Any, type: TensorType) -> Array:
    """`value` as an array of the tensor type.

    Raises TypeError if the elements are of another type, ValueError if the shape does not fit.
    """
    array = np.asarray(value)
    dtype = dtype_of(type.element)
    if array.dtype != dtype:
        # Lists of numbers may stand for arrays; an array of the wrong dtype is a mistake.
        if isinstance(value, Array):
            raise TypeError(f"an array of {array.dtype} is not of type {own_spelling(type)}")
        numbers = [check_scalar(number, type.element) for number in array.ravel().tolist()]
        array = np.array(numbers, dtype).reshape(array.shape)
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
    definition = DEFINITIONS.get(op.name)
    evaluation = definition.evaluation if definition is not None else None
    if evaluation is None or evaluation.array is None:
        raise EvaluationError(f"{op.name} is not an operation on tensors")
    return evaluation.array(op)

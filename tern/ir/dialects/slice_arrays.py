"""What tensor.extract_slice, insert_slice, concat, and pad compute, by NumPy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from tern.ir.core import Operation
from tern.ir.dialects.evaluate import Compute
from tern.ir.dialects.shapes import shape_fits
from tern.ir.errors import EvaluationError
from tern.lazily import Lazily
from tern.types import TensorType

if TYPE_CHECKING:
    import numpy as np
else:
    np = Lazily("numpy")

DYNAMIC = "?"
"""Stands in an attribute for what is a value."""


def _filled_in(numbers: Sequence[Any], given: Iterator[int]) -> list[int]:
    return [next(given) if number == DYNAMIC else number for number in numbers]


def _slices(op: Operation, given: Sequence[int], shape: tuple[int, ...]) -> tuple[slice, ...]:
    """The slice of each dimension; EvaluationError if one is not inside of the shape."""
    values = iter(given)
    keys = ("static_offsets", "static_sizes", "static_strides")
    lists = [_filled_in(op.attributes[key], values) for key in keys]
    slices = []
    for axis, (offset, size, stride) in enumerate(zip(*lists)):
        last = offset + max(size - 1, 0) * stride
        if min(offset, size) < 0 or stride < 1 or last >= shape[axis] + (size == 0):
            raise EvaluationError(
                f"{op.name} of {size} from {offset} by {stride} does not stay inside of "
                f"dimension {axis} of {shape}"
            )
        slices.append(slice(offset, last + 1 if size else offset, stride))
    return tuple(slices)


def _named_sizes(op: Operation, array: Any, type: TensorType) -> Any:
    if not shape_fits(array.shape, type):
        raise EvaluationError(f"{op.name} makes {array.shape}, which is not of type {type}")
    return array


def extract_slice(op: Operation) -> Compute:
    type, sizes = op.results[0].type, op.attributes["static_sizes"]

    def extracted(array: Any, *given: int) -> Any:
        part = array[_slices(op, given, array.shape)]
        return _named_sizes(op, part.reshape(_kept(part.shape, sizes, type.shape)), type)

    return extracted


def dropped_axes(sizes: Sequence[Any], shape: Sequence[Any]) -> list[int] | None:
    """The dimensions of size 1 that a slice of the sizes lacks if it has only those of `shape`.

    None if it cannot be that slice.
    """
    left, dropped = list(shape), []
    for axis, size in enumerate(sizes):
        number = size if isinstance(size, int) else None
        if left and (left[0] if isinstance(left[0], int) else None) == number:
            left.pop(0)
        elif number == 1:
            dropped.append(axis)
        else:
            return None
    return None if left else dropped


def _kept(shape: tuple[int, ...], sizes: Sequence[Any], wanted: Sequence[Any]) -> list[int]:
    dropped = dropped_axes(sizes, wanted) or []
    return [size for axis, size in enumerate(shape) if axis not in dropped]


def insert_slice(op: Operation) -> Compute:
    def inserted(part: Any, whole: Any, *given: int) -> Any:
        result = whole.copy()
        where = _slices(op, given, whole.shape)
        place = result[where]
        if part.size != place.size:
            raise EvaluationError(f"{op.name} of {part.shape} does not fill {place.shape}")
        result[where] = part.reshape(place.shape)
        return result

    return inserted


def concat(op: Operation) -> Compute:
    axis, type = op.attributes["dim"], op.results[0].type

    def joined(*parts: Any) -> Any:
        try:
            return _named_sizes(op, np.concatenate(parts, axis), type)
        except ValueError as error:
            raise EvaluationError(f"{op.name}: {error}") from None

    return joined


def pad(op: Operation) -> Compute:
    low, high, type = op.attributes["static_low"], op.attributes["static_high"], op.results[0].type

    def padded(array: Any, *given: Any) -> Any:
        *sizes, value = given
        values = iter(sizes)
        before, after = _filled_in(low, values), _filled_in(high, values)
        if min([*before, *after], default=0) < 0:
            raise EvaluationError(f"{op.name} by {before} and {after}, which is less than nothing")
        around = list(zip(before, after))
        result = np.full([a + n + b for (a, b), n in zip(around, array.shape)], value, array.dtype)
        result[tuple(slice(a, a + n) for (a, _), n in zip(around, array.shape))] = array
        return _named_sizes(op, result, type)

    return padded

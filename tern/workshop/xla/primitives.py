"""The primitives of the small JAX: what type each gives, and what NumPy computes for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tern.workshop.xla import jaxpr as form
from tern.workshop.xla.jaxpr import ShapedArray


def result_type(
    primitive: str, types: Sequence[ShapedArray], params: dict[str, Any]
) -> ShapedArray:
    """The type of a primitive's result. TypeError for operands that do not fit."""
    if primitive not in PRIMITIVES:
        raise TypeError(f"there is no primitive {primitive!r}")
    return PRIMITIVES[primitive][0](primitive, *types, **params)


def _elementwise(name: str, *types: ShapedArray) -> ShapedArray:
    whole = [each for each in types if each.shape] or list(types)
    if len({each.shape for each in whole}) > 1 or len({each.dtype for each in types}) > 1:
        raise TypeError(f"{name} of {' and '.join(map(str, types))}: shapes and dtypes must agree")
    return whole[0]


def _comparison(name: str, *types: ShapedArray) -> ShapedArray:
    return ShapedArray("bool", _elementwise(name, *types).shape)


def _selected(name: str, which: ShapedArray, *cases: ShapedArray) -> ShapedArray:
    result = _elementwise(name, *cases)
    if which != ShapedArray("bool", result.shape):
        raise TypeError(f"{name} by {which}: expected bool and the shape of the cases")
    return result


def _broadcast(
    name: str, x: ShapedArray, *, shape: tuple[int, ...], broadcast_dimensions: tuple[int, ...]
) -> ShapedArray:
    if any(x.shape[n] not in (1, shape[axis]) for n, axis in enumerate(broadcast_dimensions)):
        raise TypeError(f"{name} of {x} along {broadcast_dimensions} of {shape}")
    return ShapedArray(x.dtype, tuple(shape))


def _reduced(name: str, x: ShapedArray, *, axes: tuple[int, ...]) -> ShapedArray:
    if not all(0 <= axis < len(x.shape) for axis in axes):
        raise TypeError(f"{name} of {x} along {axes}")
    return ShapedArray(x.dtype, tuple(n for at, n in enumerate(x.shape) if at not in axes))


def _transposed(name: str, x: ShapedArray, *, permutation: tuple[int, ...]) -> ShapedArray:
    if sorted(permutation) != list(range(len(x.shape))):
        raise TypeError(f"{name} of {x} by {permutation}")
    return ShapedArray(x.dtype, tuple(x.shape[axis] for axis in permutation))


def _reshaped(name: str, x: ShapedArray, *, new_sizes: tuple[int, ...]) -> ShapedArray:
    if form.size(x.shape) != form.size(new_sizes):
        raise TypeError(f"{name} of {x} to {new_sizes}")
    return ShapedArray(x.dtype, tuple(new_sizes))


def _product(name: str, x: ShapedArray, y: ShapedArray, *, dimension_numbers: Any) -> ShapedArray:
    ((left,), (right,)), _ = dimension_numbers
    if x.shape[left] != y.shape[right] or x.dtype != y.dtype:
        raise TypeError(f"{name} of {x} and {y} along {left} and {right}")
    kept = [n for at, n in enumerate(x.shape) if at != left]
    return ShapedArray(x.dtype, (*kept, *[n for at, n in enumerate(y.shape) if at != right]))


def _converted(name: str, x: ShapedArray, *, new_dtype: str) -> ShapedArray:
    return ShapedArray(new_dtype, x.shape)


def _broadcast_array(x: Any, *, shape: Any, broadcast_dimensions: Any) -> Any:
    whole = [1] * len(shape)
    for n, axis in enumerate(broadcast_dimensions):
        whole[axis] = x.shape[n]
    return np.array(np.broadcast_to(x.reshape(whole), shape))


def _product_array(x: Any, y: Any, *, dimension_numbers: Any) -> Any:
    return np.tensordot(x, y, dimension_numbers[0])


def _keeping(function: Callable) -> Callable:
    """A NumPy function whose results keep the dtype of the first operand."""
    return lambda x, *rest, **params: np.asarray(function(x, *rest, **params)).astype(x.dtype)


def _reduction(function: Any) -> Callable:
    return _keeping(lambda x, *, axes: function(x, axis=tuple(axes)))


# By name: (the rule of shapes, what NumPy computes).
PRIMITIVES: dict[str, tuple[Callable, Callable]] = {
    **{
        name: (_elementwise, _keeping(function))
        for name, function in {
            "neg": np.negative,
            "sin": np.sin,
            "cos": np.cos,
            "tanh": np.tanh,
            "exp": np.exp,
            "log": np.log,
            "sqrt": np.sqrt,
            "rsqrt": lambda x: 1 / np.sqrt(x),
            "abs": np.abs,
            "add": np.add,
            "sub": np.subtract,
            "mul": np.multiply,
            "div": np.divide,
            "max": np.maximum,
            "min": np.minimum,
        }.items()
    },
    "lt": (_comparison, np.less),
    "gt": (_comparison, np.greater),
    "le": (_comparison, np.less_equal),
    "ge": (_comparison, np.greater_equal),
    "select_n": (_selected, lambda which, no, yes: np.where(which, yes, no)),
    "broadcast_in_dim": (_broadcast, _broadcast_array),
    "reduce_sum": (_reduced, _reduction(np.sum)),
    "reduce_max": (_reduced, _reduction(np.max)),
    "reduce_min": (_reduced, _reduction(np.min)),
    "transpose": (_transposed, lambda x, *, permutation: np.transpose(x, permutation)),
    "reshape": (_reshaped, lambda x, *, new_sizes: np.reshape(x, new_sizes)),
    "dot_general": (_product, _product_array),
    "convert_element_type": (_converted, lambda x, *, new_dtype: x.astype(form.LONG[new_dtype])),
}

"""What each operation computes with NumPy, and what its result looks like without computing it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Array = np.ndarray
Bound = int | None  # of a slice, as in x[start:stop:step]


class Spec:
    """Stands for an array where nothing is computed: a shape and a dtype, and no numbers."""

    __slots__ = ("shape", "dtype")

    def __init__(self, shape: Sequence[int], dtype: Any) -> None:
        self.shape, self.dtype = tuple(shape), np.dtype(dtype)

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def __repr__(self) -> str:
        return f"{self.dtype}[{', '.join(map(str, self.shape))}]"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Spec) and (self.shape, self.dtype) == (other.shape, other.dtype)

    def __hash__(self) -> int:
        return hash((self.shape, self.dtype))


def spec_of(value: Any) -> Spec:
    """The shape and the dtype of an array, a Spec, or a tensor."""
    return Spec(value.shape, value.dtype)


# ---- the backend ---------------------------------------------------------------------------------


def _relu(x: Array) -> Array:
    return np.maximum(x, 0)


def _sum(x: Array, axes: tuple[int, ...], keepdims: bool) -> Array:
    return np.asarray(np.sum(x, axis=axes, keepdims=keepdims, dtype=x.dtype))


def _amax(x: Array, axes: tuple[int, ...], keepdims: bool) -> Array:
    return np.asarray(np.amax(x, axis=axes, keepdims=keepdims))


def _slice(x: Array, axis: int, start: Bound, stop: Bound, step: Bound) -> Array:
    return x[_at(x, axis, start, stop, step)]


def _slice_scatter(x: Array, y: Array, axis: int, start: Bound, stop: Bound, step: Bound) -> Array:
    found = x.copy()
    found[_at(x, axis, start, stop, step)] = y
    return found


def _at(x: Any, axis: int, start: Bound, stop: Bound, step: Bound) -> tuple[slice, ...]:
    return (*[slice(None)] * axis, slice(start, stop, step))


def _full(shape: tuple[int, ...], value: float, dtype: Any) -> Array:
    return np.full(shape, value, dtype)


def _concatenate(arrays: Sequence[Array], axis: int) -> Array:
    return np.concatenate(arrays, axis)


UNARY = {"neg": np.negative, "exp": np.exp, "log": np.log, "sqrt": np.sqrt, "tanh": np.tanh}
UNARY |= {"sin": np.sin, "cos": np.cos, "relu": _relu}
BINARY = {"add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide}
BINARY |= {"maximum": np.maximum, "minimum": np.minimum}
COMPARISONS = {"gt": np.greater, "ge": np.greater_equal, "lt": np.less, "le": np.less_equal}
COMPARISONS |= {"eq": np.equal, "ne": np.not_equal}
VIEWS: dict[str, Callable] = {
    "transpose": lambda x, permutation: x.transpose(permutation),
    "broadcast_to": lambda x, shape: np.broadcast_to(x, shape),
    "slice": _slice,
    "squeeze": lambda x, axis: x.squeeze(axis),
    "detach": lambda x: x.view(),
}
OTHERS: dict[str, Callable] = {
    "reshape": lambda x, shape: np.array(x).reshape(shape),  # a copy, whatever the strides are
    "where": np.where,
    "matmul": np.matmul,
    "sum": _sum,
    "amax": _amax,
    "concatenate": _concatenate,
    "slice_scatter": _slice_scatter,
    "full": _full,
}
BACKEND = {**UNARY, **BINARY, **COMPARISONS, **VIEWS, **OTHERS}

WITHOUT_GRADIENT = (*COMPARISONS, "full", "detach")

# In place: "add_" writes what "add" computes into its first operand.
MUTATING = tuple(f"{name}_" for name in [*UNARY, *BINARY]) + ("copy_",)


# ---- shapes --------------------------------------------------------------------------------------


def _elementwise(dtype: Any = None) -> Callable:
    """Broadcast, with a dtype or what NumPy would promote to; Python's numbers are weak."""

    def rule(*operands: Any) -> Spec:
        shape = np.broadcast_shapes(*[getattr(each, "shape", ()) for each in operands])
        return Spec(shape, dtype or _promoted(operands))

    return rule


def _floating(*operands: Any) -> Spec:
    spec = _elementwise()(*operands)
    return spec if spec.dtype.kind == "f" else Spec(spec.shape, np.float64)


def _promoted(operands: Sequence[Any]) -> np.dtype:
    return np.result_type(*[getattr(each, "dtype", each) for each in operands])


def _where(condition: Any, x: Any, y: Any) -> Spec:
    shape = np.broadcast_shapes(*[getattr(each, "shape", ()) for each in (condition, x, y)])
    return Spec(shape, _promoted((x, y)))


def _matmul_shape(x: Spec, y: Spec) -> Spec:
    if x.ndim < 2 or y.ndim < 2 or x.shape[-1] != y.shape[-2]:
        raise ValueError(f"matmul of the shapes {x.shape} and {y.shape}")
    batch = np.broadcast_shapes(x.shape[:-2], y.shape[:-2])
    return Spec((*batch, x.shape[-2], y.shape[-1]), _promoted((x, y)))


def _reduced(x: Spec, axes: tuple[int, ...], keepdims: bool) -> Spec:
    gone = {axis % x.ndim for axis in axes} if x.ndim else set()
    if keepdims:
        return Spec([1 if n in gone else size for n, size in enumerate(x.shape)], x.dtype)
    return Spec([size for n, size in enumerate(x.shape) if n not in gone], x.dtype)


def _reshaped(x: Spec, shape: tuple[int, ...]) -> Spec:
    if np.prod(shape, dtype=int) != np.prod(x.shape, dtype=int):
        raise ValueError(f"reshape of the shape {x.shape} to {shape}")
    return Spec(shape, x.dtype)


def _broadcast(x: Spec, shape: tuple[int, ...]) -> Spec:
    if np.broadcast_shapes(x.shape, shape) != tuple(shape):
        raise ValueError(f"broadcast_to of the shape {x.shape} to {shape}")
    return Spec(shape, x.dtype)


def _sliced(x: Spec, axis: int, start: Bound, stop: Bound, step: Bound) -> Spec:
    count = len(range(*slice(start, stop, step).indices(x.shape[axis])))
    return Spec((*x.shape[:axis], count, *x.shape[axis + 1 :]), x.dtype)


def _squeezed(x: Spec, axis: int) -> Spec:
    if x.shape[axis] != 1:
        raise ValueError(f"squeeze of axis {axis} of the shape {x.shape}")
    return Spec(x.shape[:axis] + x.shape[axis + 1 :], x.dtype)


def _joined(arrays: Sequence[Spec], axis: int) -> Spec:
    first = arrays[0]
    others = {each.shape[:axis] + each.shape[axis + 1 :] for each in arrays}
    if len(others) > 1:
        raise ValueError(f"concatenate of the shapes {[each.shape for each in arrays]}")
    total = sum(each.shape[axis] for each in arrays)
    shape = (*first.shape[:axis], total, *first.shape[axis + 1 :])
    return Spec(shape, _promoted(arrays))


META: dict[str, Callable] = {
    **dict.fromkeys([*UNARY, "div"], _floating),
    **{name: _elementwise() for name in [*BINARY, "neg", "relu"] if name != "div"},
    **{name: _elementwise(np.bool_) for name in COMPARISONS},
    "where": _where,
    "matmul": _matmul_shape,
    "sum": _reduced,
    "amax": _reduced,
    "concatenate": _joined,
    "reshape": _reshaped,
    "transpose": lambda x, permutation: Spec([x.shape[n] for n in permutation], x.dtype),
    "broadcast_to": _broadcast,
    "slice": _sliced,
    "squeeze": _squeezed,
    "detach": lambda x: x,
    "slice_scatter": lambda x, y, **_: x,
    "full": lambda shape, value, dtype: Spec(shape, dtype),
}


def result_spec(name: str, operands: Sequence[Any], params: dict[str, Any]) -> Spec:
    """What the result of an operation looks like, of one in place or made of others too.

    `operands` are Specs, arrays, numbers, and lists of them. ValueError if the shapes do not fit.
    """
    if name.endswith("_"):
        return spec_of(operands[0])
    if name == "softmax":
        return _floating(operands[0])
    if name == "mean":
        return _floating(_reduced(operands[0], **params))
    return META[name](*operands, **params)

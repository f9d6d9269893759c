"""The primitives of the small JAX that week 18 traces: shapes, NumPy's values, and who is asked.

A program calls `sin(x)` or `x * 2.0`. Each ends up in `bind`, which hands the primitive to the
trace that is in force, and to NumPy when there is none. So the same function runs and is traced.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import numpy as np

from tern.errors import TernError
from tern.workshop.xla import jaxpr as form
from tern.workshop.xla.jaxpr import Equation, Jaxpr, Literal, ShapedArray, Var


class ConcretizationError(TernError, TypeError):
    """A program asked a traced value for its number: an `if`, a `float()`, a NumPy function."""


class LeakedTracerError(TernError, ValueError):
    """A traced value outlived its trace, and was used in another one."""


class Trace(Protocol):
    """Who is asked to compute while a function is traced."""

    def bind(self, primitive: str, operands: Sequence[Any], params: dict[str, Any]) -> Any: ...

    def call(self, function: Callable, operands: Sequence[Any]) -> Any: ...


KINDS: dict[str, Callable] = {"f32": float, "i32": int, "bool": bool}
_traces: list[Trace] = []


@contextmanager
def set_trace(trace: Trace) -> Iterator[None]:
    """Ask `trace` for everything that is computed, until the `with` block ends."""
    _traces.append(trace)
    try:
        yield
    finally:
        _traces.pop()


def bind(primitive: str, *operands: Any, **params: Any) -> Any:
    """What a primitive gives: a traced value under a trace, else an array."""
    if _traces:
        return _traces[-1].bind(primitive, typed(operands), params)
    return PRIMITIVES[primitive][1](*map(_array, typed(operands)), **params)


def jit(function: Callable) -> Callable:
    """A function that stays one under a trace: `trace.call(function, operands)` is asked for what
    it gives. `function` takes arrays and gives an array, or a tuple of them."""

    @functools.wraps(function)
    def called(*operands: Any) -> Any:
        if not _traces:
            return function(*operands)
        return _traces[-1].call(function, [typed([each])[0] for each in operands])

    return called


def typed(values: Sequence[Any]) -> list[Any]:
    """The values of one equation, each a traced value, an array, or a Literal.

    A scalar of NumPy's has its type. A number of Python's has the dtype of what is beside it, so
    that x * 2 is float32 if x is; alone, a float is f32, and an int i32. TypeError: a float beside
    integers.
    """
    dtypes = [_dtype(value) for value in values if not isinstance(value, bool | int | float)]
    beside = next((dtype for dtype in dtypes if dtype != "bool"), None)
    found = []
    for value in values:
        if isinstance(value, np.generic):
            value = Literal(value.item(), form.type_of(value))
        elif isinstance(value, bool | int | float):
            alone = {bool: "bool", int: "i32", float: "f32"}[type(value)]
            dtype = alone if alone == "bool" else beside or alone
            if (alone, dtype) == ("f32", "i32"):
                raise TypeError(f"{value} beside a value of i32: convert one of them")
            value = Literal(KINDS[dtype](value), ShapedArray(dtype, ()))
        found.append(value)
    return found


def _dtype(value: Any) -> str:
    return value.type.dtype if isinstance(value, Operators | Literal) else form.type_of(value).dtype


def _array(value: Any) -> Any:
    return np.asarray(value.value, value.type.numpy_dtype) if isinstance(value, Literal) else value


class Operators:
    """+, *, @, [] and so on for a class whose instances stand for arrays, with a `type`."""

    type: ShapedArray

    @property
    def shape(self) -> tuple[int, ...]:
        return self.type.shape

    @property
    def ndim(self) -> int:
        return len(self.type.shape)

    __array_priority__ = 100  # array + traced is traced.__radd__(array)

    def __add__(self, other: Any) -> Any:
        return bind("add", self, other)

    def __radd__(self, other: Any) -> Any:
        return bind("add", other, self)

    def __sub__(self, other: Any) -> Any:
        return bind("sub", self, other)

    def __rsub__(self, other: Any) -> Any:
        return bind("sub", other, self)

    def __mul__(self, other: Any) -> Any:
        return bind("mul", self, other)

    def __rmul__(self, other: Any) -> Any:
        return bind("mul", other, self)

    def __truediv__(self, other: Any) -> Any:
        return bind("div", self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return bind("div", other, self)

    def __matmul__(self, other: Any) -> Any:
        return dot(self, other)

    def __neg__(self) -> Any:
        return bind("neg", self)

    def __lt__(self, other: Any) -> Any:
        return bind("lt", self, other)

    def __gt__(self, other: Any) -> Any:
        return bind("gt", self, other)

    def __le__(self, other: Any) -> Any:
        return bind("le", self, other)

    def __ge__(self, other: Any) -> Any:
        return bind("ge", self, other)


# ---- what a primitive gives ----------------------------------------------------------------------


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


# ---- what a program calls, by JAX's names in jax.lax ---------------------------------------------


def _named(name: str) -> Callable:
    def primitive(*operands: Any) -> Any:
        return bind(name, *operands)

    primitive.__name__ = name
    return primitive


neg, sin, cos, tanh, exp, log, sqrt, rsqrt = map(
    _named, "neg sin cos tanh exp log sqrt rsqrt".split()
)
add, sub, mul, div, lt, gt, le, ge = map(_named, "add sub mul div lt gt le ge".split())
maximum, minimum = _named("max"), _named("min")


def select(which: Any, yes: Any, no: Any) -> Any:
    """`yes` where `which` holds, `no` elsewhere."""
    return bind("select_n", which, no, yes)


def broadcast_in_dim(x: Any, shape: Sequence[int], broadcast_dimensions: Sequence[int]) -> Any:
    """Axis n of `x` becomes axis broadcast_dimensions[n] of the result; the others are new."""
    dimensions = tuple(broadcast_dimensions)
    return bind("broadcast_in_dim", x, shape=tuple(shape), broadcast_dimensions=dimensions)


def reduce_sum(x: Any, axes: Sequence[int]) -> Any:
    return bind("reduce_sum", x, axes=tuple(axes))


def reduce_max(x: Any, axes: Sequence[int]) -> Any:
    return bind("reduce_max", x, axes=tuple(axes))


def transpose(x: Any, permutation: Sequence[int]) -> Any:
    return bind("transpose", x, permutation=tuple(permutation))


def reshape(x: Any, new_sizes: Sequence[int]) -> Any:
    return bind("reshape", x, new_sizes=tuple(new_sizes))


def dot(x: Any, y: Any) -> Any:
    """The product along the last axis of `x` and the first of `y`."""
    numbers = (((len(x.shape) - 1,), (0,)), ((), ()))
    return bind("dot_general", x, y, dimension_numbers=numbers)


def convert(x: Any, new_dtype: str) -> Any:
    return bind("convert_element_type", x, new_dtype=new_dtype)


# ---- running a jaxpr -----------------------------------------------------------------------------


def evaluate(jaxpr: Jaxpr, *arguments: Any) -> list[np.ndarray]:
    """The results of a jaxpr for arrays, by NumPy. Time is that of its equations."""
    values: dict[Var, Any] = dict(jaxpr.constants)
    values.update(zip(jaxpr.arguments, map(np.asarray, arguments), strict=True))

    def read(atom: Var | Literal) -> Any:
        return values[atom] if isinstance(atom, Var) else _array(atom)

    for equation in jaxpr.equations:
        found = _computed(equation, [read(atom) for atom in equation.operands])
        values.update(zip(equation.results, found, strict=True))
    return [read(atom) for atom in jaxpr.results]


def _computed(equation: Equation, operands: list[Any]) -> list[Any]:
    if equation.primitive == "jit":
        return evaluate(equation.params["jaxpr"], *operands)
    return [PRIMITIVES[equation.primitive][1](*operands, **equation.params)]

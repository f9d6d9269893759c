"""What programs of the small JAX call, and who is asked to compute it.

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
from tern.workshop.xla.primitives import PRIMITIVES
from tern.workshop.xla.primitives import result_type as result_type  # for who traces


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

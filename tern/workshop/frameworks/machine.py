"""The machine that tensors run on: operations, with kernels for each key.

machine = Machine(dispatcher)          # or machine(), which makes one when first asked
x = machine.tensor(array)
y = (x * 2.0).exp().sum()
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from tern.workshop.frameworks import functionalize, kernels, nodes, tracing
from tern.workshop.frameworks.dispatch import FALLTHROUGH, Key, dispatch
from tern.workshop.frameworks.kernels import Spec, spec_of
from tern.workshop.frameworks.tensor import Tensor


class Machine:
    """All operations, on a dispatcher that knows none of them yet."""

    def __init__(self, dispatcher: Any) -> None:
        self.dispatcher = dispatcher
        self.operators: dict[str, Any] = {}
        dispatcher.fallback(Key.TRACING, tracing.trace)
        dispatcher.fallback(Key.FUNCTIONALIZE, functionalize.functionalize)
        dispatcher.fallback(Key.AUTOGRAD, nodes.record)
        for name, function in kernels.BACKEND.items():
            shares = name in kernels.VIEWS
            self.define(name)
            self.register(name, Key.BACKEND, _computing(self, function, shares))
            self.register(name, Key.META, _shaping(self, kernels.META[name], shares))
        for name in kernels.MUTATING:
            self.define(name)
            self.register(name, Key.BACKEND, _writing(name))
            self.register(name, Key.META, _written(name))
        for name, function in COMPOSITE.items():
            self.define(name)
            self.register(name, None, _composed(function))
        for name in kernels.WITHOUT_GRADIENT:
            self.register(name, Key.AUTOGRAD, FALLTHROUGH)

    def define(self, name: str) -> None:
        self.operators[name] = self.dispatcher.define(name)

    def register(self, name: str, key: Key | None, kernel: Callable) -> None:
        self.dispatcher.register(name, key, kernel)

    def tensor(self, data: Any) -> Tensor:
        """A tensor of numbers: an array itself, not a copy of it."""
        return Tensor(self, data if type(data) in (np.ndarray, Spec) else np.asarray(data))

    def full(self, shape: tuple[int, ...], value: float, dtype: Any = np.float64) -> Tensor:
        return self.operators["full"](shape=shape, value=value, dtype=np.dtype(dtype))

    def concatenate(self, tensors: list[Tensor], axis: int = 0) -> Tensor:
        return self.operators["concatenate"](tensors, axis=axis)


@cache
def machine() -> Machine:
    """The machine for everyone who does not bring one, made when first asked for."""
    return dispatch(Machine)


# ---- kernels -------------------------------------------------------------------------------------


def _plain(operand: Any) -> Any:
    """What a function of NumPy's takes for an operand."""
    if isinstance(operand, Tensor):
        return operand.data
    return [_plain(each) for each in operand] if type(operand) is list else operand


def _shapely(operand: Any) -> Any:
    """What a rule for shapes takes for an operand: a Spec, or a number."""
    if isinstance(operand, Tensor | np.ndarray):
        return spec_of(operand)
    return [_shapely(each) for each in operand] if type(operand) is list else operand


def _computing(machine: Machine, function: Callable, shares: bool) -> Callable:
    def kernel(keys: int, *operands: Any, **params: Any) -> Tensor:
        data = function(*[_plain(each) for each in operands], **params)
        if type(data) is not np.ndarray:  # NumPy gives a scalar for a result without axes
            data = np.asarray(data)
        return Tensor(machine, data, getattr(operands[0], "version", None) if shares else None)

    return kernel


def _shaping(machine: Machine, rule: Callable, shares: bool) -> Callable:
    def kernel(keys: int, *operands: Any, **params: Any) -> Tensor:
        spec = rule(*[_shapely(each) for each in operands], **params)
        return Tensor(machine, spec, getattr(operands[0], "version", None) if shares else None)

    return kernel


def _writing(name: str) -> Callable:
    function = kernels.BACKEND.get(name[:-1], lambda x, y: y)

    def kernel(keys: int, target: Tensor, *operands: Any) -> Tensor:
        target.data[...] = function(target.data, *[_plain(each) for each in operands])
        target.version.count += 1
        return target

    return kernel


def _written(name: str) -> Callable:
    rule = kernels.META.get(name[:-1], lambda x, y: kernels.META["broadcast_to"](y, x.shape))

    def kernel(keys: int, target: Tensor, *operands: Any) -> Tensor:
        spec = rule(*[_shapely(each) for each in (target, *operands)])
        if spec.shape != target.shape:
            raise ValueError(f"{name}: {spec.shape} does not fit into {target.shape}")
        target.version.count += 1
        return target

    return kernel


def _composed(function: Callable) -> Callable:
    def kernel(keys: int, *operands: Any, **params: Any) -> Any:
        return function(*operands, **params)

    return kernel


# ---- operations made of others -------------------------------------------------------------------


def _mean(x: Tensor, axes: tuple[int, ...], keepdims: bool) -> Tensor:
    count = int(np.prod([x.shape[axis] for axis in axes], dtype=int))
    return x.sum(axes, keepdims) / float(count)


def _softmax(x: Tensor, axis: int) -> Tensor:
    weights = (x - x.amax(axis, keepdim=True)).exp()
    return weights / weights.sum(axis, keepdim=True)


COMPOSITE: dict[str, Callable] = {"mean": _mean, "softmax": _softmax}

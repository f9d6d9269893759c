"""The layer that turns mutation into new values, and remembers which tensors are views of which.

A wrapper stands for a tensor. Tensors that share memory share a storage, which holds the newest
value of the whole; each wrapper knows by which views it was made of it. Writing to one computes a
new value, puts it back through the views in reverse, and so makes a new whole; the others take
their views again when they are next read.

Source: PyTorch's aten/src/ATen/FunctionalTensorWrapper.h and FunctionalStorageImpl.h.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tern.errors import TernError
from tern.workshop.frameworks.dispatch import Key
from tern.workshop.frameworks.kernels import VIEWS, spec_of
from tern.workshop.frameworks.tensor import Tensor


class FunctionalizeError(TernError, RuntimeError):
    """A write that no new value stands for."""


class Storage:
    """Memory as a value: the newest one, and how often there was a new one."""

    def __init__(self, whole: Tensor) -> None:
        self.whole, self.generation = whole, 0


class Functional(Tensor):
    """Stands for a tensor. `views` leads from the storage's whole to it: operations and params."""

    __slots__ = ("generation", "storage", "value", "views")

    def __init__(self, value: Tensor, storage: Storage, views: tuple = ()) -> None:
        super().__init__(value.machine, spec_of(value))
        self.key_set = Key.FUNCTIONALIZE.bit
        self.value, self.storage, self.views = value, storage, views
        self.generation = storage.generation

    def read(self) -> Tensor:
        """The value as it is now."""
        if self.generation != self.storage.generation:
            value = self.storage.whole
            for name, params in self.views:
                value = value.call(name, value, **params)
            self.value, self.generation = value, self.storage.generation
        return self.value

    def write(self, value: Tensor) -> None:
        """Make this the value, and all that share memory with it what they are then."""
        befores = [self.storage.whole]
        for name, params in self.views[:-1]:
            befores.append(befores[-1].call(name, befores[-1], **params))
        whole = value
        for (name, params), before in zip(reversed(self.views), reversed(befores)):
            whole = _put_back(name, params, before, whole)
        self.storage.whole = whole
        self.storage.generation += 1
        self.version.count += 1
        self.value, self.generation = value, self.storage.generation


def _put_back(name: str, params: dict[str, Any], before: Tensor, view: Tensor) -> Tensor:
    """What `before` becomes, if its view is to be `view`."""
    if name == "slice":
        return before.call("slice_scatter", before, view, **params)
    if name == "transpose":
        return view.permute(*np.argsort(params["permutation"]).tolist())
    if name == "squeeze":
        return view.reshape(before.shape)
    if name == "detach":
        return view
    raise FunctionalizeError(f"a write to a {name}: several of its elements are one in memory")


def functionalize(operator: Any, keys: int, operands: tuple, params: dict[str, Any]) -> Tensor:
    """The kernel of Key.FUNCTIONALIZE, for every operation."""
    values = [_read(each) for each in operands]
    if operator.name.endswith("_"):
        target = operands[0]
        if not isinstance(target, Functional):
            raise FunctionalizeError(f"{operator.name} of a tensor from outside of the program")
        target.write(_written(operator.name[:-1], *values))
        return target
    found = operator(*values, **params)  # the values' own keys say who goes on
    if operator.name in VIEWS and isinstance(operands[0], Functional):
        base = operands[0]
        return Functional(found, base.storage, (*base.views, (operator.name, params)))
    return Functional(found, Storage(found))


def _written(name: str, target: Tensor, *others: Any) -> Tensor:
    if name == "copy":
        return others[0].expand(*target.shape) if others[0].shape != target.shape else others[0]
    found = target.call(name, target, *others)
    if found.shape != target.shape:
        raise ValueError(f"{name}_: {found.shape} does not fit into {target.shape}")
    return found


def _read(operand: Any) -> Any:
    if isinstance(operand, list):
        return [_read(each) for each in operand]
    return operand.read() if isinstance(operand, Functional) else operand


def functional(function: Callable) -> Callable:
    """A function of tensors that computes the same without mutation inside.

    What it writes into its arguments is written at the end, by one `copy_` for each. A result is
    a tensor of its own, even where it was a view of an argument.
    """

    def called(*arguments: Tensor) -> Any:
        inputs = [Functional(each, Storage(each)) for each in arguments]
        found = function(*inputs)
        results = tuple(map(_read, found)) if isinstance(found, tuple) else _read(found)
        for argument, each in zip(arguments, inputs):
            if each.storage.generation:
                argument.copy_(each.read())
        return results

    return called

"""Tensors: an array, and what the layers of the dispatcher keep with it."""

from __future__ import annotations

from typing import Any
from weakref import WeakSet

import numpy as np

from tern.errors import TernError
from tern.workshop.frameworks.dispatch import Key
from tern.workshop.frameworks.kernels import Spec, spec_of
from tern.workshop.frameworks.operators import Operators


class DataDependentError(TernError, TypeError):
    """A program asked for a number that a tensor does not have while it is traced."""


class Version:
    """How often memory was written, and which tensors are views of it."""

    __slots__ = ("count", "views")

    def __init__(self) -> None:
        self.count = 0
        self.views: WeakSet[Tensor] | None = None  # made with the first view


class Tensor(Operators):
    """An array on a machine.

    `data` is an array or a Spec; `key_set` says which layers its calls pass; `version` counts how
    often its memory was written; `node` is how it was computed, for autograd; and `proxy` is which
    node of a graph it is, for tracing. A tensor made with another one's version is a view of it.
    """

    __slots__ = ("__weakref__", "data", "key_set", "machine", "node", "proxy", "version")

    def __init__(self, machine: Any, data: Any, version: Version | None = None) -> None:
        self.machine, self.data = machine, data
        self.version = version or Version()
        if version is not None:
            version.views = version.views or WeakSet()
            version.views.add(self)
        self.key_set = Key.META.bit if type(data) is Spec else Key.BACKEND.bit
        self.node: Any = None
        self.proxy: Any = None

    @property
    def shape(self) -> tuple[int, ...]:
        return self.data.shape

    @property
    def dtype(self) -> np.dtype:
        return self.data.dtype

    @property
    def ndim(self) -> int:
        return len(self.data.shape)

    def call(self, name: str, *operands: Any, **params: Any) -> Any:
        return self.machine.operators[name](*operands, **params)

    def alias(self, node: Any = None) -> Tensor:
        """The same memory, as the result of another node of autograd's, or of none."""
        found = Tensor(self.machine, self.data)
        found.version, found.proxy, found.node = self.version, self.proxy, node
        if node is not None:
            found.key_set |= Key.AUTOGRAD.bit
        return found

    def numbers(self) -> np.ndarray:
        """The array. DataDependentError if this is traced, or has none."""
        if type(self.data) is Spec or self.proxy is not None:
            raise DataDependentError(
                f"a tensor of {spec_of(self)} has no numbers while it is traced: an if, a while, "
                "float(), int(), or NumPy asked for one"
            )
        return self.data

    def item(self) -> Any:
        return self.numbers().item()

    def __bool__(self) -> bool:
        return bool(self.numbers())

    def __float__(self) -> float:
        return float(self.numbers())

    def __int__(self) -> int:
        return int(self.numbers())

    def __len__(self) -> int:
        return self.shape[0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.numbers(), dtype, copy=copy)

    def __repr__(self) -> str:
        return f"tensor({self.data!r})"

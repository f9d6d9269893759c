"""The methods and operators of what stands for an array: a tensor, or a proxy for one.

All of them end in `call(name, *operands, **params)`, with the names of tern.workshop.frameworks.
kernels. The methods are called as PyTorch's are, so one function runs on either's tensors.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any


class Operators:
    """+, @, [], sum, and so on, for a class with `call`, `shape`, `ndim`, and `priority`."""

    __slots__ = ()
    __array_ufunc__ = None  # array + x is x.__radd__(array)
    priority = 0  # of two classes the one that is asked

    @property
    def shape(self) -> Any:
        raise NotImplementedError

    @property
    def ndim(self) -> int:
        raise NotImplementedError

    def call(self, name: str, *operands: Any, **params: Any) -> Any:
        """What an operation gives for operands, of which at least one is of this class."""
        raise NotImplementedError

    def _binary(self, name: str, left: Any, right: Any) -> Any:
        other = right if left is self else left
        if isinstance(other, Operators) and other.priority > self.priority:
            return NotImplemented
        return self.call(name, left, right)

    def __add__(self, other: Any) -> Any:
        return self._binary("add", self, other)

    def __radd__(self, other: Any) -> Any:
        return self._binary("add", other, self)

    def __sub__(self, other: Any) -> Any:
        return self._binary("sub", self, other)

    def __rsub__(self, other: Any) -> Any:
        return self._binary("sub", other, self)

    def __mul__(self, other: Any) -> Any:
        return self._binary("mul", self, other)

    def __rmul__(self, other: Any) -> Any:
        return self._binary("mul", other, self)

    def __truediv__(self, other: Any) -> Any:
        return self._binary("div", self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return self._binary("div", other, self)

    def __matmul__(self, other: Any) -> Any:
        return self._binary("matmul", self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return self._binary("matmul", other, self)

    def __gt__(self, other: Any) -> Any:
        return self._binary("gt", self, other)

    def __ge__(self, other: Any) -> Any:
        return self._binary("ge", self, other)

    def __lt__(self, other: Any) -> Any:
        return self._binary("lt", self, other)

    def __le__(self, other: Any) -> Any:
        return self._binary("le", self, other)

    def __neg__(self) -> Any:
        return self.call("neg", self)

    def exp(self) -> Any:
        return self.call("exp", self)

    def log(self) -> Any:
        return self.call("log", self)

    def sqrt(self) -> Any:
        return self.call("sqrt", self)

    def tanh(self) -> Any:
        return self.call("tanh", self)

    def sin(self) -> Any:
        return self.call("sin", self)

    def cos(self) -> Any:
        return self.call("cos", self)

    def relu(self) -> Any:
        return self.call("relu", self)

    def maximum(self, other: Any) -> Any:
        return self.call("maximum", self, other)

    def minimum(self, other: Any) -> Any:
        return self.call("minimum", self, other)

    def where(self, condition: Any, other: Any) -> Any:
        """`self` where the condition holds, else `other`."""
        return self.call("where", condition, self, other)

    def sum(self, dim: Any = None, keepdim: bool = False) -> Any:
        return self.call("sum", self, axes=self._axes(dim), keepdims=keepdim)

    def amax(self, dim: Any = None, keepdim: bool = False) -> Any:
        return self.call("amax", self, axes=self._axes(dim), keepdims=keepdim)

    def mean(self, dim: Any = None, keepdim: bool = False) -> Any:
        return self.call("mean", self, axes=self._axes(dim), keepdims=keepdim)

    def softmax(self, dim: int) -> Any:
        return self.call("softmax", self, axis=dim % self.ndim)

    def reshape(self, *shape: Any) -> Any:
        """A copy, with one size of -1 for what is left."""
        sizes = list(shape[0] if isinstance(shape[0], tuple | list) else shape)
        for at, size in enumerate(sizes):
            if isinstance(size, int) and size == -1:
                known = math.prod(sizes[:at] + sizes[at + 1 :])
                sizes[at] = math.prod(self.shape) // known if known else 0
                break
        return self.call("reshape", self, shape=tuple(sizes))

    def permute(self, *axes: Any) -> Any:
        order = axes[0] if isinstance(axes[0], tuple | list) else axes
        return self.call("transpose", self, permutation=tuple(n % self.ndim for n in order))

    def t(self) -> Any:
        """With its axes in reverse order."""
        return self.permute(*reversed(range(self.ndim)))

    def expand(self, *shape: int) -> Any:
        return self.call("broadcast_to", self, shape=tuple(shape))

    def detach(self) -> Any:
        return self.call("detach", self)

    def __getitem__(self, index: Any) -> Any:
        """Integers and slices, one an axis from the first on."""
        indices = index if isinstance(index, tuple) else (index,)
        found, axis = self, 0
        for each in indices:
            if isinstance(each, slice):
                at = {"start": each.start, "stop": each.stop, "step": each.step}
                if each != slice(None):
                    found = found.call("slice", found, axis=axis, **at)
                axis += 1
            else:
                at = {"start": each, "stop": each + 1 or None, "step": None}
                found = found.call("slice", found, axis=axis, **at)
                found = found.call("squeeze", found, axis=axis)
        return found

    def __iter__(self) -> Iterator[Any]:
        return (self[n] for n in range(self.shape[0]))

    # ---- in place --------------------------------------------------------------------------------

    def add_(self, other: Any) -> Any:
        return self.call("add_", self, other)

    def sub_(self, other: Any) -> Any:
        return self.call("sub_", self, other)

    def mul_(self, other: Any) -> Any:
        return self.call("mul_", self, other)

    def div_(self, other: Any) -> Any:
        return self.call("div_", self, other)

    def exp_(self) -> Any:
        return self.call("exp_", self)

    def tanh_(self) -> Any:
        return self.call("tanh_", self)

    def relu_(self) -> Any:
        return self.call("relu_", self)

    def copy_(self, other: Any) -> Any:
        return self.call("copy_", self, other)

    def _axes(self, dim: Any) -> tuple[int, ...]:
        rank = self.ndim
        if dim is None:
            return tuple(range(rank))
        return tuple(axis % rank for axis in (dim if isinstance(dim, tuple | list) else (dim,)))

"""The table of rows, which the modules of rows fill: one for each operation of PyTorch's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from tern.frontends.torch.tensors import Tensors
from tern.ir import Value

Row = Callable[..., "Value | Sequence[Value] | None"]
"""`row(t, type, *arguments, **keywords)`: appends the operations that compute a node's result, and
gives it; several results as a sequence; None if tern has no form for these arguments.

`t` appends. `type` is the result's TensorType, or a tuple of several. The arguments are the node's:
a tensor is a Value, a symbolic size the name that tern has for it, all else what PyTorch has.
"""

ROWS: dict[str, Row] = {}
"""By the name that PyTorch's operation has, such as "aten.add.Tensor"."""


R = TypeVar("R", bound=Row)


def row(*names: str) -> Callable[[R], R]:
    """Make a function the row of operations of `aten`."""

    def note(function: R) -> R:
        for name in names:
            ROWS[f"aten.{name}"] = function
        return function

    return note


def same(t: Tensors, type: Any, x: Value, *unused: Any, **more: Any) -> Value:
    """The operand itself."""
    return x

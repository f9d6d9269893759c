"""What autograd notes on the way forward: a node for each result, which knows its operands' nodes.

Source: PyTorch's torch/csrc/autograd/function.h (Node, Edge) and saved_variable.cpp.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tern.errors import TernError
from tern.workshop.frameworks.dispatch import Key
from tern.workshop.frameworks.tensor import Tensor


class GradientError(TernError, RuntimeError):
    """A gradient cannot be computed: of an operation, or of memory that was written since."""


class Node:
    """How a tensor was computed.

    `name` and `params` are those of the operation, "add_" for one in place, "leaf" for a tensor
    that nothing computed. `operands` are tensors and numbers, those in a list among them, and
    `versions` the version counts that the tensors had then (0 for a number). `next` has the node of
    each operand at that time, or None for one without a gradient. `result` is what was computed,
    and `result_version` its version count.
    """

    __slots__ = ("name", "next", "operands", "params", "result_version", "saved", "versions")

    def __init__(self, name: str, operands: Sequence[Any], params: dict[str, Any]) -> None:
        self.name, self.operands, self.params = name, tuple(operands), params
        self.versions = tuple(
            each.version.count if isinstance(each, Tensor) else 0 for each in operands
        )
        self.next: tuple[Node | None, ...] = tuple(getattr(each, "node", None) for each in operands)
        self.saved: Tensor | None = None

    def computed(self, result: Tensor) -> Tensor:
        """Note `result` as this node's, and the other way round."""
        self.saved = result.alias()  # which does not know the node: no cycle keeps memory
        self.result_version = result.version.count
        result.node = self
        result.key_set |= Key.AUTOGRAD.bit
        return result

    @property
    def result(self) -> Tensor:
        return self.saved.alias(self)

    def __repr__(self) -> str:
        return f"<{self.name}>"


def leaf(machine: Any, value: Any) -> Tensor:
    """A tensor of an array, or the same as another tensor, whose gradient can be asked for."""
    tensor = value if isinstance(value, Tensor) else machine.tensor(value)
    found = tensor.alias()
    operands = [tensor] if tensor.node else []
    return Node("identity" if operands else "leaf", operands, {}).computed(found)


def record(operator: Any, keys: int, operands: tuple, params: dict[str, Any]) -> Tensor:
    """The kernel of Key.AUTOGRAD, for every operation: compute, and note a node."""
    flat: list[Any] = []
    for each in operands:
        flat.extend(each if type(each) is list else [each])
    if operator.name.endswith("_"):
        _refuse(operator.name, operands[0])
    node = Node(operator.name, flat, params)
    result = operator.redispatch(keys & Key.AUTOGRAD.below, *operands, **params)
    return node.computed(result)


def _refuse(name: str, target: Tensor) -> None:
    """GradientError where writing would leave a node behind that is not true any more."""
    if target.node is not None and target.node.name == "leaf":
        raise GradientError(f"{name} of a leaf: its gradient would be that of another value")
    if target.version.views:
        raise GradientError(
            f"{name} of memory that has views: their nodes would not know of it; "
            "functionalize the program first"
        )

"""What a function on tensors computes, as one block of a Triton kernel computes it.

In a block all shapes are one: an element belongs to a row, to a column, to both, or to all of them.
So whatever only says where elements are (broadcast, expand_shape, tensor.empty, …) is gone here,
and calls are expanded; what is left are nodes that load or compute.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tern.ir import Operation, Value, evaluator
from tern.numbers import is_unsigned
from tern.targets import spelling
from tern.types import IndexType, TensorType, Type, i1

ROWS, COLUMNS, INNER = "rows", "columns", "inner"  # INNER: what a matrix product adds up over
Axes = tuple[str | None, ...] | None
"""Of each axis of a value, what it runs over, or None for size 1.

None for a value that has no axes yet.
"""


@dataclass(eq=False)
class Node:
    """One value of the kernel.

    `kind` is constant, number (a parameter), load, size, reduce, or compute; of a matrix product,
    dot, and tile, its operands, each of which is a parameter's `source` that it loads in steps.

    `over` is what the value changes with, `name` what the program calls it, if it does. A tile that
    is `turned` is the transpose of what the parameter is.
    """

    kind: str
    element: Type
    over: frozenset[str] = frozenset()
    operands: tuple[Node, ...] = ()
    op: Operation | None = None
    constant: Any = None
    name: str = ""
    source: Node | None = None
    turned: bool = False

    @property
    def does(self) -> str:
        """The name of the operation, or what reduces."""
        if self.op is None:
            return self.kind
        return self.op.attributes["combiner"] if self.kind == "reduce" else self.op.name


@dataclass
class Parameter:
    """A parameter of the function.

    `axes` is None of a number; a size is a number or a name, or "".
    """

    name: str
    type: Type
    axes: Axes
    node: Node
    sizes: tuple[int | str, ...] = ()


@dataclass
class Kernel:
    """A traced function: what one kernel loads, computes, and stores in one result."""

    name: str
    parameters: list[Parameter]
    result: Node
    element: Type
    axes: tuple[str | None, ...]  # of the result
    sizes: dict[str, int | str]  # of rows and columns: known, or the name that it has

    def read(self) -> set[Node]:
        """The nodes that the result needs, and those whose parameters its products load."""
        live = self.live()
        return {*live, *(node.source for node in live if node.source is not None)}

    def live(self) -> list[Node]:
        """The nodes that the result needs, each after its operands."""
        found: dict[Node, None] = {}
        stack = [(self.result, False)]
        while stack:
            node, ready = stack.pop()
            if ready:
                found.setdefault(node)
            elif node not in found:
                stack.append((node, True))
                stack += [(operand, False) for operand in reversed(node.operands)]
        return list(found)


def fold(op: Operation, operands: Sequence[Any], element: Type, types: Sequence[Type]) -> Any:
    """What an operation makes of numbers. EvaluationError if that is not defined."""
    scalar = Operation(op.name, [Value(type) for type in types], [element], op.attributes)
    return evaluator(scalar)(*operands)


_REDUCTIONS = frozenset(
    f"arith.{name}" for name in "addf maximumf minimumf addi maxsi minsi".split()
)


def neutral(combiner: str, element: Type) -> int | float | None:
    """What changes nothing when it is combined; None where Triton has no such reduction.

    Of sums it is 0.0, and not -0.0, which reads worse: a sum of nothing but -0.0 is 0.0 then.
    """
    unsigned = is_unsigned(element) and combiner in ("arith.maxui", "arith.minui")
    if (
        element == i1
        or isinstance(element, IndexType)
        or combiner not in _REDUCTIONS
        and not unsigned
    ):
        return None
    return 0.0 if combiner == "arith.addf" else spelling.neutral(combiner, element)


def element_of(type: Type) -> Type:
    return type.element if isinstance(type, TensorType) else type

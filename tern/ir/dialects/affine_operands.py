"""What the operands of affine operations can be: induction variables, and sizes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tern.ir.core import BlockArgument, Operation, OpResult, Value
from tern.types import index

LOOPS = frozenset({"affine.for", "affine.parallel"})


def is_induction_variable(value: Value) -> bool:
    """Whether the value is the induction variable of a loop."""
    return isinstance(value, BlockArgument) and owner(value.block) in LOOPS


def owner(block: Any) -> str | None:
    """The name of the operation whose region the block is in."""
    region = block.parent if block is not None else None
    return region.parent.name if region is not None and region.parent is not None else None


def check_operands(op: Operation, operands: Sequence[Value]) -> str | None:
    """Affine operands are induction variables, and index values that no loop changes."""
    for value in operands:
        if value.type != index:
            return f"{op.name} needs operands of type index, not {value.type}"
        home = value.op.parent if isinstance(value, OpResult) else getattr(value, "block", None)
        around = owner(home)
        if around is not None and around != "func.func" and not is_induction_variable(value):
            return f"{op.name} uses an index that is neither an induction variable nor a size"
    return None

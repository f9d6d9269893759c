"""Patterns for sizes of tensors: they follow from where the tensor comes from."""

from __future__ import annotations

from tern.ir import DEFINITIONS, Operation, OpResult, Value, known_integer
from tern.rewrite.pattern import Pattern, pattern
from tern.rewrite.rewriter import Rewriter
from tern.types import TensorType, index


def _asked(op: Operation) -> tuple[Operation | None, int] | None:
    """What computes the tensor that a tensor.dim is about, and the axis; None if that is not known,
    or there is no such axis."""
    tensor, axis = op.operands[0], known_integer(op.operands[1])
    if axis is None or not 0 <= axis < tensor.type.rank:
        return None
    return (tensor.op if isinstance(tensor, OpResult) else None), axis


@pattern("tensor.dim", benefit=3)
def size_of_type(op: Operation, rewriter: Rewriter) -> bool:
    """A size that the type knows."""
    asked = _asked(op)
    size = op.operands[0].type.shape[asked[1]] if asked is not None else None
    if not isinstance(size, int):
        return False
    constant = rewriter.constant(op, size, index)
    assert constant is not None
    rewriter.replace(op, [constant])
    return True


@pattern("tensor.dim", benefit=2)
def size_of_made(op: Operation, rewriter: Rewriter) -> bool:
    """A size that tensor.empty or tensor.splat was told."""
    asked = _asked(op)
    if asked is None or asked[0] is None or asked[0].name not in ("tensor.empty", "tensor.splat"):
        return False
    made, axis = asked
    sizes = made.operands if made.name == "tensor.empty" else made.operands[1:]
    shape = op.operands[0].type.shape
    rewriter.replace(op, [sizes[sum(not isinstance(size, int) for size in shape[:axis])]])
    return True


@pattern("tensor.dim")
def size_of_like(op: Operation, rewriter: Rewriter) -> bool:
    """A size of a result is that of an operand.

    Of an elementwise operation's first tensor; of what one of linalg's writes into."""
    asked = _asked(op)
    like = _like(asked[0]) if asked is not None and asked[0] is not None else None
    if like is None:
        return False
    rewriter.set_operands(op, [like, op.operands[1]])
    return True


def _like(op: Operation) -> Value | None:
    if op.name.startswith("linalg.") and op.name not in ("linalg.index", "linalg.generic"):
        return op.operands[-1]
    if not op.name.startswith(("arith.", "math.")) or not op.operands:
        return None
    return next((v for v in op.operands if isinstance(v.type, TensorType)), None)


SIZES: tuple[Pattern, ...] = (size_of_type, size_of_made, size_of_like)

assert all(each.root in DEFINITIONS for each in SIZES)

"""Which operations may run where the program would not have run them, or not run at all."""

from __future__ import annotations

from collections.abc import Callable

from tern.ir.core import Operation, known_integer
from tern.ir.dialects.forms import element_of
from tern.ir.registry import DEFINITIONS, is_pure
from tern.numbers import width_of
from tern.types import TensorType


def may_fail(op: Operation) -> bool:
    """Whether running the operation, with all inside it, can end in an error instead of a result.

    The definition says which kinds of operations can. Constants among the operands can rule it
    out: a division by 3 never fails. O(what is inside).
    """
    return any(_kind_may_fail(each) for each in op.walk())


def is_speculatable(op: Operation) -> bool:
    """Whether it makes no difference how often the operation runs, and if it does at all.

    It computes its results, does nothing besides, and cannot fail. MLIR's word, and LLVM's: such
    an operation may run *speculatively*, before it is known that somebody needs the result.
    """
    return is_pure(op) and not may_fail(op)


def _kind_may_fail(op: Operation) -> bool:
    definition = DEFINITIONS.get(op.name)
    if definition is None or not definition.fails:
        return definition is None
    ruled_out = _RULED_OUT.get(definition.fails)
    return ruled_out is None or not ruled_out(op)


def _divides_safely(op: Operation) -> bool:
    divisor = known_integer(op.operands[1])
    unsafe = (0,) if op.name.endswith("ui") else (0, -1)  # the least number by -1 does not fit
    return divisor is not None and divisor not in unsafe


def _shifts_safely(op: Operation) -> bool:
    amount = known_integer(op.operands[1])
    return amount is not None and 0 <= amount < width_of(element_of(op.operands[0].type))


def _has_known_sizes(op: Operation) -> bool:
    """What the verifier has seen to fit, fits."""
    types = [value.type for value in (*op.operands, *op.results)]
    shapes = [type.shape for type in types if isinstance(type, TensorType)]
    return op.name in _CHECKED and all(isinstance(n, int) for shape in shapes for n in shape)


_CHECKED = frozenset(
    "tensor.empty tensor.splat tensor.expand_shape tensor.collapse_shape tensor.cast "
    "linalg.transpose linalg.broadcast".split()
)
"""Operations that fail for no other reason than sizes that are not known before."""

_RULED_OUT: dict[str, Callable[[Operation], bool]] = {
    "division": _divides_safely,
    "shift": _shifts_safely,
    "sizes": _has_known_sizes,
}

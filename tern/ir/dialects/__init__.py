"""The table of the operations that tern knows."""

from __future__ import annotations

from tern.ir.core import Operation
from tern.ir.dialects import affine, arith, func, memref, scf, tensor
from tern.ir.dialects.definition import Definition

DEFINITIONS: dict[str, Definition] = {
    definition.name: definition
    for dialect in (func, arith, memref, affine, scf, tensor)
    for definition in dialect.DEFINITIONS
}

_TERMINATORS = frozenset(name for name, d in DEFINITIONS.items() if d.terminator)
_PURE = frozenset(name for name, d in DEFINITIONS.items() if d.pure)


def is_terminator(op: Operation) -> bool:
    """Whether this kind of operation ends a block."""
    return op.name in _TERMINATORS


def is_pure(op: Operation) -> bool:
    """Whether the operation only computes its results: it may go if nobody uses them."""
    return op.name in _PURE


def check_operation(op: Operation) -> str | None:
    """What is wrong with the operation's own types and counts, in one line; None if nothing."""
    definition = DEFINITIONS.get(op.name)
    if definition is None:
        return f"there is no operation {op.name!r}"
    return definition.check(op)

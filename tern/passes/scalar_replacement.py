"""Scalar replacement: what is known to be in memory is taken from a value instead.

Sources: D. Callahan, S. Carr, and K. Kennedy, "Improving Register Allocation for Subscripted
Variables", PLDI 1990; MLIR's pass affine-scalrep does the same on `affine`.
"""

from __future__ import annotations

from tern.ir import Block, Operation, Value, is_pure, replace_uses, uses
from tern.ir.dialects.affine import access

Element = tuple[Value, tuple[Value, ...], tuple[tuple[int, ...], ...]]


def scalar_replacement(root: Operation) -> int:
    """Drop loads of what is known, and stores that nobody reads, in place.

    Within a block, a load of an element that was loaded or stored before takes that value, unless
    a store between may have changed it. A store goes if a later one in the block hits
    the same element and nothing between may read it; so do all stores to a buffer of the
    function's own that is never loaded from, and with them the buffer. Buffers that are
    different values are taken not to overlap. Gives the number of loads that went.
    """
    replaced: dict[Value, Value] = {}
    for block in blocks(root):
        _forward(block, replaced)
        _drop_overwritten(block)
    replace_uses(root, replaced)
    _drop_unread_buffers(root)
    return len(replaced)


def blocks(root: Operation) -> list[Block]:
    """All blocks inside `root`, in the order of the text."""
    return [block for op in root.walk() for region in op.regions for block in region.blocks]


def _element(op: Operation) -> Element:
    buffer, operands, rows = access(op)
    return buffer, tuple(operands), rows


def may_meet(element: Element, other: Element) -> bool:
    """Whether two accesses of one block can be to the same element, in the same iteration.

    They cannot if their buffers differ, or one subscript differs by a constant that is not 0.
    """
    if element[0] is not other[0]:
        return False
    for row, second in zip(element[2], other[2]):
        terms, others = dict(zip(element[1], row)), dict(zip(other[1], second))
        moves = any(terms.get(v, 0) != others.get(v, 0) for v in {*terms, *others})
        if not moves and row[-1] != second[-1]:
            return False
    return True


def _forward(block: Block, replaced: dict[Value, Value]) -> None:
    """Find loads of what is known, from the top; they leave the block."""
    known: dict[Element, Value] = {}
    for op in list(block.operations):
        if op.name == "affine.load":
            element = _element(op)
            if element in known:
                replaced[op.result] = known[element]
                block.operations.remove(op)
            else:
                known[element] = op.result
        elif op.name == "affine.store":
            element = _element(op)
            known = {p: value for p, value in known.items() if not may_meet(p, element)}
            known[element] = replaced.get(op.operands[0], op.operands[0])
        else:
            stored = _touched(op, ".store")
            known = {p: v for p, v in known.items() if stored is not None and p[0] not in stored}


def _drop_overwritten(block: Block) -> None:
    """Find stores that a later one makes useless, from the bottom."""
    rewritten: set[Element] = set()  # elements that are stored to before they are read
    for op in reversed(list(block.operations)):
        if op.name == "affine.store":
            element = _element(op)
            if element in rewritten:
                block.operations.remove(op)
            rewritten.add(element)
        elif op.name == "affine.load":
            element = _element(op)
            rewritten = {p for p in rewritten if not may_meet(p, element)}
        else:
            loaded = _touched(op, ".load")
            rewritten = {p for p in rewritten if loaded is not None and p[0] not in loaded}


def _touched(root: Operation, how: str) -> set[Value] | None:
    """The buffers that an operation, or one inside it, loads from or stores to; None for any."""
    found: set[Value] = set()
    for op in root.walk():
        if op.name.startswith(("affine.", "memref.")) and op.name.endswith((".load", ".store")):
            if op.name.endswith(how):
                found.add(op.operands[op.name.endswith(".store")])
        elif not (is_pure(op) or op.name in _HARMLESS):
            return None
    return found


_HARMLESS = frozenset({"affine.for", "affine.yield", "memref.alloc", "memref.alloca"})


def _drop_unread_buffers(root: Operation) -> None:
    users = uses(root)
    for block in blocks(root):
        for op in list(block.operations):
            if op.name != "memref.alloc":
                continue
            found = users.get(op.result, [])
            if all(
                user.name == "affine.store" and user.operands[0] is not op.result for user in found
            ):
                for store in found:
                    store.parent.operations.remove(store)
                block.operations.remove(op)

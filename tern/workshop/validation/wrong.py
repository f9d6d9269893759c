"""Passes that are wrong, each as it has been written more than once, to test the tests with."""

from __future__ import annotations

from collections.abc import Callable

from tern.analysis.loops import natural_loops
from tern.ir import Block, Operation, functions, is_pure, is_terminator, replace_uses
from tern.passes.hoist import is_invariant
from tern.passes.preheaders import erase_empty_preheaders, insert_preheaders


def _of_each_function(run: Callable[[Operation], int]) -> Callable[[Operation], int]:
    def of_module(root: Operation) -> int:
        if root.name == "builtin.module":
            return sum(run(func) for func in functions(root))
        return run(root)

    of_module.__name__, of_module.__doc__ = run.__name__, run.__doc__
    return of_module


@_of_each_function
def divide_by_itself(func: Operation) -> int:
    """`x / x` becomes 1. It is, unless x is 0."""
    changes = 0
    for op in func.walk():
        if op.name == "arith.divsi" and op.operands[0] is op.operands[1]:
            op.name, op.operands, op.attributes = "arith.constant", [], {"value": 1}
            changes += 1
    return changes


@_of_each_function
def hoist_everything(func: Operation) -> int:
    """Whatever is loop-invariant and pure moves before the loop, and never mind if it can fail."""
    preheaders, made = insert_preheaders(func)
    moved = 0
    for loop in natural_loops(func):
        before = preheaders[loop.header]
        for block in loop.blocks:
            for op in list(block.operations):
                if is_pure(op) and not is_terminator(op) and is_invariant(op, loop):
                    block.operations.remove(op)
                    before.insert(len(before.operations) - 1, op)
                    moved += 1
    erase_empty_preheaders(func, made)
    return moved


@_of_each_function
def branches_to_selects(func: Operation) -> int:
    """`if c { r = E }` becomes `r = select(c, E, r)`, which computes E in any case."""
    changes = 0
    for block in list(func.body.blocks):
        last = block.terminator
        if last.name != "cf.cond_br":
            continue
        (then, given), (after, otherwise) = last.successors
        if not _is_side(func, then, after) or given or len(otherwise) != 1:
            continue
        block.operations.pop()
        ((_, (value,)),) = then.operations.pop().successors
        for op in then.operations:
            block.append(op)
        chosen = Operation(
            "arith.select",
            [last.operands[0], value, otherwise[0]],
            [value.type],
            location=last.location,
        )
        block.append(chosen)
        block.append(
            Operation("cf.br", successors=[(after, [chosen.result])], location=last.location)
        )
        func.body.blocks.remove(then)
        changes += 1
    return changes


def _is_side(func: Operation, then: Block, after: Block) -> bool:
    """Whether a block computes one value for another, and only one branch leads to it."""
    last = then.terminator
    edges = [to for block in func.body.blocks for to, _ in block.terminator.successors]
    return (
        last.name == "cf.br"
        and last.successors[0][0] is after
        and len(last.successors[0][1]) == 1
        and edges.count(then) == 1
        and all(is_pure(op) for op in then.operations[:-1])
    )


@_of_each_function
def difference_is_zero_order(func: Operation) -> int:
    """`a - b` and `b - a` are taken to be the same: operands sorted, whatever the operation."""
    seen: dict[tuple[str, frozenset[object]], Operation] = {}
    replaced = {}
    for op in list(func.body.blocks[0].operations):
        if op.name in ("arith.subi", "arith.addi"):
            first = seen.setdefault((op.name, frozenset(op.operands)), op)
            if first is not op:
                replaced[op.result] = first.result
                func.body.blocks[0].operations.remove(op)
    replace_uses(func, replaced)
    return len(replaced)


WRONG: dict[str, Callable[[Operation], int]] = {
    "x / x → 1": divide_by_itself,
    "hoisted division": hoist_everything,
    "branch turned into select": branches_to_selects,
    "a - b is b - a": difference_is_zero_order,
}

"""Fewer blocks and branches: what other passes leave of the control flow graph, tidied up."""

from __future__ import annotations

from tern.ir import (
    Block,
    BlockArgument,
    Operation,
    OpResult,
    Value,
    defined_functions,
    erase_unreachable_blocks,
    replace_uses,
    uses,
)
from tern.ir.core import Successor


def simplify_cfg(root: Operation) -> int:
    """Simplify the branches of a function in the flat form, in place; of a module, of all its
    functions. Gives the number of changes.

    A cf.cond_br that always goes the same way, because its condition is a constant or because both
    sides are one block with the same values, becomes a cf.br. A branch to a block that only
    branches on leads directly to where that one does. A block whose only predecessor leads nowhere
    else is appended to it. Blocks that nothing reaches go. O(operations + edges) a
    round, until one finds nothing more.
    """
    if root.name == "builtin.module":
        return sum(simplify_cfg(func) for func in defined_functions(root))

    changes, found = 0, 1
    while found:
        found = _decide_branches(root) + _skip_empty_blocks(root)
        before = len(root.body.blocks)
        erase_unreachable_blocks(root)
        found += before - len(root.body.blocks)
        found += _merge_chains(root)
        changes += found
    return changes


def _decide_branches(func: Operation) -> int:
    decided = 0
    for block in func.body.blocks:
        last = block.terminator
        if last.name != "cf.cond_br":
            continue
        chosen = _only_way(last)
        if chosen is not None:
            block.operations.pop()
            block.append(Operation("cf.br", successors=[chosen], location=last.location))
            decided += 1
    return decided


def _only_way(branch: Operation) -> Successor | None:
    condition, (then, otherwise) = branch.operands[0], branch.successors
    if isinstance(condition, OpResult) and condition.op.name == "arith.constant":
        return then if condition.op.attributes["value"] else otherwise
    return then if then[0] is otherwise[0] and then[1] == otherwise[1] else None


def _skip_empty_blocks(func: Operation) -> int:
    """Lead edges past the blocks that hold nothing but a cf.br.

    The values that such a block passes on may be its own arguments, if only its branch uses
    them: what an edge gives for them is passed on instead.
    """
    entry = func.body.blocks[0]
    users = uses(func)
    empty = {
        block
        for block in func.body.blocks
        if len(block.operations) == 1
        and block.terminator.name == "cf.br"
        and block is not entry
        and all(user.parent is block for arg in block.args for user in users.get(arg, ()))
    }

    def destination(successor: Successor) -> Successor:
        first, seen = successor, set()
        while (block := successor[0]) in empty:
            if block in seen:  # a loop of empty blocks, which never ends, is left alone
                return first
            seen.add(block)
            to, values = block.terminator.successors[0]
            given: dict[Value, Value] = dict(zip(block.args, successor[1]))
            successor = to, [given.get(value, value) for value in values]
        return successor

    skipped = 0
    for block in func.body.blocks:
        if block not in empty:
            last = block.terminator
            before = last.successors
            last.successors = [destination(successor) for successor in before]
            skipped += sum(old is not new for old, new in zip(before, last.successors))
    return skipped


def _merge_chains(func: Operation) -> int:
    """Append each block to its predecessor, where both have no other neighbor on that side."""
    blocks = func.body.blocks
    edges: dict[Block, int] = dict.fromkeys(blocks, 0)
    edges[blocks[0]] = 1  # the caller's
    for block in blocks:
        for target, _ in block.terminator.successors:
            edges[target] += 1

    replaced: dict[Value, Value] = {}
    merged: set[Block] = set()
    for block in blocks:
        while block not in merged and (last := block.terminator).name == "cf.br":
            target, values = last.successors[0]
            if edges[target] != 1 or target is block:
                break
            replaced.update(zip(target.args, values))
            block.operations.pop()
            for op in target.operations:
                block.append(op)
            merged.add(target)
    if not merged:
        return 0
    func.body.blocks = [block for block in blocks if block not in merged]
    replace_uses(func, {old: _resolved(old, replaced) for old in replaced})
    return len(merged)


def _resolved(value: Value, replaced: dict[Value, Value]) -> Value:
    """What finally stands for a value: an argument may have been given another one's."""
    while isinstance(value, BlockArgument) and value in replaced:
        value = replaced[value]
    return value

"""Constants and dead branches, found together."""

from __future__ import annotations

from typing import Any

from tern.analysis.constants import VARYING
from tern.ir import (
    Block,
    BlockArgument,
    EvaluationError,
    Operation,
    Value,
    defined_functions,
    erase_unreachable_blocks,
    evaluator,
    replace_uses,
    uses,
)
from tern.numbers import exact_text
from tern.parts import part


def taken(op: Operation, facts: dict[Value, Any]) -> range:
    """The numbers of the successors that a terminator may branch to, as far as `facts` can tell."""
    if not op.operands or not op.successors:
        return range(len(op.successors))
    if op.operands[0] not in facts:
        return range(0)
    condition = facts[op.operands[0]]
    if condition is VARYING:
        return range(len(op.successors))
    return range(1) if condition else range(1, 2)


def computed(op: Operation, facts: dict[Value, Any]) -> Any:
    """The number that an operation gives where its operands have the numbers in `facts`; VARYING
    if there is no such number."""
    operands = [facts[value] for value in op.operands]
    if VARYING in operands or len(op.results) != 1:
        return VARYING
    try:
        return evaluator(op)(*operands)
    except EvaluationError:  # not an operation on single numbers, or one that fails: it stays
        return VARYING


def constants_of(func: Operation) -> tuple[dict[Value, Any], set[Block]]:
    """What is known of each value that some run may compute: a number, or VARYING; and the blocks
    that some run may reach. O(uses): a fact changes twice at most."""
    users: dict[Value, list[Operation]] = {}
    passed: dict[Value, list[tuple[Operation, int, BlockArgument]]] = {}
    for op in func.walk():
        for value in op.operands:
            users.setdefault(value, []).append(op)
        for i, (target, values) in enumerate(op.successors):
            for arg, value in zip(target.args, values):
                passed.setdefault(value, []).append((op, i, arg))

    facts: dict[Value, Any] = {}
    reached: set[Block] = set()
    crossed: set[tuple[Operation, int]] = set()  # the edges that some run may take
    blocks: list[Block] = []  # reached, and not yet looked at
    changed: list[Value] = []  # whose facts are new, or worse

    def reach(block: Block) -> None:
        if block not in reached:
            reached.add(block)
            blocks.append(block)

    def learn(value: Value, fact: Any) -> None:
        """Meet what is known of `value` with what one path says."""
        if value not in facts:
            facts[value] = fact
        elif facts[value] is VARYING or exact_text(facts[value]) == exact_text(fact):
            return  # by bits: 0.0 is not -0.0, and NaN is NaN
        else:
            facts[value] = VARYING
        changed.append(value)

    def enter(block: Block) -> None:
        """Start in a block with arguments that nobody knows."""
        for arg in block.args:
            learn(arg, VARYING)
        reach(block)

    def visit(op: Operation) -> None:
        for i in taken(op, facts):
            if (op, i) not in crossed:
                crossed.add((op, i))
                target, values = op.successors[i]
                for arg, value in zip(target.args, values):
                    if value in facts:
                        learn(arg, facts[value])
                reach(target)
        for region in op.regions:  # how often it runs, and on what, is the operation's own affair
            for block in region.blocks:
                enter(block)
        if op.results and all(value in facts for value in op.operands):
            fact = computed(op, facts)
            for result in op.results:
                learn(result, fact)

    enter(func.body.blocks[0])
    while blocks or changed:
        if blocks:
            for op in blocks.pop().operations:
                visit(op)
            continue
        value = changed.pop()
        for op in users.get(value, ()):
            if op.parent in reached:
                visit(op)
        for op, i, arg in passed.get(value, ()):
            if (op, i) in crossed:
                learn(arg, facts[value])
    return facts, reached


def constant(number: Any, like: Value, location: Any) -> Operation:
    """An arith.constant in place of the value `like`."""
    op = Operation("arith.constant", (), [like.type], {"value": number}, location=location)
    op.results[0].hint = like.hint
    return op


@part("passes.sccp", helpers=(taken, computed, constants_of, constant))
def sccp(root: Operation) -> int:
    """Replace what always is the same number by a constant, and branches that always go the same
    way by jumps, in place; then erase the blocks that nothing reaches. `root` is a function, or a
    module, whose functions are taken one by one. Gives the number of changes: values replaced,
    branches decided, and blocks erased.

    Sparse conditional constant propagation (Wegman & Zadeck, "Constant Propagation with
    Conditional Branches", 1991). It is optimistic: no value has a fact and no block but the entry
    is reached until something says so. So a block argument is a constant if it is the same number
    along all edges that may be taken, and an edge may be taken unless a constant says otherwise:
    each may follow from the other. O(uses).

    An operation that fails on its constant operands stays, and so fails when the program runs.
    Operations with regions give results that nobody knows, and start their regions with arguments
    that nobody knows; what is inside is replaced like everything else. Block arguments stay, even
    if no one uses them any more.
    """
    if root.name == "builtin.module":
        return sum(sccp(func) for func in defined_functions(root))

    facts, reached = constants_of(root)
    used = uses(root)
    replaced: dict[Value, Value] = {}
    decided = 0

    def known(value: Value) -> bool:
        return facts.get(value, VARYING) is not VARYING

    for block in reached:
        kept: list[Operation] = []
        for arg in block.args:
            if known(arg) and arg in used:
                kept.append(constant(facts[arg], arg, block.operations[0].location))
                replaced[arg] = kept[-1].result
        for op in block.operations:
            if op.name != "arith.constant" and len(op.results) == 1 and known(op.result):
                kept.append(constant(facts[op.result], op.result, op.location))
                replaced[op.result] = kept[-1].result
            elif len(taken(op, facts)) < len(op.successors):
                (chosen,) = [op.successors[i] for i in taken(op, facts)]
                kept.append(Operation("cf.br", successors=[chosen], location=op.location))
                decided += 1
            else:
                kept.append(op)
        for op in kept:
            op.parent = block
        block.operations = kept
    replace_uses(root, replaced)
    blocks = len(root.body.blocks)
    erase_unreachable_blocks(root)
    return len(replaced) + decided + blocks - len(root.body.blocks)

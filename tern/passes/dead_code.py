"""Removing what computes a result that nobody uses, and all that only served to compute it."""

from __future__ import annotations

from collections.abc import Callable

from tern.ir import (
    Block,
    BlockArgument,
    Operation,
    OpResult,
    Value,
    defined_functions,
    erase_unreachable_blocks,
    is_pure,
    is_speculatable,
    uses,
)
from tern.parts import part
from tern.passes.dead_loops import bypass_dead_loops


def erase_dead_operations(
    root: Operation, needed: Callable[[Operation], bool] = lambda op: False
) -> int:
    """Erase pure operations inside `root` whose results are not used, in place; but for those that
    are `needed` for themselves.

    An operation that only a dead one used is dead too. Values that reach only themselves
    through block arguments stay. One that could have failed goes as well: on the way from tensors
    to loops, where this is for, nobody waits for an error from what nobody uses.
    The result is the number of operations erased. O(n).
    """
    users = {value: len(found) for value, found in uses(root).items()}
    dead: set[Operation] = set()
    work = [op for op in root.walk() if op is not root]
    inside = set(work)
    while work:  # from the end of the text, so that most users go before what they use
        op = work.pop()
        if op not in inside or op in dead or not is_pure(op) or needed(op):
            continue
        if any(users.get(result, 0) for result in op.results):
            continue
        going = [each for each in op.walk() if each not in dead]  # what is in its regions, too
        dead.update(going)
        for value in [value for each in going for value in each.operands]:
            users[value] -= 1
            if users[value] == 0 and isinstance(value, OpResult):
                work.append(value.op)
    for block in {op.parent for op in dead if op.parent is not None}:
        block.operations = [op for op in block.operations if op not in dead]
    return len(dead)


def is_variable(value: Value) -> bool:
    """Whether a value is a variable of the function's own: an alloca."""
    return isinstance(value, OpResult) and value.op.name == "memref.alloca"


def is_needed_for_itself(op: Operation) -> bool:
    """Whether an operation stays although nobody uses its results.

    It decides where control goes, has an effect that somebody may see, or can fail. To load a
    variable that holds something never fails.
    """
    if is_speculatable(op) or op.name == "memref.alloca":
        return False
    return not (op.name == "memref.load" and is_variable(op.operands[0]))


def operands_of(op: Operation) -> list[Value]:
    """What an operation, with all inside it, uses."""
    if not op.regions:
        return list(op.operands)
    return [value for inner in op.walk() for value in inner.operands]


def stores_to_variables(func: Operation) -> dict[Value, list[Operation]]:
    """The stores to each variable that stand directly in a block."""
    stores: dict[Value, list[Operation]] = {}
    for block in func.body.blocks:
        for op in block.operations:
            if op.name == "memref.store" and is_variable(op.operands[1]):
                stores.setdefault(op.operands[1], []).append(op)
    return stores


def live_values(func: Operation) -> tuple[set[Operation], set[Value]]:
    """The operations and the block arguments that are needed: all the others may go.

    What is needed for itself, and then whatever it needs. Nothing is taken to be needed until
    somebody asks for it, so values that only feed each other in a cycle are not.
    """
    blocks = func.body.blocks
    stores = stores_to_variables(func)
    own = {store for found in stores.values() for store in found}
    incoming: dict[Block, list[list[Value]]] = {block: [] for block in blocks}
    for block in blocks:
        for target, values in block.terminator.successors:
            incoming[target].append(values)

    every = [op for block in blocks for op in block.operations]
    operations = {op for op in every if op not in own and is_needed_for_itself(op)}
    arguments: set[Value] = set(blocks[0].args)  # the signature's are not ours to erase
    work = list(operations)
    while work:
        needed = operands_of(work.pop())
        while needed:
            value = needed.pop()
            if isinstance(value, OpResult):
                if value.op not in operations:
                    found = [value.op, *stores.get(value, ())]  # who uses a variable may read it
                    operations.update(found)
                    work += found
            elif value not in arguments:
                arguments.add(value)
                if isinstance(value, BlockArgument):
                    needed += [values[value.index] for values in incoming.get(value.block, ())]
    return operations, arguments


def sweep(func: Operation, operations: set[Operation], arguments: set[Value]) -> int:
    """Erase the operations and block arguments that are in neither set. Gives their number."""
    erased = 0
    kept: dict[Block, list[int]] = {}
    for block in func.body.blocks:
        erased += len(block.operations)
        block.operations = [op for op in block.operations if op in operations]
        erased -= len(block.operations)
        kept[block] = [i for i, arg in enumerate(block.args) if arg in arguments]
    for block in func.body.blocks:
        last = block.terminator
        last.successors = [(to, [values[i] for i in kept[to]]) for to, values in last.successors]
        if len(kept[block]) < len(block.args):
            erased += len(block.args) - len(kept[block])
            block.args = [block.args[i] for i in kept[block]]
            for i, arg in enumerate(block.args):
                arg.index = i
    return erased


@part(
    "passes.dce",
    helpers=(
        is_variable,
        is_needed_for_itself,
        operands_of,
        stores_to_variables,
        live_values,
        sweep,
    ),
)
def dce(root: Operation) -> int:
    """Erase what makes no difference, in place. `root` is a function in the flat form, or a module,
    whose functions are taken one by one. Gives the number of operations, block arguments, and
    blocks that went.

    These go: blocks that the entry does not reach; operations without effects that cannot fail, if
    nobody who stays uses their results; block arguments likewise, also those that only feed
    each other around a loop; variables that nobody uses but to store to them, with these stores;
    loops without effects whose values nobody uses, if they end for sure. An operation that can fail
    stays: a program that fails does so before and after, at the same place. (The error
    of reading a variable before anything is stored in it may go.) Every branch stays as well,
    except those of such loops.

    Marking what is needed, and sweeping the rest: Cytron and others, "Efficiently Computing
    Static Single Assignment Form and the Control Dependence Graph", 1991, section 7.1, with all
    branches needed. O(operations) for each round of loops that go: those inside, or whose results
    are limits of others, go first.
    """
    if root.name == "builtin.module":
        return sum(dce(func) for func in defined_functions(root))

    erased = 0
    while True:
        before = len(root.body.blocks)
        erase_unreachable_blocks(root)
        erased += before - len(root.body.blocks)
        erased += sweep(root, *live_values(root))
        if not bypass_dead_loops(root):
            return erased

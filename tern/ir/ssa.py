"""From variables to values: static single assignment form."""

from __future__ import annotations

from tern.ir.cfg import control_flow_graph, erase_unreachable_blocks, predecessors_of
from tern.ir.core import Operation, Value
from tern.ir.dominance import dominance_frontiers, dominator_tree, immediate_dominators
from tern.ir.errors import VerifyError
from tern.ir.printer import value_names
from tern.ir.registry import is_pure
from tern.parts import part


def promotable_slots(func: Operation) -> dict[Value, int]:
    """The variables that are only ever loaded and stored to, each with its alloca's block."""
    homes: dict[Value, int] = {}
    escaped: set[Value] = set()
    for number, block in enumerate(func.body.blocks):
        for op in block.operations:
            if op.name == "memref.alloca":
                homes[op.results[0]] = number
            elif op.name == "memref.store":
                escaped.add(op.operands[0])  # what is stored, not where
            elif op.name != "memref.load":
                escaped.update(op.operands)
                for _, args in op.successors:
                    escaped.update(args)
    return {slot: home for slot, home in homes.items() if slot not in escaped}


def live_in_blocks(
    loads_first: set[int], stores: set[int], predecessors: list[list[int]]
) -> set[int]:
    """The blocks at whose start a variable holds what a later load may read.

    They are the blocks that load the variable before they store to it, and then, backwards,
    every block from which one of those can be reached without passing a store.
    """
    live: set[int] = set()
    work = list(loads_first)
    while work:
        block = work.pop()
        if block not in live:
            live.add(block)
            work.extend(p for p in predecessors[block] if p not in stores)
    return live


def merge_blocks(stores: set[int], live: set[int], frontiers: list[set[int]]) -> set[int]:
    """The blocks where several values of a variable meet and one is still needed."""
    merges: set[int] = set()
    work = list(stores)
    while work:
        for block in frontiers[work.pop()]:
            if block in live and block not in merges:
                merges.add(block)  # the new argument is a definition like a store, so
                work.append(block)  # its own frontier counts too
    return merges


@part("ir.to_ssa", helpers=(promotable_slots, live_in_blocks, merge_blocks))
def to_ssa(func: Operation) -> None:
    """Replace the variables of `func` by values and block arguments, in place.

    A variable is a `memref.alloca() : memref<T>` that is only loaded and stored to; one that
    escapes (is stored as a value, or passed to a call) stays. Blocks that the entry does not
    reach are erased. New block arguments come after those that a block has, in the order of
    the allocas. A block gets one only where values meet and a load may still read the result:
    *pruned* SSA.

    Cytron, Ferrante, Rosen, Wegman & Zadeck, "Efficiently Computing Static Single Assignment
    Form and the Control Dependence Graph", 1991: placement by iterated dominance frontiers
    (section 5.1), renaming in one walk over the dominator tree (section 5.2). O(operations +
    frontiers + live ranges, counted in blocks).

    Raises:
        VerifyError: some path reads a variable before anything is stored in it, or `func` is
            not in the flat form (lower_scf makes it flat): an operation has regions, and is not
            pure. `func` keeps its variables then; unreachable blocks may be gone already.
    """
    erase_unreachable_blocks(func)
    blocks = func.body.blocks
    successors = control_flow_graph(func)
    predecessors = predecessors_of(successors)
    idoms = immediate_dominators(successors)
    frontiers = dominance_frontiers(successors, idoms)
    homes = promotable_slots(func)

    # 1. For each variable, the blocks that store to it, and those that load it before that.
    stores: dict[Value, set[int]] = {slot: set() for slot in homes}
    loads_first: dict[Value, set[int]] = {slot: set() for slot in homes}
    for number, block in enumerate(blocks):
        for op in block.operations:
            if op.regions and not is_pure(op):
                raise VerifyError(f"to_ssa needs the flat form, without {op.name}")
            if op.name == "memref.load" and op.operands[0] in homes:
                if number not in stores[op.operands[0]]:
                    loads_first[op.operands[0]].add(number)
            elif op.name == "memref.store" and op.operands[1] in homes:
                stores[op.operands[1]].add(number)

    # 2. Decide which blocks need an argument for which variables.
    merging: list[list[Value]] = [[] for _ in blocks]
    for slot, home in homes.items():
        live = live_in_blocks(loads_first[slot], stores[slot], predecessors)
        if home in live:  # what is read there was there before the alloca: nothing
            name = slot.hint or value_names(func)[slot]
            raise VerifyError(f"the variable {name} may be read before it is stored to")
        for number in merge_blocks(stores[slot], live, frontiers):
            merging[number].append(slot)

    # 3. Rename. `current` says what each variable holds at this point of a walk over the
    #    dominator tree; on the way back up, `before` undoes what a block has changed.
    number_of = {block: number for number, block in enumerate(blocks)}
    children = dominator_tree(idoms)
    current: dict[Value, Value] = {}
    replaced: dict[Value, Value] = {}  # what a load gave, and what to use instead
    work: list[tuple[int, dict[Value, Value] | None]] = [(0, None)]
    while work:
        number, before = work.pop()
        if before is not None:
            current.update(before)
            continue
        before = {}
        block = blocks[number]
        for slot in merging[number]:
            before.setdefault(slot, current.get(slot))
            current[slot] = block.add_arg(slot.type.element)
        kept = []
        for op in block.operations:
            for inner in op.walk():  # a region that only computes may use variables, too
                inner.operands = [replaced.get(value, value) for value in inner.operands]
            if op.name == "memref.store" and op.operands[1] in homes:
                value, slot = op.operands
                before.setdefault(slot, current.get(slot))
                current[slot] = value
            elif op.name == "memref.load" and op.operands[0] in homes:
                replaced[op.results[0]] = current[op.operands[0]]
            elif op.name != "memref.alloca" or op.results[0] not in homes:
                kept.append(op)
        block.operations = kept
        block.terminator.successors = [
            (
                target,
                [replaced.get(value, value) for value in args]
                + [current[slot] for slot in merging[number_of[target]]],
            )
            for target, args in block.terminator.successors
        ]
        work.append((number, before))  # comes off the stack after all children
        work.extend((child, None) for child in children[number])

"""Loop-invariant code motion: what every iteration would compute alike is computed once, before.

Source: Aho, Lam, Sethi, and Ullman, "Compilers", 2nd edition, section 9.5; in SSA form no
other definition of a result can be in the way, and what is left to ask is whether an operation
may run although the original would not have run it.
"""

from __future__ import annotations

from tern.analysis.loops import Loop, natural_loops
from tern.ir import (
    DEFINITIONS,
    Block,
    Operation,
    OpResult,
    Value,
    captured_values,
    defined_functions,
    defining_block,
    is_pure,
    is_speculatable,
    is_terminator,
)
from tern.parts import part
from tern.passes.preheaders import erase_empty_preheaders, insert_preheaders


def is_invariant(op: Operation, loop: Loop) -> bool:
    """Whether all that the operation uses is defined outside of the loop."""
    used = [*op.operands, *captured_values(op)] if op.regions else op.operands
    return all(defining_block(value) not in loop.blocks for value in used)


def is_fresh(buffer: Value) -> bool:
    """Whether a buffer is one that nobody had before."""
    return isinstance(buffer, OpResult) and buffer.op.name in ("memref.alloca", "memref.alloc")


def is_parameter(buffer: Value) -> bool:
    """Whether a buffer is the caller's: an argument of the function."""
    block = defining_block(buffer)
    region = None if isinstance(buffer, OpResult) or block is None else block.parent
    return region is not None and region.blocks[0] is block


def may_be_one(a: Value, b: Value) -> bool:
    """Whether two names may be those of one buffer. Two parameters may: a caller can pass a buffer
    twice. What a block argument is nobody knows."""
    if a is b:
        return True
    fresh = is_fresh(a), is_fresh(b)
    return not (all(fresh) or fresh[0] and is_parameter(b) or fresh[1] and is_parameter(a))


def may_write(op: Operation, buffer: Value) -> bool:
    """Whether running the operation can change what is in the buffer."""
    definition = DEFINITIONS.get(op.name)
    if definition is None:
        return True
    if definition.effects == {"writes"}:
        return may_be_one(op.operands[1], buffer)
    return "control" in definition.effects and not is_terminator(op)


def reads_what_stays(op: Operation, loop: Loop) -> bool:
    """Whether an operation only reads, from a buffer that nothing in the loop writes to."""
    definition = DEFINITIONS.get(op.name)
    if definition is None or definition.effects != {"reads"}:
        return False
    buffer = op.operands[0]
    return not any(may_write(each, buffer) for block in loop.blocks for each in block.operations)


@part(
    "passes.licm",
    helpers=(is_invariant, is_fresh, is_parameter, may_be_one, may_write, reads_what_stays),
)
def licm(root: Operation) -> int:
    """Move loop-invariant operations out of loops, in place. `root` is a function in the flat form,
    or a module, whose functions are taken one by one. Gives the number of operations that moved.

    An operation moves to the end of its loop's preheader if all that it uses is defined outside of
    the loop, and

    - it is speculatable: it only computes, and cannot fail; or
    - it can fail, or reads memory to which nothing in the loop writes, *and* it runs
      whenever the loop is entered, before anything that stays and could fail or have an effect:
      nothing but such operations and unconditional branches lie between the header's start and it.

    So the function gives the same results, and fails as before, at the same place. Inner loops come
    first: an operation can rise through several. An operation with regions moves as a whole, or
    not. A loop gets a preheader if something moves there. Cycles without a header keep all that
    is in them. O(operations) for each depth of nesting, and for each load that may move.
    """
    if root.name == "builtin.module":
        return sum(licm(func) for func in defined_functions(root))

    preheaders, made = insert_preheaders(root)
    moved: set[Operation] = set()
    for loop in natural_loops(root):
        before = preheaders[loop.header]
        certain: Block | None = loop.header  # runs whenever the loop is entered, up to this point
        for block in loop.blocks:
            here = block is certain
            kept: list[Operation] = []
            for op in block.operations:
                if (
                    not is_terminator(op)
                    and is_invariant(op, loop)
                    and (
                        is_speculatable(op) or here and (is_pure(op) or reads_what_stays(op, loop))
                    )
                ):
                    before.insert(len(before.operations) - 1, op)
                    moved.add(op)
                else:
                    kept.append(op)
                    here = here and (is_speculatable(op) or is_terminator(op))
            block.operations = kept
            if block is certain:
                last = block.terminator
                certain = last.successors[0][0] if here and last.name == "cf.br" else None
    erase_empty_preheaders(root, made)
    return len(moved)

"""What a module holds, by MLIR's own API: how many operations, how deep, how long its chains."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from torch_mlir import ir

from tern.parts import part


def _inside(module: ir.Module) -> Iterator[tuple[ir.Operation, int]]:
    """Every operation inside of the module, and how many regions are around it."""
    waiting = [(module.operation, 0)]
    while waiting:
        outer, depth = waiting.pop()
        for region in outer.regions:
            for block in region.blocks:
                for op in block.operations:
                    yield op.operation, depth + 1
                    waiting.append((op.operation, depth + 1))


def _producers(op: ir.Operation) -> list[ir.Operation]:
    """The operations that compute the operands; a block's argument has none."""
    owners = [operand.owner for operand in op.operands]
    return [owner.operation for owner in owners if not isinstance(owner, ir.Block)]


@part("workshop.mlir.summarize", helpers=(_inside, _producers))
def summarize(module: ir.Module) -> dict[str, Any]:
    """What a module holds: how many operations, how deep they nest, how long their chains are.

    Returns a dict with four keys:

    - "operations": a dict from the name of an operation, "arith.addi", to how many there are inside
      of the module. The module itself doesn't count.
    - "depth": how many regions are around the innermost operation. 1 for an operation that stands
      directly in the module, 0 if the module is empty.
    - "unused": how many results of operations have no use.
    - "longest": the number of operations on the longest use-def chain, 0 if the module is empty.
      From one operation of a chain to the next you go from an operand to the operation that
      computes it. A block's argument ends the chain. So does an operation without operands.

    The module is any that MLIR verifies, also of dialects that nobody has registered. A block may
    use what a block further down in the text computes, and a chain may have 100,000 operations. No
    chain comes back to where it began. The module stays as it is. Time is linear in the number of
    operations and operands.

        >>> with ir.Context():
        ...     module = ir.Module.parse('''
        ...         func.func @f(%x: i32) -> i32 {
        ...           %0 = arith.muli %x, %x : i32
        ...           %1 = arith.addi %0, %x : i32
        ...           %2 = arith.subi %x, %x : i32
        ...           return %1 : i32
        ...         }''')
        ...     summarize(module)["longest"], summarize(module)["unused"]
        (3, 1)
    """
    counts: Counter[str] = Counter()
    depth = unused = 0
    longest: dict[ir.Operation, int] = {}  # the longest chain that begins at an operation
    for op, around in _inside(module):
        counts[op.name] += 1
        depth = max(depth, around)
        unused += sum(not any(True for _ in result.uses) for result in op.results)
        waiting = [op]
        while waiting:
            one = waiting[-1]
            producers = _producers(one)
            unknown = [each for each in producers if each not in longest]
            if unknown:
                waiting += unknown
            else:
                longest[waiting.pop()] = 1 + max((longest[each] for each in producers), default=0)
    return {
        "operations": dict(counts),
        "depth": depth,
        "unused": unused,
        "longest": max(longest.values(), default=0),
    }

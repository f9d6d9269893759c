"""What a function does between its parallel loops, put into loops, which can be outlined."""

from __future__ import annotations

from tern.analysis.nests import outermost
from tern.ir import Block, Operation, is_pure, uses
from tern.ir.dialects.affine import new_for
from tern.types import index


def gather(func: Operation) -> None:
    """Put what a function does between its parallel loops into loops of one iteration, in place.

    Outside of loops there remain buffers, numbers from which sizes are computed, and what is loaded
    there for a loop: all else has the bits that machine code gives it.
    """
    block, users = func.body.only_block, uses(func)
    run_of: dict[Operation, int] = {}
    outside = {op for op in block.operations if _is_of_python(op)}
    changed = True
    while changed:
        run_of, number = {}, 0
        for op in block.operations:
            if op.name == "affine.parallel" or (op in outside and not is_pure(op) and op.results):
                number += op.name not in ("memref.alloc", "memref.alloca")
            if op.name != "affine.parallel":
                run_of[op] = number
        changed = False
        for op in block.operations:
            if op.results and op not in outside and op.name != "affine.parallel":
                runs = {_run(user, run_of, outside) for user in users.get(op.result, [])}
                if runs - {run_of[op]}:
                    outside.add(op)
                    changed = True
    for number in dict.fromkeys(run_of.values()):
        ops = [op for op, n in run_of.items() if n == number and op not in outside]
        locals = [
            op
            for op in block.operations
            if op.name in ("memref.alloc", "memref.alloca")
            and not op.result.type.shape
            and all(outermost(user) in ops for user in users.get(op.result, []))
        ]
        if any(op.name.startswith(("affine.", "memref.")) for op in ops):
            _wrap(block, [op for op in block.operations if op in ops or op in locals])


def _is_of_python(op: Operation) -> bool:
    if op.name in ("memref.alloc", "memref.alloca", "memref.dim", "func.return"):
        return True
    return len(op.results) == 1 and op.result.type == index


def _run(user: Operation, run_of: dict[Operation, int], outside: set[Operation]) -> int:
    """In which run an operation is; -1 if Python does it, or a parallel loop is around it."""
    top = outermost(user)
    return -1 if top in outside else run_of.get(top, -1)


def _wrap(block: Block, ops: list[Operation]) -> None:
    """Put operations into a loop of one iteration, where the last of them stood."""
    loop = new_for(([], [(0,)]), ([], [(1,)]), location=ops[0].location)
    block.insert(block.operations.index(ops[-1]), loop)
    block.operations = [op for op in block.operations if op not in ops]
    loop.body.only_block.insert_all(0, ops)

"""A product and a sum as one operation, which is rounded once, where the program permits it."""

from __future__ import annotations

from tern.ir import Operation, OpResult, Value, replace_uses, uses
from tern.ir.dialects.forms import element_of
from tern.passes.fast_math import permits
from tern.passes.scalar_replacement import blocks
from tern.types import f32, f64


def fuse_multiply_add(root: Operation) -> int:
    """Make math.fma of each product that only a sum uses, in place.

    Both must have the flag `contract`. The result is more exact, and is another one. Gives the
    number of operations made. O(n).
    """
    users = uses(root)
    replaced: dict[Value, Value] = {}
    gone: set[Operation] = set()
    for block in blocks(root):
        for number, op in enumerate(block.operations):
            if op.name != "arith.addf" or not permits(op, "contract"):
                continue
            for product, other in (op.operands, op.operands[::-1]):
                if _is_free(product, op, users):
                    operands, type = [*product.op.operands, other], op.result.type
                    made = Operation("math.fma", operands, [type], location=op.location)
                    block.operations[number] = made
                    made.parent = block
                    replaced[op.result] = made.result
                    gone.add(product.op)
                    break
        block.operations = [op for op in block.operations if op not in gone]
    replace_uses(root, replaced)
    return len(replaced)


def _is_free(value: Value, user: Operation, users: dict[Value, list[Operation]]) -> bool:
    return (
        isinstance(value, OpResult)
        and value.op.name == "arith.mulf"
        and permits(value.op, "contract")
        and element_of(value.type) in (f32, f64)
        and users[value] == [user]
    )

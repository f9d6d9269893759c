"""Transposes of products go up or down, for the greedy driver: what saturation tries both ways."""

from __future__ import annotations

import math

from tern.ir import Block, Builder, Operation, OpResult, Value
from tern.rewrite import Rewriter, pattern
from tern.rewrite.equations import product, turned
from tern.rewrite.folding import number_of
from tern.rewrite.networks import TO_INPUTS as RULES_UP
from tern.rewrite.networks import TO_RESULTS as RULES_DOWN


def _defined_by(value: Value, name: str) -> Operation | None:
    found = value.op if isinstance(value, OpResult) else None
    return found if found is not None and found.name == name else None


def _product(op: Operation | None) -> Operation | None:
    """The operation, if it's a matrix product that adds to zeros."""
    start = None if op is None else _defined_by(op.operands[2], "linalg.fill")
    number = None if start is None else number_of(start.operands[0])
    return op if number == 0 and math.copysign(1.0, number) > 0 else None


def _put(rewriter: Rewriter, op: Operation, builder: Builder, value: Value) -> bool:
    """Place what was built before an operation, and replace the operation by it."""
    made = list(builder.block.operations)
    for each in made:
        each.parent = None
        rewriter.place(op, each)
    rewriter.replace(op, [value])
    return True


@pattern("linalg.transpose")
def transposed_product(op: Operation, rewriter: Rewriter) -> bool:
    """(a b)ᵀ is bᵀ aᵀ."""
    inner = _product(_defined_by(op.operands[0], "linalg.matmul"))
    if inner is None:
        return False
    a, b = inner.operands[:2]
    builder = Builder(Block(), op.location)
    made = product(builder, turned(builder, b, (1, 0)), turned(builder, a, (1, 0)))
    _put(rewriter, op, builder, made)
    if rewriter.is_unused(inner):  # the driver leaves it: a product may trap, for all it knows
        rewriter.erase(inner)
    return True


@pattern("linalg.matmul")
def product_transposed(op: Operation, rewriter: Rewriter) -> bool:
    """aᵀ bᵀ is (b a)ᵀ."""
    a, b = (_defined_by(each, "linalg.transpose") for each in op.operands[:2])
    if a is None or b is None or _product(op) is None:
        return False
    builder = Builder(Block(), op.location)
    made = turned(builder, product(builder, b.operands[0], a.operands[0]), (1, 0))
    return _put(rewriter, op, builder, made)


TO_INPUTS = (*RULES_UP, transposed_product)
"""Transposes go up, through products as well."""
TO_RESULTS = (*RULES_DOWN, product_transposed)
"""Transposes go down, where all operands have them, products' as well."""

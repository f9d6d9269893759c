"""Programs on which a greedy driver gets stuck, and what the best would be."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Any

from tern.ir import Block, Builder, Operation, Value, new_function, new_module
from tern.rewrite.equations import product, turned
from tern.types import IntegerType, ScalarType, TensorType, f32, i32


def matrix_chain(sizes: Sequence[int], element: ScalarType = i32) -> Operation:
    """@f of matrices, [sizes[0], sizes[1]] and so on: their product, from the left."""
    types = [TensorType((m, n), element) for m, n in zip(sizes, sizes[1:])]
    func = new_function("f", types, [TensorType((sizes[0], sizes[-1]), element)])
    builder, (value, *others) = Builder(func.body.blocks[0]), func.body.blocks[0].args
    for other in others:
        value = product(builder, value, other)
    builder.op("func.return", [value])
    return _module(func)


def best_order(sizes: Sequence[int]) -> int:
    """The fewest multiplications that the product of a chain takes, by dynamic programming over its
    parts. Source: Godbole, "On efficient computation of matrix chain products", 1973."""
    n = len(sizes) - 1
    best = {(at, at): 0 for at in range(n)}
    for length in range(1, n):
        for first in range(n - length):
            last = first + length
            best[first, last] = min(
                best[first, cut]
                + best[cut + 1, last]
                + sizes[first] * sizes[cut + 1] * sizes[last + 1]
                for cut in range(first, last)
            )
    return best[0, n - 1]


def multiplications(module: Operation) -> int:
    """How many the matrix products of a module take."""
    total = 0
    for op in module.walk():
        if op.name == "linalg.matmul":
            types: list[Any] = [op.result.type, op.operands[0].type]
            total += math.prod(types[0].shape) * types[1].shape[1]
    return total


def transposes(module: Operation) -> int:
    """How many elements the transposes of a module move."""
    moved = 0
    for op in module.walk():
        if op.name == "linalg.transpose":
            type: Any = op.result.type
            moved += math.prod(type.shape)
    return moved


TWICE_HALF = """
func.func @f(%a: f32) -> f32 {
  %0 = arith.constant 2.0 : f32
  %1 = arith.mulf %a, %0 fastmath<reassoc> : f32
  %2 = arith.divf %1, %0 fastmath<reassoc> : f32
  return %2 : f32
}
"""
"""a * 2 / 2, where the program permits any order."""

FACTORS = """
func.func @f(%a: i32, %b: i32, %c: i32) -> i32 {
  %0 = arith.addi %a, %b : i32
  %1 = arith.muli %0, %c : i32
  %2 = arith.muli %b, %c : i32
  %3 = arith.subi %1, %2 : i32
  return %3 : i32
}
"""
"""(a + b) * c - b * c is a * c, whatever overflows; but first it gets longer."""


def transposed_sum(terms: int, m: int = 8, n: int = 4) -> Operation:
    """@f of matrices: the transpose of the sum of their exponentials. One transpose is enough."""
    types = [TensorType((m, n), f32)] * terms
    func = new_function("f", types, [TensorType((n, m), f32)])
    builder, args = Builder(func.body.blocks[0]), func.body.blocks[0].args
    value: Value | None = None
    for arg in args:
        term = builder.op("math.exp", [arg], [arg.type]).result
        value = builder.op("arith.addf", [value, term], [arg.type]).result if value else term
    assert value is not None
    builder.op("func.return", [turned(builder, value, (1, 0))])
    return _module(func)


def sum_of_transposed(m: int = 8, n: int = 4, inner: int = 64) -> Operation:
    """@f(a, b, c): the transpose of (cᵀ bᵀ) + a, a large product that's transposed for nothing."""
    types = [TensorType(shape, f32) for shape in ((n, m), (m, inner), (inner, n))]
    func = new_function("f", types, [TensorType((m, n), f32)])
    builder, (a, b, c) = Builder(func.body.blocks[0]), func.body.blocks[0].args
    turned_product = product(builder, turned(builder, c, (1, 0)), turned(builder, b, (1, 0)))
    total = builder.op("arith.addf", [turned_product, a], [a.type]).result
    builder.op("func.return", [turned(builder, total, (1, 0))])
    return _module(func)


def _module(func: Operation) -> Operation:
    module = new_module()
    module.body.blocks[0].append(func)
    return module


def random_ring(rng: random.Random, operations: int, width: int = 32) -> Operation:
    """@f(a, b, c) of additions, differences, and products, with small constants in between."""
    type = IntegerType(width)
    func = new_function("f", [type] * 3, [type])
    block: Block = func.body.blocks[0]
    builder, values = Builder(block), list(block.args)
    for _ in range(operations):
        if rng.random() < 0.2:
            values.append(builder.constant(rng.randrange(-2, 3), type))
        name = rng.choice(("arith.addi", "arith.subi", "arith.muli"))
        pair = [rng.choice(values[-6:]) for _ in range(2)]
        values.append(builder.op(name, pair, [type]).result)
    builder.op("func.return", [values[-1]])
    return _module(func)


def random_layout(rng: random.Random, operations: int) -> Operation:
    """@f of square matrices: sums, exponentials, products, and transposes of them."""
    type = TensorType((3, 3), f32)
    func = new_function("f", [type] * 3, [type])
    builder, values = Builder(func.body.blocks[0]), list(func.body.blocks[0].args)
    for _ in range(operations):
        kind = rng.randrange(5)
        x, y = (rng.choice(values[-4:]) for _ in range(2))
        if kind < 2:
            values.append(turned(builder, x, (1, 0)))
        elif kind == 2:
            values.append(builder.op("math.tanh", [x], [type]).result)
        elif kind == 3:
            values.append(product(builder, x, y))
        else:
            values.append(builder.op("arith.addf", [x, y], [type]).result)
    builder.op("func.return", [values[-1]])
    return _module(func)

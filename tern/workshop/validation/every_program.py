"""All programs of a small grammar: a few operations, alone, in a branch, or in a loop."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence

from tern.ir import Builder, Operation, Value, new_function
from tern.types import i8

OPERATIONS = ("addi", "subi", "muli", "divsi", "andi", "xori", "shli")
"""What an operation of these programs can be, of arith."""

CONSTANTS = (0, 1, -1)

Expression = tuple[tuple[str, int, int], ...]
"""Operations (name, left, right). The operands are numbers: 0 and 1 are the inputs, then come the
constants, then the results of the operations before."""


def expressions(operations: int) -> Iterator[Expression]:
    """All sequences of so many operations on two inputs, CONSTANTS, and what came before. A
    commutative one is there once."""
    from tern.ir import DEFINITIONS

    names = [(name, DEFINITIONS[f"arith.{name}"].commutative) for name in OPERATIONS]
    choices = []
    for number in range(operations):
        known = range(2 + len(CONSTANTS) + number)
        choices.append(
            [
                (name, left, right)
                for name, commutative in names
                for left in known
                for right in known
                if not commutative or left <= right
            ]
        )
    return itertools.product(*choices)


def _append(builder: Builder, expression: Expression, inputs: Sequence[Value]) -> Value:
    """The operations of an expression; its value is that of the last."""
    values = [*inputs, *[builder.constant(number, i8) for number in CONSTANTS]]
    for name, left, right in expression:
        values.append(builder.binary(f"arith.{name}", values[left], values[right]))
    return values[-1]


def straight(expression: Expression) -> Operation:
    """`return E(x, y)`"""
    func = new_function("straight", [i8, i8], [i8])
    builder = Builder(func.body.blocks[0])
    builder.ret([_append(builder, expression, func.body.blocks[0].args)])
    return func


def branch(expression: Expression) -> Operation:
    """`if x < y { r = E(x, y) } else { r = x }; return r`"""
    func = new_function("branch", [i8, i8], [i8])
    entry = func.body.blocks[0]
    x, y = entry.args
    then, after = func.body.add_block(), func.body.add_block([i8])
    builder = Builder(entry)
    builder.cond_br(builder.compare("slt", x, y), then, [], after, [x])
    builder = Builder(then)
    builder.br(after, [_append(builder, expression, [x, y])])
    Builder(after).ret(after.args)
    return func


def loop(expression: Expression) -> Operation:
    """`r = x; for i in 0..(y & 3) { r = r ^ E(x, i) }; return r`, perhaps with no iteration"""
    func = new_function("loop", [i8, i8], [i8])
    entry = func.body.blocks[0]
    x, y = entry.args
    header = func.body.add_block([i8, i8])
    body, after = func.body.add_block(), func.body.add_block()
    builder = Builder(entry)
    zero, three = builder.constant(0, i8), builder.constant(3, i8)
    limit = builder.binary("arith.andi", y, three)
    builder.br(header, [zero, x])
    i, r = header.args
    builder = Builder(header)
    builder.cond_br(builder.compare("slt", i, limit), body, [], after)
    builder = Builder(body)
    result = builder.binary("arith.xori", r, _append(builder, expression, [x, i]))
    builder.br(header, [builder.binary("arith.addi", i, builder.constant(1, i8)), result])
    Builder(after).ret([r])
    return func


SHAPES: dict[str, Callable[[Expression], Operation]] = {
    "straight": straight,
    "branch": branch,
    "loop": loop,
}


def every_program(
    operations: int, shapes: Sequence[str] = tuple(SHAPES), every: int = 1
) -> Iterator[Operation]:
    """All programs of expressions with so many operations, in these shapes, each with a location of
    its own for every operation: a number above 0. With `every` only one expression of so many.
    """
    for expression in itertools.islice(expressions(operations), 0, None, every):
        for shape in shapes:
            func = SHAPES[shape](expression)
            for number, op in enumerate(func.walk()):
                op.location = number
            yield func

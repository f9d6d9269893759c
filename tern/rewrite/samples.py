"""Programs to rewrite: random ones that rules are about, long chains, and patterns without end."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from tern.ir import Builder, Operation, Value, new_function, new_module
from tern.numbers import integer_range, round_to, wrap_to
from tern.rewrite.pattern import Pattern
from tern.rewrite.rewriter import Rewriter
from tern.types import FloatType, FunctionType, Type, f32, f64, i1, i8, i32

INTEGER_OPS = "addi subi muli andi ori xori maxsi minsi maxui minui".split()
RARE_OPS = "shli shrui shrsi divsi remsi divui".split()
FLOAT_OPS = "addf subf mulf divf maximumf minimumf".split()
ORDERED = "eq ne slt sle sgt sge ult ule ugt uge".split()
REAL = "oeq ogt oge olt ole one ord ueq ugt uge ult ule une uno".split()


def random_expressions(seed: int, operations: int = 30) -> Operation:
    """A module of one function `f` of numbers, in one block, the same for the same seed.

    It computes with i1, i8, i32, f32, and f64, and few constants, so that rules often find what
    they look for. It returns what nothing else used. An operation may fail. O(operations).
    """
    writer = _Writer(random.Random(seed))
    for _ in range(operations):
        writer.write()
    return writer.module()


def random_arguments(module: Operation, chance: random.Random) -> list[Any]:
    """Numbers to call `f` with: small ones, and such where something happens."""
    func = module.body.only_block.operations[0]
    found: list[Any] = []
    for arg in func.body.blocks[0].args:
        if isinstance(arg.type, FloatType):
            special = (0.0, -0.0, float("inf"), float("-inf"), float("nan"), 1e-45, 1.0, -2.5)
            found.append(chance.choice((*special, chance.uniform(-9, 9))))
            found[-1] = round_to(found[-1], arg.type)
        elif arg.type == i1:
            found.append(chance.random() < 0.5)
        else:
            least, greatest = integer_range(arg.type)
            found.append(chance.choice((0, 1, -1, least, greatest, chance.randint(-100, 100))))
    return found


class _Writer:
    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.func = new_function("f", (i1, i8, i8, i32, f32, f32, f64), ())
        self.builder = Builder(self.func.body.blocks[0])
        self.values: list[Value] = list(self.func.body.blocks[0].args)

    def pick(self, type: Type) -> Value:
        """A value of a type: a late one, or a constant."""
        there = [value for value in self.values if value.type == type]
        if not there or self.chance.random() < 0.3:
            return self.builder.constant(self.number(type), type)
        return there[max(0, len(there) - self.chance.choice((1, 1, 2, 2, 3, 5, 9)))]

    def number(self, type: Any) -> Any:
        if isinstance(type, FloatType):
            return self.chance.choice((0.0, -0.0, 1.0, -1.0, 2.0, 0.5, 3.0, float("inf")))
        if type == i1:
            return self.chance.random() < 0.5
        least, greatest = integer_range(type)
        return wrap_to(self.chance.choice((0, 0, 1, 1, -1, 2, 3, 4, 5, least, greatest)), type)

    def write(self) -> None:
        kind = self.chance.random()
        type = self.chance.choice((i1, i8, i8, i8, i32, f32, f32, f64))
        real = isinstance(type, FloatType)
        if kind < 0.1:
            predicate = self.chance.choice(REAL if real else ORDERED)
            made = self.builder.compare(predicate, self.pick(type), self.pick(type))
        elif kind < 0.2:
            made = self.builder.select(self.pick(i1), self.pick(type), self.pick(type))
        elif kind < 0.3:
            made = self.convert()
        elif real and kind < 0.4:
            name = self.chance.choice(("arith.negf", "math.absf", "math.floor"))
            made = self.builder.unary(name, self.pick(type))
        else:
            names = FLOAT_OPS if real else RARE_OPS if kind > 0.95 else INTEGER_OPS
            name = f"arith.{self.chance.choice(names)}"
            made = self.builder.binary(name, self.pick(type), self.pick(type))
        self.values.append(made)

    def convert(self) -> Value:
        name, before, after = self.chance.choice(
            (
                ("extsi", i8, i32), ("extui", i8, i32), ("extui", i1, i8), ("trunci", i32, i8),
                ("extf", f32, f64), ("truncf", f64, f32), ("sitofp", i8, f32), ("sitofp", i32, f64),
            )
        )  # fmt: skip
        return self.builder.cast(f"arith.{name}", self.pick(before), after)

    def module(self) -> Operation:
        used = {value for op in self.func.walk() for value in op.operands}
        return returning(self.func, [value for value in self.values[7:] if value not in used])


def returning(func: Operation, values: Sequence[Value]) -> Operation:
    """A module of the function, which ends in returning these values."""
    Builder(func.body.blocks[0]).ret(values)
    inputs = tuple(arg.type for arg in func.body.blocks[0].args)
    results = tuple(value.type for value in values)
    func.attributes["function_type"] = FunctionType(inputs, results)
    module = new_module()
    module.body.only_block.append(func)
    return module


def chain(length: int, op: str = "arith.addi", number: int = 0, idle: int = 0) -> Operation:
    """A module of one function of `length` operations, each on the result of the one before it and
    a constant: of `arith.addi` and 0, what a rule makes nothing of. Before them are `idle` products
    that no rule is about."""
    func = new_function("f", (i32,), ())
    builder = Builder(func.body.blocks[0])
    value: Value = func.body.blocks[0].args[0]
    for _ in range(idle):
        value = builder.binary("arith.muli", value, func.body.blocks[0].args[0])
    for _ in range(length):
        value = builder.binary(op, value, builder.constant(number, i32))
    return returning(func, [value])


def unwinding(length: int) -> Operation:
    """A module of one function of `length` products that nobody needs in the end, each on the one
    before it; then as many sums of constants, likewise. Whoever goes through the operations from
    the first to the last can erase one of the products each time; from the last to the first, fold
    one of the sums."""
    func = new_function("f", (i32,), ())
    builder = Builder(func.body.blocks[0])
    value: Value = func.body.blocks[0].args[0]
    for _ in range(length):
        value = builder.binary("arith.muli", value, func.body.blocks[0].args[0])
    value = builder.constant(1, i32)
    for _ in range(length):
        value = builder.binary("arith.addi", value, builder.constant(1, i32))
    return returning(func, [value])


def ping_pong() -> tuple[Pattern, Pattern]:
    """Two patterns that undo each other: x + x is 2 * x, and 2 * x is x + x."""

    def doubled(op: Operation, rewriter: Rewriter) -> bool:
        left, right = op.operands
        if left is not right:
            return False
        two = rewriter.constant(op, 2, op.result.type)
        assert two is not None
        product = rewriter.insert(op, "arith.muli", [left, two], [op.result.type])
        rewriter.replace(op, [product.result])
        return True

    def halved(op: Operation, rewriter: Rewriter) -> bool:
        left, right = op.operands
        if getattr(right, "op", op).attributes.get("value") != 2:
            return False
        total = rewriter.insert(op, "arith.addi", [left, left], [op.result.type])
        rewriter.replace(op, [total.result])
        return True

    return (
        Pattern("sum-is-product", "arith.addi", doubled),
        Pattern("product-is-sum", "arith.muli", halved),
    )

"""Random programs for passes to prove themselves on: they call, and now and then they fail."""

from __future__ import annotations

import random
from typing import Any

from tern.ir import Operation, Value, new_function, new_module
from tern.ir.builder import Builder
from tern.ir.samples import Choose, Writer
from tern.parts import original
from tern.types import f32, i32


def random_program(seed: int, operations: int = 40, slots: bool | None = None) -> Operation:
    """A module with `@sample`, a function of about `operations` operations in the flat form, and
    `@helper` and `@divide`, which it calls; the same for the same seed.

    It always ends. Its loops, at most six deep, can have no iterations; its divisions, remainders,
    and shifts can fail, in loops, after effects, and in what it calls. Every operation has a
    location of its own, a number. With `slots`, variables are memref.alloca; without, the function
    is in SSA form; if it isn't said, the seed decides.
    """
    generator = random.Random(seed)
    choose: Choose = lambda n: int(generator.random() * n)  # noqa: E731
    module = new_module()
    block = module.body.only_block
    for func in (write_sample(choose, operations), _helper(), _divide()):
        block.append(func)
    for number, op in enumerate(module.walk()):
        op.location = number
    if not (generator.random() < 0.3 if slots is None else slots):
        original("ir.to_ssa")(block.operations[0])
    return module


def random_arguments(func: Operation, rng: random.Random) -> list[Any]:
    """Arguments of a function of i32, f32, and i1, small or extreme more often than not."""
    return [_argument(type, rng) for type in func.attributes["function_type"].inputs]


def _argument(type: Any, rng: random.Random) -> Any:
    if type == i32:
        return rng.choice([0, 1, 2, -1, 7, rng.randint(-9, 9), -(2**31), 2**31 - 1])
    if type == f32:
        return rng.choice([0.0, -0.0, 1.0, 0.5, float("nan"), float("inf"), -3.25])
    return rng.random() < 0.5


def write_sample(choose: Choose, operations: int) -> Operation:
    """The function `@sample` that `choose` decides on, with variables in slots."""
    return _Fallible(choose, operations).function()


class _Fallible(Writer):
    """Writes functions that can fail, that call, and whose loops may have no iterations."""

    def compute(self) -> None:
        choose, builder, operand = self.choose, self.builder, self.operand
        kind = choose(12)
        if kind == 11:
            name = ("arith.divsi", "arith.remsi", "arith.divui")[choose(3)]
            result = builder.binary(name, operand(i32), operand(i32))
        elif kind == 10:
            name = ("arith.shli", "arith.shrsi")[choose(2)]
            amount = operand(i32)
            if choose(3):
                amount = builder.binary("arith.andi", amount, builder.constant(31, i32))
            result = builder.binary(name, operand(i32), amount)
        elif kind == 9:
            callee = ("helper", "divide")[choose(2)]
            result = builder.call(callee, [operand(i32), operand(i32)], [i32]).result
        elif kind == 8:  # what a loop's variable, if one is at hand, gives with something older
            integers = self.values[i32] or [operand(i32)]
            old = integers[choose(len(integers))]
            result = builder.binary("arith.muli", integers[-1], old)
            if choose(2):
                result = builder.binary(("arith.addi", "arith.subi")[choose(2)], result, old)
        else:
            return super().compute()
        self.left -= 1
        self.values[i32].append(result)

    def limit(self, depth: int) -> Value:
        if self.choose(2):
            return super().limit(depth)
        three = self.builder.constant(3, i32)
        return self.builder.binary("arith.andi", self.operand(i32), three)


def _helper() -> Operation:
    """max(x * y + x, y): it cannot fail, and has a branch."""
    func = new_function("helper", [i32, i32], [i32])
    x, y = func.body.blocks[0].args
    builder = Builder(func.body.blocks[0])
    total = builder.binary("arith.addi", builder.binary("arith.muli", x, y), x)
    end = func.body.add_block([i32])
    builder.cond_br(builder.compare("slt", total, y), end, [y], end, [total])
    Builder(end).ret(end.args)
    return func


def _divide() -> Operation:
    """x / y, which fails where y is 0."""
    func = new_function("divide", [i32, i32], [i32])
    builder = Builder(func.body.blocks[0])
    x, y = func.body.blocks[0].args
    builder.ret([builder.binary("arith.divsi", x, y)])
    return func

"""Random expressions of every operation on every type, in three forms: of numbers, tensors, loops.

Only operations that are exact, and that the target may not compute otherwise (tern.conformance),
so that results are compared to the bit.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tern.conformance.cases import Case, cases, edges
from tern.conformance.permitted import PERMITTED
from tern.ir import (
    DEFINITIONS,
    Builder,
    EvaluationError,
    Operation,
    evaluator,
    new_function,
    new_module,
)
from tern.ir.arrays import dtype_of
from tern.ir.dialects.affine import new_for, new_load, new_store
from tern.numbers import float_of_bits, integer_range, round_to, wrap_to
from tern.types import FloatType, MemRefType, TensorType, i1, index

ROUNDED = frozenset(f"math.{name}" for name in "exp log tanh sin cos erf powf rsqrt".split())
"""Functions whose last place is a library's business."""


@functools.cache
def exact_cases(target: str) -> dict[Any, list[Case]]:
    """What may be drawn for a target, by the type of the first operand."""
    found: dict[Any, list[Case]] = {}
    for case in cases():
        permitted = any(entry.covers(target, case) for entry in PERMITTED)
        if not permitted and case.name not in ROUNDED and not _of_nan(case):
            found.setdefault(case.operands[0], []).append(case)
    return found


def _of_nan(case: Case) -> bool:
    """The bits of a float: of which NaN it is nobody says."""
    return case.name == "arith.bitcast" and isinstance(case.operands[0], FloatType)


@dataclass
class Expression:
    """Steps on inputs: each is an operation on numbers of earlier values, or a constant."""

    inputs: list[Any]
    types: list[Any] = field(init=False)
    steps: list[tuple[Case | None, tuple[int, ...], Any]] = field(default_factory=list)
    results: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.types = list(self.inputs)

    def add(
        self, case: Case | None, operands: tuple[int, ...], type: Any, value: Any = None
    ) -> int:
        self.steps.append((case, operands, value))
        self.types.append(type)
        return len(self.types) - 1

    def evaluate(self, row: Sequence[Any]) -> list[Any] | None:
        """The results for a row of inputs, by the definitions; None if there are none."""
        values = list(row)
        try:
            for case, operands, value in self.steps:
                if case is not None:
                    value = _evaluator(case)(*[values[each] for each in operands])
                values.append(value)
        except EvaluationError:
            return None
        return [values[each] for each in self.results]

    def build(
        self, builder: Builder, values: list[Any], shaped: Any = lambda type: type
    ) -> list[Any]:
        """The operations, on these values; the results."""
        values = list(values)
        for at, (case, operands, value) in enumerate(self.steps):
            type = shaped(self.types[len(self.inputs) + at])
            if case is None:
                values.append(builder.constant(value, type))
            else:
                given = [values[each] for each in operands]
                values.append(builder.op(case.name, given, [type], case.attributes).result)
        return [values[each] for each in self.results]

    @property
    def outputs(self) -> list[Any]:
        return [self.types[each] for each in self.results]


@functools.cache
def _evaluator(case: Case) -> Any:
    return evaluator(case.operation())


def draw(rng: random.Random, target: str, size: int = 12, known: bool = False) -> Expression:
    """An expression of up to so many operations; the last of each chain is a result. If the sizes
    of tensors are not `known`, it has no constants: those of tensors have sizes."""
    allowed = exact_cases(target)
    made = Expression([rng.choice(list(allowed)) for _ in range(rng.randint(1, 4))])
    may_fail = 2
    for _ in range(rng.randint(1, size)):
        first = len(made.types) - 1 - rng.choice((0, 0, 1, 2, 3)) % len(made.types)
        choices = allowed.get(made.types[first], ())
        case = rng.choice(choices) if choices else None
        if case is None or (DEFINITIONS[case.name].fails and not may_fail):
            continue
        may_fail -= bool(DEFINITIONS[case.name].fails)
        operands = [first]
        for type in case.operands[1:]:
            fitting = [at for at, each in enumerate(made.types) if each == type]
            if known and (not fitting or rng.random() < 0.3):
                operands.append(made.add(None, (), type, number(rng, type)))
            elif fitting:
                operands.append(rng.choice(fitting[-4:]))
        if len(operands) == len(case.operands):
            if operands[1:] and rng.random() < 0.3 and case.operands[0] == case.operands[-1]:
                operands[0], operands[-1] = operands[-1], operands[0]
            made.add(case, tuple(operands), case.result)
    used = {each for _, operands, _ in made.steps for each in operands}
    unused = [at for at in range(len(made.inputs), len(made.types)) if at not in used]
    made.results = unused[-4:] or [len(made.types) - 1]
    return made


def number(rng: random.Random, type: Any) -> Any:
    """An edge of a type, or any of its numbers."""
    if type == i1:
        return rng.random() < 0.5
    if rng.random() < 0.6:
        return rng.choice(edges(type))
    if isinstance(type, FloatType):
        if rng.random() < 0.5:
            return round_to(rng.randrange(-400, 400) / 8, type)
        found = float_of_bits(rng.getrandbits(type.width), type)
        return found if found == found else float("nan")
    least, greatest = integer_range(type)
    return wrap_to(rng.choice((rng.randint(least, greatest), rng.randint(-9, 9))), type)


def rows(rng: random.Random, expression: Expression, count: int) -> list[list[Any]]:
    """Inputs for which there are results."""
    drawn = [[number(rng, type) for type in expression.inputs] for _ in range(2 * count)]
    return [row for row in drawn if expression.evaluate(row) is not None][:count]


def failing_row(rng: random.Random, expression: Expression) -> list[Any] | None:
    """Inputs for which there are none."""
    drawn = ([number(rng, type) for type in expression.inputs] for _ in range(12))
    return next((row for row in drawn if expression.evaluate(row) is None), None)


# the forms ----------------------------------------------------------------------------------------


def of_numbers(expression: Expression) -> Operation:
    func = new_function("f", expression.inputs, expression.outputs)
    builder = Builder(func.body.blocks[0])
    builder.ret(expression.build(builder, list(func.body.blocks[0].args)))
    return _in_module(func)


def of_tensors(expression: Expression, sizes: tuple[int | None, ...]) -> Operation:
    """On tensors of a shape; None is a size that is not known."""

    def shaped(type: Any) -> TensorType:
        return TensorType(sizes, type)

    func = new_function("f", [*map(shaped, expression.inputs)], [*map(shaped, expression.outputs)])
    builder = Builder(func.body.blocks[0])
    builder.ret(expression.build(builder, list(func.body.blocks[0].args), shaped))
    return _in_module(func)


def of_loops(expression: Expression, rank: int) -> Operation:
    """A nest over buffers of this rank, one for each input and for each result."""
    types = [MemRefType((None,) * rank, each) for each in expression.inputs + expression.outputs]
    func = new_function("f", types, [])
    block = func.body.blocks[0]
    read, written = block.args[: len(expression.inputs)], block.args[len(expression.inputs) :]
    builder = Builder(block)
    identity = [tuple(int(a == b) for b in range(rank)) + (0,) for a in range(rank)]
    sizes = [
        builder.op("memref.dim", [written[0], builder.constant(axis, index)], [index]).result
        for axis in range(rank)
    ]
    inner, ends, counters = block, [], []
    for size in sizes:
        loop = inner.append(new_for(([], [(0,)]), ([size], [(1, 0)])))
        inner = loop.body.only_block
        counters.append(inner.args[0])
        ends.append((inner, inner.operations.pop()))  # until its body is written
    loads = [inner.append(new_load(each, counters, identity)).result for each in read]
    found = expression.build(Builder(inner), loads)
    for value, buffer in zip(found, written):
        inner.append(new_store(value, buffer, counters, identity))
    for body, last in ends:
        body.append(last)
    builder.ret()
    return _in_module(func)


def _in_module(func: Operation) -> Operation:
    module = new_module()
    module.body.only_block.append(func)
    return module


def arrays(expression: Expression, inputs: list[list[Any]], shape: tuple[int, ...]) -> list[Any]:
    """An array for each input, of these rows again and again."""
    count = int(np.prod(shape))
    given = [inputs[at % len(inputs)] for at in range(count)] if inputs else []
    columns = list(zip(*given)) if given else [()] * len(expression.inputs)
    return [
        np.array(column, dtype_of(type)).reshape(shape)
        for column, type in zip(columns, expression.inputs)
    ]


def expected(expression: Expression, inputs: list[list[Any]], shape: tuple[int, ...]) -> list[Any]:
    """The results for `arrays` of the same."""
    found = [expression.evaluate(row) or [] for row in inputs]
    count = int(np.prod(shape))
    given = [found[at % len(found)] for at in range(count)] if found else []
    columns = list(zip(*given)) if given else [()] * len(expression.results)
    return [
        np.array(column, dtype_of(type)).reshape(shape)
        for column, type in zip(columns, expression.outputs)
    ]

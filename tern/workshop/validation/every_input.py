"""A function of small integers on all its inputs at once: a lane of a NumPy array for each."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np

from tern.ir import (
    Block,
    EvaluationError,
    Operation,
    OutOfSteps,
    Value,
    control_flow_graph,
    evaluator,
    new_function,
    postorder,
)
from tern.numbers import integer_range
from tern.types import IntegerType, Type, i1

Array = np.ndarray

_MAX_TURNS = 10_000


@dataclass(frozen=True)
class Lanes:
    """What a function comes to for each of many inputs.

    Attributes:
        results: the value of its only result, where there is one.
        failed: 0 where there is, and elsewhere the place of the operation that failed: its
            location, a number above 0.
    """

    results: Array
    failed: Array


def all_lanes(count: int, type: Type, step: int = 1) -> list[Array]:
    """`count` arrays that have each combination of the type's numbers once. With `step` these are
    every so many of them, and always the least and the greatest, and -1, 0, 1, and 2."""
    least, greatest = (0, 1) if type == i1 else integer_range(type)  # type: ignore[arg-type]
    every = range(least, greatest + 1)
    always = [number for number in (-1, 0, 1, 2, greatest) if number in every]
    chosen = sorted({*every[::step], *always})
    grid = np.meshgrid(*[np.array(chosen, np.int16)] * count, indexing="ij")
    return [axis.ravel() for axis in grid]


def run_lanes(func: Operation, inputs: list[Array]) -> Lanes:
    """Run a function in the flat form, of integers of 8 bits at most, on all inputs at once.

    Lanes go through the blocks in groups: of the blocks where some wait, the first in reverse
    postorder runs next. What an operation gives is looked up in a table that its own evaluator has
    filled, so there is no second definition of it.
    """
    blocks = func.body.blocks
    order = postorder(control_flow_graph(func))[::-1]
    count = len(inputs[0])
    values: dict[Value, Array] = {}
    results, failed = np.zeros(count, np.int16), np.zeros(count, np.int64)
    waiting: dict[Block, Array] = {blocks[0]: np.arange(count)}
    for arg, given in zip(blocks[0].args, inputs):
        values[arg] = given.copy()

    def assign(value: Value, lanes: Array, found: Array) -> None:
        values.setdefault(value, np.zeros(count, np.int16))[lanes] = found

    for _ in range(_MAX_TURNS):
        block = next((blocks[b] for b in order if blocks[b] in waiting), None)
        if block is None:
            return Lanes(results, failed)
        lanes = waiting.pop(block)
        for op in block.operations[:-1]:
            found, fails = _apply(op, [values[v][lanes] for v in op.operands], len(lanes))
            if fails is not None and fails.any():
                failed[lanes[fails]] = op.location
                lanes, found = lanes[~fails], found[~fails]
            assign(op.result, lanes, found)
        last = block.terminator
        if last.name == "func.return":
            results[lanes] = values[last.operands[0]][lanes]
            continue
        sides = [lanes]
        if last.operands:
            holds = values[last.operands[0]][lanes] != 0
            sides = [lanes[holds], lanes[~holds]]
        for (target, passed), side in zip(last.successors, sides):
            if len(side):
                given = [values[value][side] for value in passed]
                for arg, found in zip(target.args, given):
                    assign(arg, side, found)
                waiting[target] = np.concatenate([waiting.get(target, side[:0]), side])
    raise OutOfSteps("the function takes too many steps")


def first_difference(before: Lanes, after: Lanes, inputs: list[Array]) -> tuple[int, ...] | None:
    """The first inputs for which two runs differ, in the result or in who failed; None if none."""
    same = (before.failed == after.failed) & (
        (before.results == after.results) | (before.failed > 0)
    )
    wrong = np.flatnonzero(~same)
    return tuple(int(axis[wrong[0]]) for axis in inputs) if len(wrong) else None


def _apply(op: Operation, operands: list[Array], count: int) -> tuple[Array, Array | None]:
    """What an operation gives in each lane, and where it fails; None if nowhere."""
    if op.name == "arith.constant":
        return np.full(count, op.attributes["value"], np.int16), None
    if op.name == "arith.select":
        return np.where(operands[0] != 0, operands[1], operands[2]), None
    types = tuple(value.type for value in op.operands)
    attributes = tuple(sorted(op.attributes.items()))
    table, fails = _table(op.name, types, op.result.type, attributes)
    at = tuple(operand + 128 for operand in operands)
    return table[at], fails[at] if fails is not None else None


@functools.cache
def _table(
    name: str, types: tuple[Type, ...], result: Type, attributes: tuple[tuple[str, Any], ...]
) -> tuple[Array, Array | None]:
    """What an operation gives for all its operands, by its evaluator, and where it fails."""
    block = new_function("table", types, [result]).body.blocks[0]
    compute = evaluator(Operation(name, block.args, [result], dict(attributes)))
    table = np.zeros((256,) * len(types), np.int16)
    fails = np.zeros(table.shape, bool)
    for at in np.ndindex(*[_numbers(type) for type in types]):
        given = [_number(i, type) for i, type in zip(at, types)]
        where = tuple(int(number) + 128 for number in given)
        try:
            table[where] = compute(*given)
        except EvaluationError:
            fails[where] = True
    return table, fails if fails.any() else None


def _numbers(type: Type) -> int:
    if type == i1:
        return 2
    if isinstance(type, IntegerType) and type.width <= 8:
        return 1 << type.width
    raise EvaluationError(f"{type} has too many numbers to try all of them")


def _number(i: int, type: Type) -> int | bool:
    return bool(i) if type == i1 else integer_range(type)[0] + i  # type: ignore[arg-type]

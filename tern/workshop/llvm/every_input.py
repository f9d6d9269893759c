"""Straight-line LLVM IR on all of its inputs at once, with NumPy: 65,536 in a millisecond.

A value is an array of integers, one for each input, with an array that says where it is poison.
What evaluate.py says of one input, this says of all; a test compares the two.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tern.workshop.llvm.ir_text import Function, Instruction, Operand
from tern.workshop.llvm.values import POISON, Value

MAX_WIDTH = 16  # bits: products of integers fit into 64
CHOICES = 5
"""How many values are tried for what a frozen poison becomes: three fixed, the others drawn."""
KNOWN = frozenset(
    """add sub mul udiv sdiv urem srem shl lshr ashr and or xor icmp select freeze trunc zext sext
    ret""".split()
)


@dataclass
class Lanes:
    """A value for each input, and where it is poison."""

    bits: np.ndarray
    poison: np.ndarray


@dataclass
class Results:
    """What a function gives for each input. `open` is where it froze poison: it may be anything."""

    value: Lanes
    undefined: np.ndarray
    open: np.ndarray


def possible(function: Function, max_bits: int) -> bool:
    """Whether a function is straight-line code of integers that are narrow enough."""
    types = [each.type for each in function.parameters]
    if len(function.blocks) != 1 or not all(isinstance(type, int) for type in types):
        return False
    if sum(int(type) for type in types) > max_bits or not isinstance(function.result, int):
        return False
    return all(_known(op) for op in function.instructions())


def _known(op: Instruction) -> bool:
    narrow = all(isinstance(each.type, int) and each.type <= MAX_WIDTH for each in op.operands)
    no_undef = all(each.value != "undef" for each in op.operands)
    return (
        op.opcode in KNOWN
        and narrow
        and no_undef
        and (op.opcode == "ret" or (isinstance(op.type, int) and op.type <= MAX_WIDTH))
    )


def inputs(function: Function) -> list[Lanes]:
    """Every combination of arguments, poison among them, a lane each."""
    axes = [np.arange((1 << int(each.type)) + 1) for each in function.parameters]
    grids = np.meshgrid(*axes, indexing="ij") if axes else []
    found = []
    for grid, each in zip(grids, function.parameters):
        flat = grid.ravel()
        poison = flat == 1 << int(each.type)
        found.append(Lanes(np.where(poison, 0, flat).astype(np.int64), poison))
    return found


def first_difference(
    source: Function, target: Function, rng: random.Random
) -> tuple[tuple[Value, ...], object] | None:
    """The first input on which the target does not refine the source, and what it gives there."""
    given = inputs(source)
    draw = np.random.default_rng(rng.getrandbits(64))
    expected = run(source, given, lambda shape, width: np.zeros(shape, np.int64))
    settled = expected.undefined | expected.open
    for choice in range(CHOICES):
        fixed = (0, -1, 1)[choice] if choice < 3 else None

        def choose(shape: tuple[int, ...], width: int, fixed: int | None = fixed) -> np.ndarray:
            if fixed is None:
                return draw.integers(0, 1 << width, shape)
            return np.full(shape, fixed % (1 << width))

        actual = run(target, given, choose)
        same = ~actual.value.poison & (actual.value.bits == expected.value.bits)
        right = settled | (~actual.undefined & (expected.value.poison | same))
        if not right.all():
            at = int(np.argmin(right))
            arguments = tuple(POISON if v.poison[at] else int(v.bits[at]) for v in given)
            result = POISON if actual.value.poison[at] else int(actual.value.bits[at])
            return arguments, "undefined behavior" if actual.undefined[at] else result
    return None


def run(
    function: Function, given: list[Lanes], choose: Callable[[tuple[int, ...], int], np.ndarray]
) -> Results:
    """What a function gives for every lane. `choose(shape, width)` is what poison freezes to."""
    shape = given[0].bits.shape if given else (1,)
    undefined, open_ = np.zeros(shape, bool), np.zeros(shape, bool)
    values: dict[str, Lanes] = {}
    for parameter, lanes in zip(function.parameters, given):
        values[parameter.name] = lanes
        if "noundef" in parameter.attributes:
            undefined |= lanes.poison

    def value(operand: Operand) -> Lanes:
        if operand.kind == "local":
            return values[str(operand.value)]
        poison = operand.value == "poison"
        number = 0 if poison else int(operand.value)
        return Lanes(np.full(shape, number, np.int64), np.full(shape, poison))

    for op in function.instructions():
        operands = [value(each) for each in op.operands]
        if op.opcode == "ret":
            result = operands[0]
            if "noundef" in function.result_attributes:
                undefined |= result.poison
            return Results(result, undefined, open_)
        if op.opcode == "freeze":
            (old,) = operands
            open_ |= old.poison & ~undefined
            chosen = np.where(old.poison, choose(shape, int(op.type)), old.bits)
            values[op.result] = Lanes(chosen, np.zeros(shape, bool))
            continue
        values[op.result], bad = _computed(op, operands)
        undefined |= bad
    raise ValueError(f"@{function.name} has no ret")


def _computed(op: Instruction, operands: list[Lanes]) -> tuple[Lanes, np.ndarray]:
    """The result of an instruction, and where it has undefined behavior."""
    if op.opcode == "select":
        condition, yes, no = operands
        first = condition.bits == 1
        poison = condition.poison | np.where(first, yes.poison, no.poison)
        bits = np.where(first, yes.bits, no.bits)
        return Lanes(bits, poison), np.zeros(first.shape, bool)
    poison = np.logical_or.reduce([each.poison for each in operands])
    a, b = operands[0].bits, operands[-1].bits  # of a cast both are its operand
    width = int(op.operands[0].type)
    bad = np.zeros(poison.shape, bool)
    if op.opcode in ("udiv", "sdiv", "urem", "srem"):
        found, broken, bad = _divided(op, a, b, width)
        bad = bad & ~operands[0].poison | operands[1].poison | (b == 0)
    elif op.opcode == "icmp":
        found, broken = _compared(op, a, b, width)
    elif op.opcode in ("trunc", "zext", "sext"):
        found, broken = _cast(op, a, width)
    else:
        found, broken = _binary(op, a, b, width)
    return Lanes(found, poison | broken), bad


def _signed(bits: np.ndarray, width: int) -> np.ndarray:
    return bits - ((bits >> (width - 1)) << width)


def _misfits(exact: np.ndarray, width: int) -> np.ndarray:
    return (exact < -(1 << (width - 1))) | (exact >= 1 << (width - 1))


def _binary(
    op: Instruction, a: np.ndarray, b: np.ndarray, width: int
) -> tuple[np.ndarray, np.ndarray]:
    """The bits, and where a promise was broken."""
    mask, never = (1 << width) - 1, np.zeros(a.shape, bool)
    flags = op.flags
    if op.opcode in ("shl", "lshr", "ashr"):
        over = b >= width
        b = np.where(over, 0, b)
        if op.opcode == "shl":
            broken = over
            if "nuw" in flags:
                broken = broken | (a << b > mask)
            if "nsw" in flags:
                broken = broken | _misfits(_signed(a, width) << b, width)
            return (a << b) & mask, broken
        if "exact" in flags:
            over = over | (a & ((1 << b) - 1) != 0)
        return ((_signed(a, width) if op.opcode == "ashr" else a) >> b) & mask, over
    if op.opcode in ("and", "or", "xor"):
        function = {"and": np.bitwise_and, "or": np.bitwise_or, "xor": np.bitwise_xor}[op.opcode]
        return function(a, b), (a & b != 0) if "disjoint" in flags else never
    function = {"add": np.add, "sub": np.subtract, "mul": np.multiply}[op.opcode]
    exact, broken = function(a, b), never
    if "nuw" in flags:
        broken = broken | (exact < 0) | (exact > mask)
    if "nsw" in flags:
        broken = broken | _misfits(function(_signed(a, width), _signed(b, width)), width)
    return exact & mask, broken


def _divided(
    op: Instruction, a: np.ndarray, b: np.ndarray, width: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The bits, where exact was broken, and where a quotient does not fit."""
    never, mask = np.zeros(a.shape, bool), (1 << width) - 1
    bad = never
    if op.opcode[0] == "s":
        a, b = _signed(a, width), _signed(b, width)
        bad = (b == -1) & _misfits(-a, width)
    divisor = np.where(b == 0, 1, b)
    quotient = np.abs(a) // np.abs(divisor) * np.sign(a) * np.sign(divisor)
    rest = a - quotient * divisor
    broken = rest != 0 if "exact" in op.flags else never
    return (quotient if "div" in op.opcode else rest) & mask, broken, bad


def _compared(
    op: Instruction, a: np.ndarray, b: np.ndarray, width: int
) -> tuple[np.ndarray, np.ndarray]:
    broken = np.zeros(a.shape, bool)
    if "samesign" in op.flags:
        broken = (a ^ b) >> (width - 1) != 0
    if op.predicate[0] == "s":
        a, b = _signed(a, width), _signed(b, width)
    function = {
        "eq": np.equal,
        "ne": np.not_equal,
        "lt": np.less,
        "le": np.less_equal,
        "gt": np.greater,
        "ge": np.greater_equal,
    }[op.predicate[-2:]]
    return function(a, b).astype(np.int64), broken


def _cast(op: Instruction, a: np.ndarray, width: int) -> tuple[np.ndarray, np.ndarray]:
    never, mask = np.zeros(a.shape, bool), (1 << int(op.type)) - 1
    if op.opcode == "sext":
        return _signed(a, width) & mask, never
    if op.opcode == "zext":
        return a, (a >> (width - 1) != 0) if "nneg" in op.flags else never
    kept, broken = a & mask, never
    if "nuw" in op.flags:
        broken = broken | (kept != a)
    if "nsw" in op.flags:
        broken = broken | (_signed(kept, int(op.type)) != _signed(a, width))
    return kept, broken

"""Loop nests: what the passes on them share."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from tern.errors import TernError
from tern.ir import Operation, OpResult, Value, is_pure
from tern.ir.dialects.affine import (
    LOADS,
    LOOPS,
    STORES,
    Row,
    is_induction_variable,
    lower_bound,
    upper_bound,
)

Interval = tuple[float, float]


class NestError(TernError, ValueError):
    """A transformation of a nest is not legal, or not possible. The message is one line."""


def band(nest: Operation) -> list[Operation]:
    """The loops of a nest, from the outside in, each of which holds nothing but the next.

    The last one's body is whatever is left. NestError if `nest` is no affine.for.
    """
    if nest.name != "affine.for":
        raise NestError(f"{nest.name} is not a loop nest: expected an affine.for")
    loops = [nest]
    while True:
        body = loops[-1].body.only_block.operations
        if len(body) != 2 or body[0].name != "affine.for":
            return loops
        loops.append(body[0])


def induction_variable(loop: Operation) -> Value:
    """The induction variable of a loop."""
    return loop.body.only_block.args[0]


def outermost(op: Operation) -> Operation:
    """The operation of the function's own block that an operation is, or is inside of."""
    while op.parent_op is not None and op.parent_op.name != "func.func":
        op = op.parent_op
    return op


def nests(root: Operation) -> list[Operation]:
    """The outermost loops inside `root`, in order."""
    return [
        op
        for op in root.walk()
        if op.name in LOOPS and (op is root or op.parent_op.name not in LOOPS)
    ]


def accesses(root: Operation) -> list[Operation]:
    """The affine loads and stores inside `root`, in the order of the text.

    NestError if something else inside touches memory, or may.
    """
    found = []
    for op in root.walk():
        if op.name in ("affine.load", "affine.store"):
            found.append(op)
        elif op.name not in ("affine.for", "affine.yield") and not is_pure(op):
            raise NestError(f"{op.name} stands in the nest, and is not affine")
    return found


def loop_invariant_loads(loop: Operation) -> list[Operation]:
    """The loads in an innermost loop that can be hoisted: of one element in every iteration, from a
    buffer to which the loop stores nothing. Empty for a loop with loops inside.
    """
    body = loop.body.only_block.operations
    if any(op.regions for op in body):
        return []
    stored = {op.operands[1] for op in body if op.name in STORES or op.name == "memref.store"}
    return [
        op
        for op in body
        if op.name in LOADS
        and op.operands[0] not in stored
        and induction_variable(loop) not in op.operands
    ]


# the values that an induction variable can have -----------------------------------------------


def interval(row: Row, operands: Sequence[Value]) -> Interval:
    """Bounds, perhaps infinite, of an affine expression."""
    low = high = row[-1]
    for coefficient, value in zip(row, operands):
        if coefficient:
            ends = [coefficient * end for end in value_range(value)]
            low, high = low + min(ends), high + max(ends)
    return low, high


def value_range(value: Value) -> Interval:
    """Bounds, perhaps infinite, of the values that an operand of an affine map can have."""
    if isinstance(value, OpResult):
        if value.op.name == "arith.constant":
            number = value.op.attributes["value"]
            return number, number
        return (0 if value.op.name == "memref.dim" else -math.inf), math.inf
    if not is_induction_variable(value):
        return -math.inf, math.inf
    loop = value.block.parent_op
    operands, rows = lower_bound(loop)
    low = max(interval(row, operands)[0] for row in rows)
    operands, rows = upper_bound(loop)
    high = min(interval(row, operands)[1] for row in rows) - 1
    below, starts = lower_bound(loop)
    if not below and len(starts) == 1 and low <= high < math.inf:
        high -= (high - low) % loop.attributes["step"]  # it goes by steps from a known start
    return low, high


def residue(
    row: Row, operands: Sequence[Value], length: int, known: Callable[[Value, int], int | None]
) -> int | None:
    """What dividing an affine expression by `length` leaves over, in every iteration.

    `known` gives that of a value that is no induction variable. None if it is not known, or not
    one.
    """
    total = row[-1]
    for coefficient, value in zip(row, operands):
        period = length // math.gcd(coefficient, length)
        if period == 1:
            continue
        if is_induction_variable(value):
            loop = value.block.parent_op
            below, (start, *more) = lower_bound(loop)
            fixed = not more and loop.attributes["step"] % period == 0
            left = residue(start, below, period, known) if fixed else None
        else:
            left = known(value, period)
        if left is None:
            return None
        total += coefficient * left
    return total % length


def whole_part(value: Value, length: int) -> int | None:
    """`known` of `residue` for what the text tells: constants, and `x - x rem n`."""
    if not isinstance(value, OpResult):
        return None
    if value.op.name == "arith.constant":
        return value.op.attributes["value"] % length
    block = block_of_whole_part(value.op)
    return 0 if block is not None and block % length == 0 else None


def block_of_whole_part(op: Operation) -> int | None:
    """The constant n of an operation that computes `x - x rem n`; None if it does not."""
    if op.name != "arith.subi" or not isinstance(op.operands[1], OpResult):
        return None
    left = op.operands[1].op
    if left.name != "arith.remsi" or left.operands[0] is not op.operands[0]:
        return None
    block = left.operands[1]
    if isinstance(block, OpResult) and block.op.name == "arith.constant":
        return block.op.attributes["value"]
    return None


# names ----------------------------------------------------------------------------------------


def is_tile_of(outer: Operation, inner: Operation) -> bool:
    """Whether each iteration of `outer` starts a tile, over which `inner` runs."""
    below, above = lower_bound(inner), upper_bound(inner)
    start = induction_variable(outer)
    if below != ([start], ((1, 0),)) or start not in above[0]:
        return False
    column, step = above[0].index(start), outer.attributes["step"]
    end = tuple(step if k == len(above[0]) else int(k == column) for k in range(len(above[0]) + 1))
    return end in above[1]


def loop_names(nest: Operation) -> dict[Operation, str]:
    """A name for each loop inside a nest, that stays when the loops are interchanged.

    Where the nest stores, the subscripts are i, j, … in order, and what a
    reduction goes over comes after them: i, j, k for a matrix product, whatever the order of
    its loops. The loop over tiles of i is ii, one over tiles of these iii.
    """
    loops = {induction_variable(op): op for op in nest.walk() if op.name in LOOPS}
    tiles: dict[Value, Value] = {}  # from an induction variable to that of the loop over its tiles
    for value, loop in loops.items():
        operands, _ = lower_bound(loop)
        if len(operands) == 1 and operands[0] in loops and is_tile_of(loops[operands[0]], loop):
            tiles[value] = operands[0]
    ordered: dict[Value, None] = {}
    for op in nest.walk():
        if op.name in STORES:
            _, _, *operands = op.operands
            columns = zip(*op.attributes["map"]) if op.attributes["map"] else ()
            firsts = [next((r for r, c in enumerate(col) if c), 0) for col in columns]
            for _, value in sorted(zip(firsts, operands), key=lambda pair: pair[0]):
                if value in loops:
                    ordered[value] = None
    ordered.update(dict.fromkeys(loops))
    starts = set(tiles.values())
    names: dict[Operation, str] = {}
    letters = iter(_letters(len(loops)))
    for value in ordered:
        if value not in starts:
            letter = name = next(letters)
            names[loops[value]] = name
            while value in tiles:
                value, name = tiles[value], name + letter
                names[loops[value]] = name
    return names


def _letters(count: int) -> list[str]:
    """i, j, k, l, m, …, and after z again with numbers."""
    letters = "ijklmnopqrstuvwxyz"
    return [letters[i % len(letters)] + str(i // len(letters) or "") for i in range(count)]

"""What is asked before an operation that may have no result, and the error if it has none.

In LLVM a division by zero is undefined behavior, and a shift too far is poison: whatever the
program does then, it may have done already. So a text that must stop there asks first. It
branches to a block that notes in `%failure` which operation it was, and its operands, and returns.
From the note Python raises the interpreter's error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np

from tern.errors import at
from tern.ir import Block, EvaluationError, Operation, OpResult, Region, Value, evaluator
from tern.ir.arrays import dtype_of
from tern.numbers import round_to, width_of
from tern.targets.llvm.operations import spell
from tern.targets.llvm.text import constant_text, type_text
from tern.targets.llvm.writer import Writer
from tern.types import FloatType, Type, bf16, f16, f32, i1

WORDS = 24
"""How many numbers of 64 bits `%failure` points to: which operation, the limit of the stack, and
operands."""

# Writes instructions, and gives the conditions under any of which an operation fails.
_Rule = Callable[[Writer, Operation], list[str]]

_NOWHERE = Operation("func.func", regions=[Region([Block()])])  # for text that nobody reads


def may_fail(op: Operation) -> bool:
    """Whether a scalar operation may have no result, as far as its constants tell."""
    rule = _RULES.get(op.name)
    return rule is not None and bool(rule(Writer(_NOWHERE), op))


def guard(writer: Writer, op: Operation) -> None:
    """Before a scalar operation that may fail: ask, leave the function if it does, and go on in a
    new block. Nothing for any other."""
    if op.name in _RULES:
        noted = [(value.type, writer[value]) for value in op.operands]
        leave_if(writer, _RULES[op.name](writer, op), op, noted)


def leave_if(
    writer: Writer, conditions: Sequence[str], op: Operation, noted: Sequence[tuple[Type, str]]
) -> None:
    """Leave the function with a note of an operation if any of the conditions holds."""
    if not conditions:
        return
    fails = reduce(lambda a, b: writer.compute("fails", f"or i1 {a}, {b}"), conditions)
    leave, stay = writer.fresh_label("fail"), writer.fresh_label("good")
    writer.line(f"br i1 {fails}, label %{leave}, label %{stay}")
    writer.open(stay)
    note = [f"store i64 {writer.number_of(op)}, ptr %failure"]
    for number, (type, text) in enumerate(noted, 2):
        slot = writer.fresh("note")
        note.append(f"{slot} = getelementptr i64, ptr %failure, i64 {number}")
        note.append(f"store {type_text(type)} {text}, ptr {slot}")
    writer.last += [f"{leave}:", *[f"  {line}" for line in [*note, f"ret {writer.failed}"]]]


# when operations fail -------------------------------------------------------------------------


def _known(value: Value) -> Any:
    """The number that an operand is; None if that is not known."""
    is_one = isinstance(value, OpResult) and value.op.name == "arith.constant"
    return value.op.attributes["value"] if is_one else None


def _equals(writer: Writer, hint: str, value: Value, number: int) -> str:
    text = constant_text(number, value.type)
    return writer.compute(hint, f"icmp eq {type_text(value.type)} {writer[value]}, {text}")


def _divides_unsigned(writer: Writer, op: Operation) -> list[str]:
    divisor = op.operands[1]
    return [] if _known(divisor) else [_equals(writer, "zero", divisor, 0)]


def _divides(writer: Writer, op: Operation) -> list[str]:
    """By zero; or the least number by -1, whose quotient would not fit."""
    dividend, divisor = op.operands
    least = -(1 << (width_of(divisor.type) - 1))
    found = _divides_unsigned(writer, op)
    if _known(divisor) in (None, -1, True) and _known(dividend) in (None, least, True):
        large = _equals(writer, "least", dividend, least)
        turned = _equals(writer, "minus.one", divisor, -1)
        found.append(writer.compute("too.large", f"and i1 {large}, {turned}"))
    return found


def _shifts(writer: Writer, op: Operation) -> list[str]:
    by = op.operands[1]
    width, number = width_of(by.type), _known(by)
    if number is not None and 0 <= number < width:
        return []
    limit = constant_text(width, by.type)
    return [writer.compute("too.far", f"icmp uge {type_text(by.type)} {writer[by]}, {limit}")]


def _truncates(writer: Writer, op: Operation) -> list[str]:
    """Unless it is above the number before the least, and below the one after the greatest: so that
    NaN fails as well."""
    source, text, width = op.operands[0].type, writer[op.operands[0]], op.result.type.width
    if source in (f16, bf16):
        extended = spell(Operation("arith.extf", [Value(source)], [f32]), text)
        source, text = f32, writer.compute("wide", extended)
    half = 0 if op.name == "arith.fptoui" else 1 << (width - 1)
    before, after = -half - 1, (1 << width) - half
    exact = round_to(before, source) == before  # else no number lies between it and the least
    low = f"ule {type_text(source)} {text}, {constant_text(before if exact else -half, source)}"
    if not exact:
        low = low.replace("ule", "ult")
    high = f"uge {type_text(source)} {text}, {constant_text(after, source)}"
    return [writer.compute("too.low", f"fcmp {low}"), writer.compute("too.high", f"fcmp {high}")]


_RULES: dict[str, _Rule] = {
    "arith.divsi": _divides,
    "arith.remsi": _divides,
    "arith.divui": _divides_unsigned,
    "arith.remui": _divides_unsigned,
    "arith.shli": _shifts,
    "arith.shrsi": _shifts,
    "arith.shrui": _shifts,
    "arith.fptosi": _truncates,
    "arith.fptoui": _truncates,
}


# the error ------------------------------------------------------------------------------------


def raise_noted(note: np.ndarray, root: Operation) -> None:
    """The error that a note of 64-bit words tells of, if it tells of one.

    Raises the interpreter's EvaluationError, with the location of the operation.
    """
    number = int(note[0])
    if not number:
        return
    op = next(each for count, each in enumerate(root.walk(), 1) if count == number)
    with at(op.location):
        if op.name in _RULES:
            numbers = [_noted(note, 2 + k, v.type) for k, v in enumerate(op.operands)]
            evaluator(op)(*numbers)
            raise AssertionError(f"{op.name} of {numbers} has a result")
        if op.name.startswith("memref."):
            rank = len(op.operands) - 1 - (op.name == "memref.store")
            words = [int(word) for word in note[2 : 2 + 2 * rank]]
            at_index, shape = tuple(words[:rank]), tuple(words[rank:])
            raise EvaluationError(f"{op.name} of {at_index} in a buffer of shape {shape}")
        raise EvaluationError("calls are nested too deeply")


def _noted(note: np.ndarray, word: int, type: Type) -> Any:
    """A number of the type, as the interpreter has it."""
    number = note[word : word + 1].view(dtype_of(type))[0]
    if isinstance(type, FloatType):
        return float(number)
    return bool(number) if type == i1 else int(number)

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

from tern.ir import Block, Operation, OpResult, Region, Value, is_speculatable
from tern.numbers import round_to, width_of
from tern.targets.errors import EmitError
from tern.targets.llvm.operations import spell
from tern.targets.llvm.text import constant_text, type_text
from tern.targets.llvm.writer import Writer
from tern.types import Type, VectorType, bf16, f16, f32

# Writes instructions, and gives the conditions under any of which an operation fails.
_Rule = Callable[[Writer, Operation], list[str]]

_NOWHERE = Operation("func.func", regions=[Region([Block()])])  # for text that nobody reads


def may_fail(op: Operation) -> bool:
    """Whether the lines of a scalar operation ask if it has a result: its constants may rule that
    out, and what is checked elsewhere, as subscripts are, is not asked here."""
    rule = rule_of(op)
    return rule is not None and bool(rule(Writer(_NOWHERE), op))


def rule_of(op: Operation) -> _Rule | None:
    """What says when an operation fails; None if it never does.

    EmitError for a vector of which a lane may fail: which one it was nobody could tell.
    """
    rule = _RULES.get(op.name)
    if rule is None or not any(isinstance(v.type, VectorType) for v in op.operands):
        return rule
    if is_speculatable(op):
        return None
    raise EmitError(f"{op.name} of {op.operands[0].type}, which may fail, has no form in LLVM IR")


def guard(writer: Writer, op: Operation) -> None:
    """Before a scalar operation that may fail: ask, leave the function if it does, and go on in a
    new block. Nothing for any other."""
    if (rule := rule_of(op)) is not None:
        noted = [(value.type, writer[value]) for value in op.operands]
        leave_if(writer, rule(writer, op), op, noted)


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

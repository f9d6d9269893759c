"""What is asked before an operation that may have no result: a line that leaves the function.

Whatever C++ leaves undefined, a compiler takes for something that never happens. So a text that
must stop there asks first, notes in `failure` which operation it was, and on what, and returns.
From the note Python raises the interpreter's error.
"""

from __future__ import annotations

from collections.abc import Mapping

from tern.ir import DEFINITIONS, Operation, known_integer, may_fail
from tern.numbers import round_to, width_of
from tern.targets.cpp.text import BOTH, EITHER, NAME, Text, cast, constant_text, unsigned_text
from tern.targets.errors import EmitError
from tern.types import FloatType, VectorType

_KINDS = frozenset({"division", "shift", "conversion"})


def asks(op: Operation) -> bool:
    """Whether something is asked before an operation on numbers. EmitError for one on vectors of
    which a lane may fail: which one it was nobody could tell."""
    definition = DEFINITIONS.get(op.name)
    if definition is None or definition.fails not in _KINDS or not may_fail(op):
        return False
    if any(isinstance(value.type, VectorType) for value in op.operands):
        raise EmitError(f"{op.name} of {op.operands[0].type}, which may fail, has no form in C++")
    return True


def may_leave(func: Operation, callees: Mapping[str, Operation]) -> bool:
    """Whether a function of loops may stop with a note of a failure, itself or in a callee."""
    return any(
        op.name in ("memref.load", "memref.store")
        or asks(op)
        or (op.name == "func.call" and may_leave(callees[op.attributes["callee"]], {}))
        for op in func.walk()
        if op.name != "func.call" or op.attributes["callee"] in callees
    )


def condition(op: Operation, texts: list[Text]) -> Text:
    """When an operation has no result."""
    fails = DEFINITIONS[op.name].fails
    if fails == "division":
        return _divides(op, *texts)
    return _shifts(op, *texts) if fails == "shift" else _truncates(op, *texts)


def _divides(op: Operation, a: Text, b: Text) -> Text:
    """By zero; or the least number by -1, whose quotient would not fit."""
    dividend, divisor = op.operands
    if op.name.endswith("ui"):
        return Text(f"!{b.at(NAME)}")
    by = known_integer(divisor)
    least = -(1 << (width_of(divisor.type) - 1))
    if width_of(divisor.type) == 1:
        return Text(f"!{b.at(NAME)} || {a.at(NAME)}", EITHER)  # -1 by -1
    zero = Text(f"{b.at(NAME)} == 0", BOTH)
    known = known_integer(dividend)
    if known is not None and known != least:
        return zero
    smallest = constant_text(least, dividend.type)
    large = Text(f"{a.at(NAME)} == {smallest.at(NAME)} && {b.at(NAME)} == -1", BOTH)
    return large if by == -1 else Text(f"{zero} || {large.at(BOTH + 1)}", EITHER)


def _shifts(op: Operation, a: Text, b: Text) -> Text:
    type = op.operands[1].type
    if width_of(type) == 1:
        return b
    return Text(f"{cast(unsigned_text(type), b)} >= {width_of(type)}", BOTH)


def _truncates(op: Operation, a: Text) -> Text:
    """Unless it is above the number before the least, and below the one after the greatest: so that
    NaN fails as well."""
    source, width = op.operands[0].type, op.result.type.width
    assert isinstance(source, FloatType)
    half = 0 if op.name == "arith.fptoui" else 1 << (width - 1)
    before, after = -half - 1, (1 << width) - half
    exact = round_to(before, source) == before  # else no number lies between it and the least
    low = constant_text(before if exact else -half, source)
    high = constant_text(after, source)
    sign = ">" if exact else ">="
    return Text(f"!({a.at(NAME)} {sign} {low} && {a.at(NAME)} < {high})")

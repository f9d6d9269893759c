"""Scalar operations as TVMScript expressions that keep to the operation's types.

Two things TVM takes for granted that MLIR does not. Its simplifier makes `b <= a` of `not a < b`,
which is wrong for NaN: other words are used here. And it takes every sum of integers for one that
stays in its type's range, as LLVM is told to do: sums, differences, and products wrap around on
their way to memory, but `x + 1 > x` is true of all x. Nothing can be said in TVMScript that keeps
it from that in general (unsigned numbers it believes the same of), so nothing is tried.
"""

from __future__ import annotations

from collections.abc import Sequence

from tern.ir import Operation, OpResult, Value
from tern.numbers import round_to, width_of
from tern.passes.nests import value_range
from tern.targets.errors import EmitError
from tern.types import FloatType, IndexType, IntegerType, Type


def dtype_name(type: Type) -> str:
    """TVM's name of an element type."""
    if isinstance(type, FloatType):
        return f"float{type.width}"
    if isinstance(type, IndexType):
        return "int64"
    if isinstance(type, IntegerType):
        return "bool" if type.width == 1 else f"int{type.width}"
    raise EmitError(f"the type {type} has no form in TVMScript")


def literal(value: object, type: Type) -> str:
    """A constant, of its own type: `T.float32(0.1)`."""
    if isinstance(type, FloatType):
        number = round_to(float(value), type)
        if number != number or abs(number) == float("inf"):
            return f'T.{dtype_name(type)}("{number}")'
        shorter = (float(f"{number:.{digits}g}") for digits in range(1, 18))
        value = next(near for near in shorter if round_to(near, type) == number)
    return f"T.{dtype_name(type)}({value})"


def expression(op: Operation, texts: Sequence[str], nan: bool = True) -> str:
    """What computes the result of a scalar operation, from the texts of its operands.

    Some forms have an operand twice, so a text should be short, or the name of a value. With
    `nan` false, maximumf and minimumf need not hand NaN on. EmitError if there is no such form.
    """
    name, type = op.name.partition(".")[2], op.results[0].type
    if op.name == "arith.constant":
        return literal(op.attributes["value"], type)
    if name == "select":
        return f"T.Select({', '.join(texts)})"
    if name == "cmpf":
        return _compare_floats(op.attributes["predicate"], *texts)
    if name == "cmpi":
        return _compare_integers(op, *texts)
    if name in CONVERSIONS:
        return _convert(op, *texts)
    if name == "remf" and type.width >= 32:  # TVM's own fmod is not for LLVM: this is C's
        suffix = "f" if type.width == 32 else ""
        return f'T.call_pure_extern("{dtype_name(type)}", "fmod{suffix}", {", ".join(texts)})'
    if isinstance(type, FloatType) and name in _FLOAT:
        nans = nan and name in ("maximumf", "minimumf")
        return (_NAN if nans else _FLOAT)[name].format(*texts)
    if isinstance(type, FloatType) and op.name.startswith("math."):
        return f"T.{name}({texts[0]})"
    if type == IntegerType(1) and name in _BIT:
        return _BIT[name].format(*texts)
    if name == "remsi" and value_range(op.operands[0])[0] >= 0 < value_range(op.operands[1])[0]:
        return f"({texts[0]} % {texts[1]})"
    if isinstance(type, (IntegerType, IndexType)) and name in _INTEGER:
        return _INTEGER[name].format(*texts)
    raise EmitError(f"{op.name} has no form in TVMScript")


def unsigned(value: Value, text: str) -> str:
    """The same bits as an unsigned number. (Of a cast, TVM believes that it changes no number.)"""
    name = f"u{dtype_name(value.type)}"
    if isinstance(value, OpResult) and value.op.name == "arith.constant":
        return f"T.{name}({value.op.attributes['value'] % 2 ** width_of(value.type)})"
    return f'T.reinterpret("{name}", {text})'


def needs_names(op: Operation) -> bool:
    """Whether the form of the operation has an operand twice."""
    return op.name in (
        "arith.maximumf",
        "arith.minimumf",
        "arith.cmpf",
        "arith.divsi",
        "arith.remsi",
    )


def condition(op: Operation, texts: Sequence[str]) -> tuple[str, str] | None:
    """What must hold for a division to be defined, and what to say if not; None if it does."""
    if op.name not in ("arith.divsi", "arith.remsi"):
        return None
    a, b = texts
    low, high = value_range(op.operands[1])
    safe = low > 0 or high < -1  # a constant, or a size times one
    if safe:
        return None
    type = op.results[0].type
    minimum = f"T.{dtype_name(type)}({-(2 ** (width_of(type) - 1))})"
    word = "division" if op.name == "arith.divsi" else "remainder"
    if low == high == -1:
        return f"{a} != {minimum}", f"integer {word} that does not fit its type"
    if low == high:
        return f"{b} != 0", f"integer {word} by zero"
    return (
        f"{b} != 0 and ({b} != -1 or {a} != {minimum})",
        f"integer {word} by zero, or one that does not fit",
    )


_FLOAT = {
    "addf": "({} + {})",
    "subf": "({} - {})",
    "mulf": "({} * {})",
    "divf": "({} / {})",
    "negf": "(-{})",
    "maximumf": "T.max({}, {})",
    "minimumf": "T.min({}, {})",
    "absf": "T.fabs({})",
    "powf": "T.pow({}, {})",
}

# TVM's max(NaN, b) is b. Here NaN goes through from either side.
_NAN = {
    "maximumf": "T.Select({0} > {1} or T.isnan({0}), {0}, {1})",
    "minimumf": "T.Select({0} < {1} or T.isnan({0}), {0}, {1})",
}

_INTEGER = {
    "addi": "({} + {})",
    "subi": "({} - {})",
    "muli": "({} * {})",
    "divsi": "T.truncdiv({}, {})",
    "remsi": "T.truncmod({}, {})",
    "maxsi": "T.max({}, {})",
    "minsi": "T.min({}, {})",
    "andi": "({} & {})",
    "ori": "({} | {})",
    "xori": "({} ^ {})",
    "shli": "({} << {})",
    "shrsi": "({} >> {})",
    "absi": "T.abs({})",
}

# One bit: as a signed number, True is -1.
_BIT = {
    "addi": "({} ^ {})",
    "subi": "({} ^ {})",
    "xori": "({} ^ {})",
    "muli": "({} and {})",
    "andi": "({} and {})",
    "maxsi": "({} and {})",
    "ori": "({} or {})",
    "minsi": "({} or {})",
}

_SIGNS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}


def _compare_floats(predicate: str, a: str, b: str) -> str:
    if predicate in ("true", "false"):
        return f"T.bool({predicate.capitalize()})"
    unordered = f"T.isnan({a}) or T.isnan({b})"
    if predicate == "uno":
        return f"({unordered})"
    if predicate == "ord":
        return f"((not T.isnan({a})) and (not T.isnan({b})))"
    if predicate == "one":
        return f"({a} < {b} or {a} > {b})"
    text = f"({a} {_SIGNS[predicate[1:]]} {b})"
    return text if predicate[0] == "o" else f"({text} or {unordered})"  # TVM's != is `one`


def _compare_integers(op: Operation, a: str, b: str) -> str:
    predicate, type = op.attributes["predicate"], op.operands[0].type
    if predicate in ("eq", "ne"):
        return f"({a} {_SIGNS[predicate]} {b})"
    if type == IntegerType(1):
        a, b = f"T.int8({a})", f"T.int8({b})"
        a, b = (b, a) if predicate[0] == "s" else (a, b)  # as a signed number, true is -1
    elif predicate[0] == "u":
        a, b = map(unsigned, op.operands, (a, b))
    return f"({a} {_SIGNS[predicate[1:]]} {b})"


CONVERSIONS = frozenset("sitofp uitofp fptosi extsi extui trunci extf truncf index_cast".split())


def _convert(op: Operation, a: str) -> str:
    before, after = op.operands[0].type, op.results[0].type
    target = f"T.{dtype_name(after)}"
    if dtype_name(before) == dtype_name(after):
        return a
    if after == IntegerType(1):
        return f"(({a} & 1) != 0)"
    if before == IntegerType(1):
        signed = op.name not in ("arith.extui", "arith.uitofp")
        return f"({target}(0) - {target}({a}))" if signed else f"{target}({a})"
    if op.name in ("arith.extui", "arith.uitofp"):
        a = unsigned(op.operands[0], a)
    return f"{target}({a})"

"""Scalar operations as Python expressions that keep to the operation's types.

The same text must mean the same to Numba and to Python with NumPy's scalars. Numba widens
every sum of integers to 64 bits and every plain float literal is one of 64, so both are cast.
"""

from __future__ import annotations

from collections.abc import Sequence

from tern.ir import Operation
from tern.numbers import round_to
from tern.passes.nests import value_range
from tern.targets.errors import EmitError
from tern.types import FloatType, IndexType, IntegerType, Type


def dtype_name(type: Type) -> str:
    """The NumPy name of an element type."""
    if isinstance(type, FloatType) and type.width in (32, 64):
        return f"float{type.width}"
    if isinstance(type, IndexType):
        return "int64"
    if isinstance(type, IntegerType):
        return "bool_" if type.width == 1 else f"int{type.width}"
    raise EmitError(f"the type {type} has no form in Numba")


def expression(op: Operation, texts: Sequence[str]) -> str:
    """What computes the result of a scalar operation, from the texts of its operands.

    EmitError if the operation has no such form.
    """
    type = op.results[0].type
    if op.name == "arith.constant":
        return literal(op.attributes["value"], type)
    if op.name == "arith.select":
        condition, then, otherwise = texts
        return f"({then} if {condition} else {otherwise})"
    if op.name == "arith.cmpf":
        return _compare_floats(op.attributes["predicate"], *texts)
    if op.name == "arith.cmpi":
        return _compare_integers(op, *texts)
    if op.name in _CONVERSIONS:
        return _convert(op, *texts)
    name = op.name.partition(".")[2]
    if isinstance(type, FloatType):
        dtype_name(type)
        if name == "powf" and texts[0][0] == "-":  # ** binds more tightly than the sign
            return f"(({texts[0]}) ** {texts[1]})"
        if name in _FLOAT:
            return _FLOAT[name].format(*texts)
        if name == "erf":
            return f"{dtype_name(type)}(erf({texts[0]}))"
        if op.name.startswith("math."):
            return f"{name}({texts[0]})"
    elif type == IntegerType(1) and name in _BIT:
        return _BIT[name].format(*texts)
    elif name == "remsi" and _is_plain_remainder(op):
        return f"({texts[0]} % {texts[1]})"
    elif name in _INTEGER:
        width = 64 if isinstance(type, IndexType) else type.width
        text = _INTEGER[name].format(*texts, minimum=-(2 ** (width - 1)))
        wide = isinstance(type, IndexType) or type.width == 64
        return text if wide or name in _IN_RANGE else f"{dtype_name(type)}({text})"
    raise EmitError(f"{op.name} has no form in Python")


def _is_plain_remainder(op: Operation) -> bool:
    """Whether Python's % rounds alike: of a size, say, and a positive constant."""
    return value_range(op.operands[0])[0] >= 0 and value_range(op.operands[1])[0] > 0


def bare(text: str) -> str:
    """`(a + b)` without the parentheses, where nothing is around it."""
    if text[0] != "(" or text[-1] != ")":
        return text
    depth = 0
    for at, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if depth == 0 and at < len(text) - 1:
            return text
    return text[1:-1]


def literal(value: object, type: Type) -> str:
    """A constant, of its own type: `float32(0.1)`."""
    if isinstance(type, FloatType):
        number = round_to(float(value), type)
        text = repr(number)
        if type.width == 32 and number == number and abs(number) != float("inf"):
            short = (float(f"{number:.{digits}g}") for digits in range(1, 10))
            text = repr(next(near for near in short if round_to(near, type) == number))
        return text if type.width == 64 and text[-1].isdigit() else f"{dtype_name(type)}({text})"
    if isinstance(value, bool) or isinstance(type, IndexType):
        return str(value)
    return f"{dtype_name(type)}({value})"


_FLOAT = {
    "addf": "({} + {})",
    "subf": "({} - {})",
    "mulf": "({} * {})",
    "divf": "({} / {})",
    "negf": "(-{})",
    "remf": "fmod({}, {})",
    "maximumf": "maximum({}, {})",
    "minimumf": "minimum({}, {})",
    "absf": "abs({})",
    "powf": "({} ** {})",
}

_INTEGER = {
    "addi": "({} + {})",
    "subi": "({} - {})",
    "muli": "({} * {})",
    "divsi": "divide({}, {}, {minimum})",
    "remsi": "remainder({}, {}, {minimum})",
    "maxsi": "max({}, {})",
    "minsi": "min({}, {})",
    "andi": "({} & {})",
    "ori": "({} | {})",
    "xori": "({} ^ {})",
    "shli": "({} << {})",
    "shrsi": "({} >> {})",
    "absi": "abs({})",
}

# What is in the range of the operands' type without a cast.
_IN_RANGE = frozenset("remsi maxsi minsi andi ori xori shrsi".split())

# One bit: as a signed number, True is -1.
_BIT = {
    "addi": "({} != {})",
    "subi": "({} != {})",
    "xori": "({} != {})",
    "muli": "({} and {})",
    "andi": "({} and {})",
    "maxsi": "({} and {})",
    "ori": "({} or {})",
    "minsi": "({} or {})",
}

_SIGNS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_OPPOSITES = {"lt": ">=", "le": ">", "gt": "<=", "ge": "<"}


def _compare_floats(predicate: str, a: str, b: str) -> str:
    if predicate in ("true", "false"):
        return predicate.capitalize()
    if predicate in ("ord", "uno"):
        text = f"({a} == {a} and {b} == {b})"
        return text if predicate == "ord" else f"(not {text})"
    if predicate in ("one", "ueq"):
        text = f"({a} < {b} or {a} > {b})"
        return text if predicate == "one" else f"(not {text})"
    if predicate[0] == "u" and predicate != "une":  # true also of NaN
        return f"(not {a} {_OPPOSITES[predicate[1:]]} {b})"
    return f"({a} {_SIGNS[predicate[1:]]} {b})"


def _compare_integers(op: Operation, a: str, b: str) -> str:
    predicate, type = op.attributes["predicate"], op.operands[0].type
    if predicate in ("eq", "ne"):
        return f"({a} {_SIGNS[predicate]} {b})"
    if predicate[0] == "u" and type != IntegerType(1):
        unsigned = f"u{dtype_name(type)}"
        a, b = f"{unsigned}({a})", f"{unsigned}({b})"
    elif predicate[0] == "s" and type == IntegerType(1):
        a, b = b, a
    return f"({a} {_SIGNS[predicate[1:]]} {b})"


_CONVERSIONS = frozenset(
    f"arith.{name}"
    for name in "sitofp uitofp fptosi extsi extui trunci extf truncf index_cast".split()
)


def _convert(op: Operation, a: str) -> str:
    before, after = op.operands[0].type, op.results[0].type
    target = dtype_name(after)
    if after == IntegerType(1):
        return f"(({a} & 1) != 0)"
    if before == IntegerType(1):
        if op.name in ("arith.extui", "arith.uitofp"):
            return f"{target}({a})"
        return f"({target}(0) - {target}({a}))"  # not -0.0
    if op.name in ("arith.extui", "arith.uitofp"):
        a = f"u{dtype_name(before)}({a})"
    return f"{target}({a})"

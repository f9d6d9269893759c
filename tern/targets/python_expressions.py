"""Scalar operations as Python expressions that keep to the operation's types.

The same text must mean the same to Numba and to Python with NumPy's scalars. Numba widens
every sum of integers to 64 bits and every plain float literal is one of 64, so both are cast.
"""

from __future__ import annotations

from collections.abc import Sequence

from tern.analysis.nests import value_range
from tern.ir import Operation
from tern.ir.dialects.arith.comparisons import OPPOSITE, SIGNS
from tern.numbers import integer_range, is_unsigned, width_of
from tern.targets import spelling
from tern.targets.errors import EmitError
from tern.targets.spelling import Spelling, float_text
from tern.types import FloatType, IndexType, Type, bf16, f16, f64, i1

SPELLING: Spelling[Operation] = Spelling(
    "Python",
    {
        "arith.addf": "({} + {})",
        "arith.subf": "({} - {})",
        "arith.mulf": "({} * {})",
        "arith.divf": "({} / {})",
        "arith.negf": "(-{})",
        "arith.remf": "fmod({}, {})",
        "arith.maximumf": "maximum({}, {})",
        "arith.minimumf": "minimum({}, {})",
        "arith.select": "({1} if {0} else {2})",
        "math.absf": "abs({})",
        "math.exp": "exp({})",
        "math.log": "log({})",
        "math.sqrt": "sqrt({})",
        "math.tanh": "tanh({})",
        "math.sin": "sin({})",
        "math.cos": "cos({})",
        "math.floor": "floor({})",
        "math.ceil": "ceil({})",
        "math.roundeven": "rint({})",
    },
    unsupported={"math.fma": "Numba has no multiply-add that rounds once"},
)


def dtype_name(type: Type) -> str:
    """The NumPy name of an element type. EmitError for those that Numba does not compute with."""
    if type in (f16, bf16):
        raise EmitError(f"the type {type} has no form in Numba, which does not compute with it")
    name = spelling.dtype_name(type, "Numba")
    return "bool_" if name == "bool" else name


def _unsigned_name(type: Type) -> str:
    return spelling.unsigned_name(type, "Numba")


def expression(op: Operation, texts: Sequence[str]) -> str:
    """What computes the result of a scalar operation, from the texts of its operands.

    EmitError if the operation has no such form.
    """
    for value in (*op.operands, *op.results):
        dtype_name(value.type)
    return SPELLING.text(op.name, op.results[0].type, op, texts)


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


# floats ---------------------------------------------------------------------------------------


@SPELLING.form("arith.constant")
def _constant(op: Operation) -> str:
    return literal(op.attributes["value"], op.results[0].type)


def literal(value: object, type: Type) -> str:
    """A constant, of its own type: `float32(0.1)`."""
    if isinstance(type, FloatType):
        text = float_text(float(value), type)
        return text if type == f64 and text[-1].isdigit() else f"{dtype_name(type)}({text})"
    if isinstance(value, bool) or isinstance(type, IndexType):
        return str(value)
    return f"{dtype_name(type)}({value})"


@SPELLING.form("math.powf")
def _power(op: Operation, a: str, b: str) -> str:
    return f"(({a}) ** {b})" if a[0] == "-" else f"({a} ** {b})"  # ** binds more tightly


@SPELLING.form("math.erf")
def _erf(op: Operation, a: str) -> str:
    return f"{dtype_name(op.results[0].type)}(erf({a}))"


@SPELLING.form("math.rsqrt")
def _reciprocal_root(op: Operation, a: str) -> str:
    return f"({literal(1.0, op.results[0].type)} / sqrt({a}))"


@SPELLING.form("arith.cmpf")
def _compare_floats(op: Operation, a: str, b: str) -> str:
    predicate = op.attributes["predicate"]
    if predicate in ("true", "false"):
        return predicate.capitalize()
    if predicate in ("ord", "uno"):
        text = f"({a} == {a} and {b} == {b})"
        return text if predicate == "ord" else f"(not {text})"
    if predicate in ("one", "ueq"):
        text = f"({a} < {b} or {a} > {b})"
        return text if predicate == "one" else f"(not {text})"
    if predicate[0] == "u" and predicate != "une":  # true also of NaN
        return f"(not {a} {SIGNS[OPPOSITE[predicate[1:]]]} {b})"
    return f"({a} {SIGNS[predicate[1:]]} {b})"


# integers -------------------------------------------------------------------------------------

_WRAPS = {"arith.addi": "+", "arith.subi": "-", "arith.muli": "*", "arith.shli": "<<"}
_STAYS = {"arith.andi": "&", "arith.ori": "|", "arith.shrsi": ">>"}
_OF_BITS = {"arith.andi": "and", "arith.ori": "or"}
_LARGER = {"arith.maxsi": "max", "arith.minsi": "min", "arith.maxui": "max", "arith.minui": "min"}


def _cast(text: str, type: Type) -> str:
    """A number of 64 bits as one of the type."""
    return text if width_of(type) == 64 else f"{dtype_name(type)}({text})"


def unsigned(text: str, type: Type) -> str:
    """The same bits as an unsigned number."""
    return text if is_unsigned(type) or type == i1 else f"{_unsigned_name(type)}({text})"


def _signless(text: str, type: Type) -> str:
    """An unsigned number as one of the type."""
    return text if is_unsigned(type) else f"{dtype_name(type)}({text})"


@SPELLING.form(*_WRAPS)
def _wrapping(op: Operation, a: str, b: str) -> str:
    return _cast(f"({a} {_WRAPS[op.name]} {b})", op.results[0].type)


@SPELLING.form(*_STAYS)
def _staying(op: Operation, a: str, b: str) -> str:
    bits = op.results[0].type == i1
    name = spelling.on_bits(op.name, i1) if bits else op.name
    return f"({a} {(_OF_BITS if bits else _STAYS)[name]} {b})"


@SPELLING.form("arith.xori")
def _differing(op: Operation, a: str, b: str) -> str:
    return f"({a} {'!=' if op.results[0].type == i1 else '^'} {b})"


@SPELLING.form("math.absi")
def _size(op: Operation, a: str) -> str:
    return _cast(f"abs({a})", op.results[0].type)


@SPELLING.form("arith.divsi", "arith.remsi")
def _divide(op: Operation, a: str, b: str) -> str:
    type = op.results[0].type
    if op.name == "arith.remsi":
        if value_range(op.operands[0])[0] >= 0 and value_range(op.operands[1])[0] > 0:
            return f"({a} % {b})"  # of a size, say, and a constant: Python rounds alike
        return f"remainder({a}, {b}, {integer_range(type)[0]})"
    return _cast(f"divide({a}, {b}, {integer_range(type)[0]})", type)


@SPELLING.form("arith.divui", "arith.remui")
def _divide_unsigned(op: Operation, a: str, b: str) -> str:
    type = op.results[0].type
    name = "divide_unsigned" if op.name == "arith.divui" else "remainder_unsigned"
    return f"{dtype_name(type)}({name}({unsigned(a, type)}, {unsigned(b, type)}))"


@SPELLING.form(*_LARGER)
def _larger(op: Operation, a: str, b: str) -> str:
    type, name = op.results[0].type, _LARGER[op.name]
    if op.name.endswith("si") or is_unsigned(type):
        return f"{name}({a}, {b})"
    return _signless(f"{name}({unsigned(a, type)}, {unsigned(b, type)})", type)


@SPELLING.form("arith.shrui")
def _shift(op: Operation, a: str, b: str) -> str:
    type = op.results[0].type
    return f"{dtype_name(type)}({unsigned(a, type)} >> {unsigned(b, type)})"


@SPELLING.form("arith.cmpi")
def _compare_integers(op: Operation, a: str, b: str) -> str:
    predicate, type = op.attributes["predicate"], op.operands[0].type
    if predicate in SIGNS:
        return f"({a} {SIGNS[predicate]} {b})"
    if predicate[0] == "u":
        a, b = unsigned(a, type), unsigned(b, type)
    elif type == i1:  # as a signed number, true is -1
        a, b = b, a
    return f"({a} {SIGNS[predicate[1:]]} {b})"


# conversions ----------------------------------------------------------------------------------


@SPELLING.form(*[f"arith.{n}" for n in "sitofp extsi trunci extf truncf index_cast".split()])
def _convert(op: Operation, a: str) -> str:
    before, after = op.operands[0].type, op.results[0].type
    target = dtype_name(after)
    if after == i1:
        return f"(({a} & 1) != 0)"
    if before == i1:
        return f"({target}(0) - {target}({a}))"  # not -0.0
    return f"{target}({a})"


@SPELLING.form(*[f"arith.{name}" for name in "uitofp extui index_castui".split()])
def _convert_unsigned(op: Operation, a: str) -> str:
    before, after = op.operands[0].type, op.results[0].type
    return _convert(op, a) if after == i1 else f"{dtype_name(after)}({unsigned(a, before)})"


@SPELLING.form("arith.fptosi", "arith.fptoui")
def _truncate(op: Operation, a: str) -> str:
    """By way of the wider type, if there is one: a float too large for its integer is anything."""
    after = op.results[0].type
    if after == i1:
        return f"((int32({a}) & 1) != 0)"
    if op.name == "arith.fptoui" and after.width == 64:
        return f"int64(uint64({a}))"
    return f"{dtype_name(after)}({a})" if not is_unsigned(after) else f"uint8(int32({a}))"


@SPELLING.form("arith.bitcast")
def _reinterpret(op: Operation, a: str) -> str:
    before, after = op.operands[0].type, op.results[0].type
    if isinstance(before, FloatType) == isinstance(after, FloatType):
        return f"{dtype_name(after)}({a})"
    return f"{dtype_name(before)}({a}).view({dtype_name(after)})"

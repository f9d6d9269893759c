"""Scalar operations as TVMScript expressions that keep to the operation's types.

TVM takes for granted what MLIR does not. Its simplifier makes `b <= a` of `not a < b`, which is
wrong for NaN, and 0 of `x - x`: other words are used here where there are any, and compile_tvm
leaves the simplifier out. As it reads a script already, it makes `x` of `x + 0.0`, and 0 of
`x * 0.0`: a zero is spelled here so that it does not see it. And it tells LLVM that no sum of
integers leaves its type's range: sums, differences, and products wrap around on their way to
memory, but `x + 1 > x` may be true of all x.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence

from tern.analysis.nests import value_range
from tern.ir import Operation, OpResult, Value
from tern.ir.dialects.arith.comparisons import SIGNS
from tern.numbers import integer_range, is_unsigned
from tern.targets import spelling
from tern.targets.errors import EmitError
from tern.targets.spelling import Spelling, float_text, is_neutral, unsigned_value
from tern.types import FloatType, Type, bf16, f32, f64, i1

dtype_name = functools.partial(spelling.dtype_name, language="TVMScript")
_unsigned_name = functools.partial(spelling.unsigned_name, language="TVMScript")

SPELLING: Spelling[Operation] = Spelling(
    "TVMScript",
    {
        "arith.addf": "({} + {})",
        "arith.subf": "({} - {})",
        "arith.mulf": "({} * {})",
        "arith.divf": "({} / {})",
        "arith.negf": "(-{})",
        "math.absf": "T.fabs({})",
        "math.absi": "T.abs({})",
        "arith.addi": "({} + {})",
        "arith.subi": "({} - {})",
        "arith.muli": "({} * {})",
        "arith.divsi": "T.truncdiv({}, {})",
        "arith.maxsi": "T.max({}, {})",
        "arith.minsi": "T.min({}, {})",
        "arith.xori": "({} ^ {})",
        "arith.shli": "({} << {})",
        "arith.shrsi": "({} >> {})",
        "arith.select": "T.Select({}, {}, {})",
    },
    unsupported={"math.fma": "TVM rounds the product on its own"},
)

PLAIN = {"arith.maximumf": "T.max({}, {})", "arith.minimumf": "T.min({}, {})"}
"""Of operations that need not hand NaN on: what TVM's schedules know."""


def expression(op: Operation, texts: Sequence[str], nan: bool = True) -> str:
    """What computes the result of a scalar operation, from the texts of its operands.

    Some forms have an operand twice, so a text should be short, or the name of a value. With
    `nan` false, maximumf and minimumf need not hand NaN on. EmitError if there is no such form.
    """
    if not nan and op.name in PLAIN:
        return PLAIN[op.name].format(*texts)
    if op.name in _FOLDED:
        texts = [_unseen_zero(op, number, text) for number, text in enumerate(texts)]
    return SPELLING.text(op.name, op.results[0].type, op, texts)


# constants ------------------------------------------------------------------------------------

_MOST = 3.4028234663852886e38  # that TVM takes for a literal, whatever the type


def literal(value: object, type: Type) -> str:
    """A constant, of its own type: `T.float32(0.1)`."""
    if isinstance(type, FloatType):
        text = float_text(float(value), type)
        if not math.isfinite(float(text)):
            return f'T.{dtype_name(type)}("{text}")'
        if abs(float(text)) > _MOST:
            return f'T.FloatImm("{dtype_name(type)}", {text})'
        return f"T.{dtype_name(type)}({text})"
    return f"T.{dtype_name(type)}({value})"


_FOLDED = frozenset(f"arith.{name}" for name in ("addf", "subf", "mulf", "divf"))


def _unseen_zero(op: Operation, number: int, text: str) -> str:
    """An operand's text; of a zero, unless it changes nothing, one that TVM knows no zero in."""
    value = op.operands[number]
    known = isinstance(value, OpResult) and value.op.name == "arith.constant"
    zero = value.op.attributes["value"] if known else 1.0
    if zero != 0 or (number == 1 and is_neutral(op.name, float(zero), value.type)):
        return text
    sign = literal(math.copysign(1.0, zero), value.type)
    return f"T.copysign({literal(0.0, value.type)}, {sign})"


@SPELLING.form("arith.constant")
def _constant(op: Operation) -> str:
    return literal(op.attributes["value"], op.results[0].type)


# floats ---------------------------------------------------------------------------------------


def _is_nan(text: str, type: Type) -> str:
    return f"T.isnan(T.float32({text}))" if type == bf16 else f"T.isnan({text})"


@SPELLING.form("arith.maximumf", "arith.minimumf")
def _extreme(op: Operation, a: str, b: str) -> str:
    """TVM's max(NaN, b) is b. Here NaN goes through from either side."""
    sign = ">" if op.name == "arith.maximumf" else "<"
    return f"T.Select({a} {sign} {b} or {_is_nan(a, op.results[0].type)}, {a}, {b})"


@SPELLING.form(*[f"math.{name}" for name in "exp log sqrt rsqrt tanh sin cos erf".split()])
@SPELLING.form("math.floor", "math.ceil", "math.roundeven", "math.powf")
def _function(op: Operation, *texts: str) -> str:
    name, type = op.name.partition(".")[2], op.results[0].type
    name = {"powf": "pow", "roundeven": "nearbyint"}.get(name, name)
    return _in_f32(type, texts, lambda texts: f"T.{name}({', '.join(texts)})")


@SPELLING.form("arith.remf")
def _remainder(op: Operation, *texts: str) -> str:
    """C's: TVM's own fmod is not for LLVM."""
    type = op.results[0].type
    called = "fmod" if type == f64 else "fmodf"

    def call(texts: Sequence[str]) -> str:
        dtype = dtype_name(f64 if type == f64 else f32)
        return f'T.call_pure_extern("{dtype}", "{called}", {", ".join(texts)})'

    return _in_f32(type, texts, call)


def _in_f32(type: Type, texts: Sequence[str], call: Callable[[Sequence[str]], str]) -> str:
    """A call of operands of the type; of formats that the functions are not for, as f32."""
    if type in (f32, f64):
        return call(texts)
    return f"T.{dtype_name(type)}({call([f'T.float32({text})' for text in texts])})"


# integers -------------------------------------------------------------------------------------


def unsigned(value: Value, text: str) -> str:
    """The same bits as an unsigned number. (Of a cast, TVM believes that it changes no number.)"""
    name = _unsigned_name(value.type)
    if is_unsigned(value.type):
        return text
    if isinstance(value, OpResult) and value.op.name == "arith.constant":
        number = unsigned_value(value.op.attributes["value"], value.type)
        if number < 2**63:  # TVM reads no larger one, and takes no zero to reinterpret
            return f"T.{name}({number})"
    return f'T.reinterpret("{name}", {text})'


def _signless(text: str, type: Type) -> str:
    """An unsigned number as one of the type."""
    return text if is_unsigned(type) else f'T.reinterpret("{dtype_name(type)}", {text})'


@SPELLING.form("arith.andi")
def _and(op: Operation, a: str, b: str) -> str:
    return f"({a} {'and' if op.results[0].type == i1 else '&'} {b})"


@SPELLING.form("arith.ori")
def _or(op: Operation, a: str, b: str) -> str:
    return f"({a} {'or' if op.results[0].type == i1 else '|'} {b})"


@SPELLING.form("arith.remsi")
def _signed_remainder(op: Operation, a: str, b: str) -> str:
    plain = value_range(op.operands[0])[0] >= 0 < value_range(op.operands[1])[0]
    return f"({a} % {b})" if plain else f"T.truncmod({a}, {b})"


_UNSIGNED = {
    "arith.divui": "T.truncdiv({}, {})",
    "arith.remui": "T.truncmod({}, {})",
    "arith.maxui": "T.max({}, {})",
    "arith.minui": "T.min({}, {})",
    "arith.shrui": "({} >> {})",
}


@SPELLING.form(*_UNSIGNED)
def _of_unsigned(op: Operation, *texts: str) -> str:
    form = _UNSIGNED[op.name]
    return _signless(form.format(*map(unsigned, op.operands, texts)), op.results[0].type)


# comparisons ----------------------------------------------------------------------------------


@SPELLING.form("arith.cmpf")
def _compare_floats(op: Operation, a: str, b: str) -> str:
    predicate = op.attributes["predicate"]
    if predicate in ("true", "false"):
        return f"T.bool({predicate.capitalize()})"
    a_is_nan, b_is_nan = (_is_nan(text, op.operands[0].type) for text in (a, b))
    unordered = f"{a_is_nan} or {b_is_nan}"
    if predicate == "uno":
        return f"({unordered})"
    if predicate == "ord":
        return f"((not {a_is_nan}) and (not {b_is_nan}))"
    if predicate == "one":
        return f"({a} < {b} or {a} > {b})"
    text = f"({a} {SIGNS[predicate[1:]]} {b})"
    return text if predicate[0] == "o" else f"({text} or {unordered})"  # TVM's != is `one`


@SPELLING.form("arith.cmpi")
def _compare_integers(op: Operation, a: str, b: str) -> str:
    predicate, type = op.attributes["predicate"], op.operands[0].type
    if type == i1:  # TVM compares single bits as if they were floats
        a, b = f"T.int8({a})", f"T.int8({b})"
        a, b = (b, a) if predicate[0] == "s" else (a, b)  # as a signed number, true is -1
    elif predicate[0] == "u":
        a, b = map(unsigned, op.operands, (a, b))
    return f"({a} {SIGNS[predicate if predicate in SIGNS else predicate[1:]]} {b})"


# conversions ----------------------------------------------------------------------------------


@SPELLING.form(*[f"arith.{n}" for n in "sitofp extsi trunci extf truncf index_cast".split()])
def _convert(op: Operation, a: str) -> str:
    before, after = op.operands[0].type, op.results[0].type
    if dtype_name(before) == dtype_name(after):
        return a
    target = f"T.{dtype_name(after)}"
    if after == i1:
        return f"(({a} & 1) != 0)"
    if before == i1:
        return f"({target}(0) - {target}({a}))"
    if is_unsigned(after):
        return f"{target}({unsigned(op.operands[0], a)})"
    return f"{target}({a})"


@SPELLING.form(*[f"arith.{name}" for name in "uitofp extui index_castui".split()])
def _convert_unsigned(op: Operation, a: str) -> str:
    before, after = op.operands[0].type, op.results[0].type
    if after == i1 or dtype_name(before) == dtype_name(after):
        return _convert(op, a)
    number = a if before == i1 else unsigned(op.operands[0], a)
    return f"T.{dtype_name(after)}({number})"


@SPELLING.form("arith.fptosi", "arith.fptoui")
def _truncate(op: Operation, a: str) -> str:
    after = op.results[0].type
    if after == i1:
        return f"((T.int32({a}) & 1) != 0)"
    if op.name == "arith.fptoui":
        return _signless(f"T.{_unsigned_name(after)}({a})", after)
    if is_unsigned(after):
        return f'T.reinterpret("{dtype_name(after)}", T.int{after.width}({a}))'
    return f"T.{dtype_name(after)}({a})"


@SPELLING.form("arith.bitcast")
def _reinterpret(op: Operation, a: str) -> str:
    before, after = op.operands[0].type, op.results[0].type
    if bf16 in (before, after) and before != after:
        raise EmitError("arith.bitcast has no form in TVMScript for bf16, which TVM makes f32")
    same = before == after or (before == i1 and after == i1)
    return a if same else f'T.reinterpret("{dtype_name(after)}", {a})'


# divisions ------------------------------------------------------------------------------------

_DIVISIONS = frozenset(f"arith.{name}" for name in ("divsi", "remsi", "divui", "remui"))


def needs_names(op: Operation) -> bool:
    """Whether the form of the operation has an operand twice."""
    return op.name in _DIVISIONS or op.name in ("arith.maximumf", "arith.minimumf", "arith.cmpf")


def condition(op: Operation, texts: Sequence[str]) -> tuple[str, str] | None:
    """What must hold for a division to be defined, and what to say if not; None if it does."""
    if op.name not in _DIVISIONS:
        return None
    type = op.results[0].type
    a, b = texts
    low, high = value_range(op.operands[1])
    word = "division" if op.name.startswith("arith.div") else "remainder"
    if low > 0 or high < -1:  # a constant, or a size times one
        return None
    if op.name.endswith("ui"):
        return (f"{b} != 0", f"integer {word} by zero") if low <= 0 <= high else None
    minimum = literal(integer_range(type)[0], type)
    if low == high == -1:
        return f"{a} != {minimum}", f"integer {word} that does not fit its type"
    if low == high:
        return f"{b} != 0", f"integer {word} by zero"
    return (
        f"{b} != 0 and ({b} != -1 or {a} != {minimum})",
        f"integer {word} by zero, or one that does not fit",
    )

"""Operations of arith and math in StableHLO: of tensors, and of numbers, tensors of rank 0.

arith tells signed from unsigned by the operation, StableHLO by the type: an unsigned operation is
one on the same bits of another type. Of single bits StableHLO's `convert` and `compare` make
unsigned numbers, arith's signed ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tern.numbers import width_of
from tern.targets.spelling import Spelling
from tern.targets.stablehlo.writer import Lines, Name, type_text
from tern.types import FloatType, IntegerType, ScalarType, TensorType, i1, i32

SPELLING: Spelling[Any] = Spelling(
    "StableHLO",
    {},
    {"math.fma": "it has no product and sum, rounded once", "arith.constant": "it is no operation"},
)

_FORMS: Any = SPELLING.forms
spells: Any = SPELLING.form
"""A decorator: the function writes operations of these names. It is given an Elementwise and the
operands, and gives the name of the result, where other targets give a text."""


class Elementwise:
    """One operation while it is written: the lines, its attributes, and its result's element."""

    def __init__(self, lines: Lines, attributes: Mapping[str, Any], element: ScalarType) -> None:
        self.lines, self.attributes, self.element = lines, attributes, element


def elementwise(
    lines: Lines,
    name: str,
    operands: Sequence[Name],
    element: ScalarType,
    attributes: Mapping[str, Any],
) -> Name:
    """The result of an operation of arith or math, of this element type. EmitError."""
    of = operands[-1].element
    bits = of if name.startswith(("arith.cmp", "arith.sel")) else element
    made: Any = SPELLING.text(name, bits, Elementwise(lines, attributes, element), operands)
    return Name(made.text, TensorType(made.shape, element))


Spell = Callable[..., Name]

_SAME = {
    "arith.addf": "add", "arith.subf": "subtract", "arith.mulf": "multiply",
    "arith.divf": "divide", "arith.remf": "remainder", "arith.maximumf": "maximum",
    "arith.minimumf": "minimum", "arith.negf": "negate", "math.absf": "abs",
    "arith.addi": "add", "arith.subi": "subtract", "arith.muli": "multiply",
    "arith.divsi": "divide", "arith.remsi": "remainder", "arith.maxsi": "maximum",
    "arith.minsi": "minimum", "arith.andi": "and", "arith.ori": "or", "arith.xori": "xor",
    "arith.shli": "shift_left", "arith.shrsi": "shift_right_arithmetic",
    "arith.shrui": "shift_right_logical", "math.absi": "abs", "math.exp": "exponential",
    "math.log": "log", "math.sqrt": "sqrt", "math.rsqrt": "rsqrt", "math.tanh": "tanh",
    "math.sin": "sine", "math.cos": "cosine", "math.powf": "power", "math.floor": "floor",
    "math.ceil": "ceil", "math.roundeven": "round_nearest_even",
}  # fmt: skip
UNSIGNED = {
    "arith.divui": "divide", "arith.remui": "remainder", "arith.maxui": "maximum",
    "arith.minui": "minimum",
}  # fmt: skip
"""Operations that are those of unsigned types."""

COMBINERS = _SAME | UNSIGNED
"""What StableHLO calls an operation by which a reduction may combine."""


def _same(name: str) -> Spell:
    return lambda op, *operands: op.lines.same(name, *operands)


_FORMS.update({own: _same(name) for own, name in _SAME.items()})


def unsigned(element: ScalarType) -> IntegerType:
    """The unsigned type of the same bits."""
    return IntegerType(width_of(element), unsigned=True)


def read_as_unsigned(lines: Lines, operand: Name) -> Name:
    return lines.with_element("bitcast_convert", operand, unsigned(operand.element))


def _unsigned(name: str) -> Spell:
    def spell(op: Elementwise, *operands: Name) -> Name:
        bits = [read_as_unsigned(op.lines, operand) for operand in operands]
        return op.lines.with_element("bitcast_convert", op.lines.same(name, *bits), op.element)

    return spell


_FORMS.update({own: _unsigned(name) for own, name in UNSIGNED.items()})


@spells("math.erf")
def _erf(op: Elementwise, x: Name) -> Name:
    type = type_text(x.type)
    return op.lines.add(f"chlo.erf {x} : {type} -> {type}", x.type)


# comparisons --------------------------------------------------------------------------------------


def compared(lines: Lines, direction: str, left: Name, right: Name) -> Name:
    type = TensorType(left.shape, i1)
    return lines.to(f"compare {direction},", [left, right], type)


_BELOW = {"lt": "LT", "le": "LE", "gt": "GT", "ge": "GE"}
_NOT = {"ult": "oge", "ule": "ogt", "ugt": "ole", "uge": "olt", "ueq": "one", "uno": "ord"}


@spells("arith.cmpf")
def _cmpf(op: Elementwise, left: Name, right: Name) -> Name:
    """StableHLO's comparisons are ordered, but for NE."""
    lines = op.lines

    def holds(word: str) -> Name:
        if word in _NOT:
            return lines.same("not", holds(_NOT[word]))
        if word in ("true", "false"):
            return lines.constant(word == "true", TensorType(left.shape, i1))
        if word == "one":
            return lines.same("or", holds("olt"), holds("ogt"))
        if word == "ord":
            numbers = [compared(lines, "EQ", side, side) for side in (left, right)]
            return lines.same("and", *numbers)
        direction = {"oeq": "EQ", "une": "NE"}.get(word) or _BELOW[word[1:]]
        return compared(lines, direction, left, right)

    return holds(op.attributes["predicate"])


@spells("arith.cmpi")
def _cmpi(op: Elementwise, left: Name, right: Name) -> Name:
    word = op.attributes["predicate"]
    if word in ("eq", "ne"):
        return compared(op.lines, word.upper(), left, right)
    if left.element == i1:  # as signed numbers they are 0 and -1: the other way round
        left, right = (left, right) if word[0] == "u" else (right, left)
    elif word[0] == "u":
        left, right = (read_as_unsigned(op.lines, each) for each in (left, right))
    return compared(op.lines, _BELOW[word[1:]], left, right)


@spells("arith.select")
def _select(op: Elementwise, condition: Name, then: Name, otherwise: Name) -> Name:
    types = f"{type_text(condition.type)}, {type_text(then.type)}"
    text = f"stablehlo.select {condition}, {then}, {otherwise} : {types}"
    return op.lines.add(text, then.type)


# conversions --------------------------------------------------------------------------------------


def _converted(op: Elementwise, x: Name) -> Name:
    return op.lines.with_element("convert", x, op.element)


spells("arith.extf", "arith.truncf")(_converted)


@spells("arith.bitcast")
def _bitcast(op: Elementwise, x: Name) -> Name:
    return op.lines.with_element("bitcast_convert", x, op.element)


@spells("arith.extsi", "arith.sitofp", "arith.index_cast")
def _signed(op: Elementwise, x: Name) -> Name:
    """Of a single bit -1 or 0, and not -0.0."""
    if x.element == i1:
        whole = i32 if isinstance(op.element, FloatType) else op.element
        negative = op.lines.same("negate", op.lines.with_element("convert", x, whole))
        return op.lines.with_element("convert", negative, op.element)
    if op.element == i1:
        return _lowest_bit(op.lines, x)
    return op.lines.with_element("convert", x, op.element)


@spells("arith.extui", "arith.uitofp", "arith.index_castui")
def _not_signed(op: Elementwise, x: Name) -> Name:
    if x.element == i1:
        return op.lines.with_element("convert", x, op.element)
    if op.element == i1:
        return _lowest_bit(op.lines, x)
    return op.lines.with_element("convert", read_as_unsigned(op.lines, x), op.element)


@spells("arith.trunci")
def _narrowed(op: Elementwise, x: Name) -> Name:
    return _lowest_bit(op.lines, x) if op.element == i1 else _converted(op, x)


def _lowest_bit(lines: Lines, x: Name) -> Name:
    bit = lines.same("and", x, lines.constant(1, x.type))
    return compared(lines, "NE", bit, lines.constant(0, x.type))


@spells("arith.fptosi")
def _whole(op: Elementwise, x: Name) -> Name:
    if op.element == i1:
        return _lowest_bit(op.lines, op.lines.with_element("convert", x, i32))
    signed = op.lines.with_element("convert", x, replace(op.element, unsigned=False))
    return op.lines.with_element("bitcast_convert", signed, op.element)


@spells("arith.fptoui")
def _whole_unsigned(op: Elementwise, x: Name) -> Name:
    if op.element == i1:
        return _lowest_bit(op.lines, op.lines.with_element("convert", x, i32))
    found = op.lines.with_element("convert", x, unsigned(op.element))
    return op.lines.with_element("bitcast_convert", found, op.element)

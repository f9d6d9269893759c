"""How each operation on numbers, or on vectors of them, is spelled in C++: one table.

Integers wrap around: the compiler is told so, by -fwrapv. Of `bool` and of masks there is what is
bitwise. What C++ leaves undefined is asked about before: guards.py.
"""

from __future__ import annotations

from collections.abc import Callable

from tern.ir import Operation, OpResult, Value
from tern.ir.dialects.arith.comparisons import OPPOSITE, SIGNS
from tern.ir.dialects.forms import element_of
from tern.ir.dialects.vector import combining
from tern.numbers import is_unsigned, width_of
from tern.targets.cpp.text import (
    AND,
    BOTH,
    CHOICE,
    EITHER,
    EQUAL,
    LESS,
    NAME,
    OR,
    PLUS,
    SHIFT,
    TIMES,
    UNARY,
    XOR,
    Splat,
    Text,
    call,
    cast,
    constant_text,
    infix,
    mask_text,
    short,
    type_text,
    unsigned_text,
)
from tern.targets.errors import EmitError
from tern.targets.spelling import Spelling
from tern.types import FloatType, Type, VectorType, i1

SPELLING: Spelling[Operation] = Spelling("C++", {}, {}, single_bits=True)


def spell(op: Operation, *texts: Text) -> Text:
    """What computes the result of an operation from the texts of its operands.

    EmitError if it has no form.
    """
    for value in (*op.operands, *op.results):
        type_text(value.type)
    if op.name.startswith("vector."):
        return _OF_VECTORS[op.name](op, *texts)
    text = SPELLING.text(op.name, element_of(op.result.type), op, texts)
    assert isinstance(text, Text)
    return text


def result_text(value: Value) -> str:
    """The type of what `spell` gives: of a vector of single bits that of a mask."""
    type = value.type
    if isinstance(type, VectorType) and type.element == i1:
        return mask_text(mask_bytes(value), type.shape[0])
    return type_text(type)


def mask_bytes(value: Value) -> int:
    """How many bytes each lane of a mask has: as many as what was compared."""
    op = value.op if isinstance(value, OpResult) else None
    if op is None or op.name.startswith(("affine.", "memref.", "vector.", "arith.constant")):
        return 1
    first = op.operands[op.name == "arith.select"]
    return mask_bytes(first) if element_of(first.type) == i1 else _bytes(first.type)


def _is_vector(op: Operation) -> bool:
    return isinstance(op.result.type, VectorType)


def as_mask(text: Text, value: Value, bytes: int) -> Text:
    """A mask, with lanes as wide as those of others."""
    if mask_bytes(value) == bytes:
        return text
    return call(f"convert<{mask_text(bytes, value.type.shape[0])}>", text)


def _kept(text: Text, type: Type) -> Text:
    """A number of a narrow type: C++ computes with an int, which may have become too large."""
    narrow = not isinstance(type, (VectorType, FloatType)) and width_of(type) == 8
    return cast(type_text(type), text) if narrow else text


def _unsigned(text: Text, type: Type) -> Text:
    """The same bits, read as a number without a sign."""
    if is_unsigned(element_of(type)) or element_of(type) == i1:
        return text
    if isinstance(type, VectorType):
        return call(f"bits<{unsigned_text(type)}>", text)
    return cast(unsigned_text(type), text)


def _signless(text: Text, type: Type) -> Text:
    if isinstance(type, VectorType):
        return call(f"bits<{type_text(type)}>", text)
    return text if is_unsigned(type) else cast(type_text(type), text)


# arithmetic -----------------------------------------------------------------------------------


def _arithmetic(sign: str, level: int) -> Callable[..., Text]:
    def spell_it(op: Operation, a: Text, b: Text) -> Text:
        if op.result.type == i1:  # divided by 1, or shifted by 0: all else fails
            return Text("false") if sign == "%" else a
        return _kept(infix(a, sign, b, level), op.result.type)

    return spell_it


def _without_sign(sign: str, level: int) -> Callable[..., Text]:
    signed = _arithmetic(sign, level)

    def spell_it(op: Operation, a: Text, b: Text) -> Text:
        type = op.result.type
        if type == i1:
            return signed(op, a, b)
        return _signless(infix(_unsigned(a, type), sign, _unsigned(b, type), level), type)

    return spell_it


def _bitwise(sign: str, level: int, of_bool: str, level_of_bool: int) -> Callable[..., Text]:
    def spell_it(op: Operation, a: Text, b: Text) -> Text:
        type = op.result.type
        if type == i1:
            return infix(a, of_bool, b, level_of_bool)
        if isinstance(type, VectorType) and type.element == i1:
            b = as_mask(b, op.operands[1], mask_bytes(op.operands[0]))
        return _kept(infix(a, sign, b, level), type)

    return spell_it


for _name, _sign, _level in (
    ("addf", "+", PLUS), ("subf", "-", PLUS), ("mulf", "*", TIMES), ("divf", "/", TIMES),
    ("addi", "+", PLUS), ("subi", "-", PLUS), ("muli", "*", TIMES), ("divsi", "/", TIMES),
    ("remsi", "%", TIMES), ("shli", "<<", SHIFT), ("shrsi", ">>", SHIFT),
):  # fmt: skip
    SPELLING.form(f"arith.{_name}")(_arithmetic(_sign, _level))
for _name, _sign, _level in (("divui", "/", TIMES), ("remui", "%", TIMES), ("shrui", ">>", SHIFT)):
    SPELLING.form(f"arith.{_name}")(_without_sign(_sign, _level))
SPELLING.form("arith.andi")(_bitwise("&", AND, "&&", BOTH))
SPELLING.form("arith.ori")(_bitwise("|", OR, "||", EITHER))
SPELLING.form("arith.xori")(_bitwise("^", XOR, "!=", EQUAL))


@SPELLING.form("arith.constant")
def _constant(op: Operation) -> Text:
    return constant_text(op.attributes["value"], op.result.type)


@SPELLING.form("arith.negf")
def _negative(op: Operation, a: Text) -> Text:
    return Text(f"-{a.at(NAME)}", UNARY)


@SPELLING.form("arith.maxsi", "arith.minsi", "arith.maxui", "arith.minui")
def _larger(op: Operation, a: Text, b: Text) -> Text:
    type, word = op.result.type, "max" if "max" in op.name else "min"
    if _is_vector(op):
        word = f"{word}imum"
    if op.name.endswith("si") or is_unsigned(element_of(type)):
        return _kept(call(word, a, b), type)
    return _signless(call(word, _unsigned(a, type), _unsigned(b, type)), type)


_CALLS = {
    "arith.maximumf": "maximum", "arith.minimumf": "minimum", "math.fma": "fma",
    "math.absf": "fabs", "math.sqrt": "sqrt", "math.floor": "floor", "math.ceil": "ceil",
    "math.roundeven": "rint",
}  # fmt: skip
_LIBRARY = {
    "math.exp": "exp", "math.log": "log", "math.sin": "sin", "math.cos": "cos",
    "math.tanh": "tanh", "math.erf": "erf", "math.powf": "pow", "arith.remf": "fmod",
    "math.rsqrt": "rsqrt",
}  # fmt: skip


@SPELLING.form(*_CALLS)
def _call(op: Operation, *texts: Text) -> Text:
    return call(_CALLS[op.name], *(short(*texts) if op.name == "math.fma" else texts))


@SPELLING.form(*_LIBRARY)
def _library(op: Operation, *texts: Text) -> Text:
    return call(_LIBRARY[op.name], *short(*texts))


@SPELLING.form("math.absi")
def _size(op: Operation, a: Text) -> Text:
    """Of the least number itself."""
    type = op.result.type
    if type == i1 or is_unsigned(element_of(type)):
        return a
    if _is_vector(op):
        return call("maximum", a, f"-{a.at(NAME)}")
    return _kept(call("max", a, _kept(Text(f"-{a.at(NAME)}", UNARY), type)), type)


# comparisons, and what is chosen by them ------------------------------------------------------


@SPELLING.form("arith.select")
def _choose(op: Operation, condition: Text, a: Text, b: Text) -> Text:
    mask, then = op.operands[:2]
    if not _is_vector(op):
        return Text(f"{condition.at(CHOICE + 1)} ? {a.at(CHOICE + 1)} : {b.at(CHOICE)}", CHOICE)
    bytes = mask_bytes(op.result) if element_of(then.type) == i1 else _bytes(then.type)
    if element_of(then.type) == i1:
        b = as_mask(b, op.operands[2], bytes)
    if not isinstance(mask.type, VectorType):
        raise EmitError("arith.select of a vector by one bit has no form in C++")
    return call("select", as_mask(condition, mask, bytes), *short(a, b))


def _bytes(type: Type) -> int:
    element = element_of(type)
    return (element.width if isinstance(element, FloatType) else width_of(element)) // 8


@SPELLING.form("arith.cmpi")
def _compare_integers(op: Operation, a: Text, b: Text) -> Text:
    predicate, type = op.attributes["predicate"], op.operands[0].type
    if isinstance(type, VectorType) and type.element == i1:
        b = as_mask(b, op.operands[1], mask_bytes(op.operands[0]))
        if predicate[0] == "u":  # true is -1 in a mask, and less than false
            a, b = b, a
    elif predicate[0] == "u":
        a, b = _unsigned(a, type), _unsigned(b, type)
    elif type == i1 and predicate[0] == "s":  # as a signed number, true is -1
        a, b = b, a
    return _compared(a, SIGNS.get(predicate) or SIGNS[predicate[1:]], b)


def _compared(a: Text, sign: str, b: Text) -> Text:
    return infix(a, sign, b, EQUAL if sign in ("==", "!=") else LESS)


@SPELLING.form("arith.cmpf")
def _compare_floats(op: Operation, a: Text, b: Text) -> Text:
    """The ordered ones are C++'s, but for `!=`. An unordered one is not its opposite."""
    predicate, vector = op.attributes["predicate"], isinstance(op.operands[0].type, VectorType)
    if predicate in ("true", "false"):
        if vector:
            return call(result_text(op.result), "-1" if predicate == "true" else "0")
        return Text(predicate)
    if predicate == "une" or predicate[0] == "o" and predicate not in ("ord", "one"):
        return _compared(a, SIGNS[predicate[1:]], b)
    if predicate in ("ord", "uno"):
        parts, positive = [_compared(a, "==", a), _compared(b, "==", b)], predicate == "ord"
        text = infix(parts[0], "&" if vector else "&&", parts[1], AND if vector else BOTH)
    elif predicate in ("one", "ueq"):
        parts, positive = [_compared(a, "<", b), _compared(a, ">", b)], predicate == "one"
        text = infix(parts[0], "|" if vector else "||", parts[1], OR if vector else EITHER)
    else:
        text, positive = _compared(a, SIGNS[OPPOSITE[predicate[1:]]], b), False
    if positive:
        return text
    return infix(text, "^", Text("-1", UNARY), XOR) if vector else Text(f"!{text.at(NAME)}", UNARY)


# conversions ----------------------------------------------------------------------------------


def _last_bit(a: Text) -> Text:
    return _compared(infix(a, "&", Text("1"), AND), "!=", Text("0"))


@SPELLING.form(*[f"arith.{n}" for n in "sitofp extsi extf truncf index_cast".split()])
def _convert(op: Operation, a: Text) -> Text:
    before, after = op.operands[0].type, op.result.type
    if _is_vector(op):
        return call(f"convert<{result_text(op.result)}>", a)
    if after == i1:
        return _last_bit(a)
    if before == i1:
        number = Text(f"{a.at(CHOICE + 1)} ? -1 : 0", CHOICE)
        return cast(type_text(after), number)
    same = type_text(before) == type_text(after)
    return a if same else cast(type_text(after), a)


@SPELLING.form(*[f"arith.{name}" for name in "uitofp extui index_castui".split()])
def _convert_unsigned(op: Operation, a: Text) -> Text:
    before, after = op.operands[0].type, op.result.type
    if not _is_vector(op):
        return _last_bit(a) if after == i1 else cast(type_text(after), _unsigned(a, before))
    if element_of(before) == i1:
        mask = result_text(op.operands[0])
        a = infix(a, "&", Splat.of(mask, Text("1")), AND)
        return call(f"convert<{type_text(after)}>", a)
    return call(f"convert<{type_text(after)}>", _unsigned(a, before))


@SPELLING.form("arith.trunci")
def _truncate(op: Operation, a: Text) -> Text:
    before, after = op.operands[0].type, op.result.type
    if element_of(after) == i1:
        one = Splat.of(type_text(before), Text("1")) if _is_vector(op) else Text("1")
        last = infix(a, "&", one, AND)
        return _compared(last, "!=", Text("0"))
    if _is_vector(op):
        return call(f"convert<{type_text(after)}>", a)
    return cast(type_text(after), a)


@SPELLING.form("arith.fptosi", "arith.fptoui")
def _to_integer(op: Operation, a: Text) -> Text:
    """Which fits: by way of the wider type, if there is one."""
    after = op.result.type
    if after == i1:
        return _compared(cast("int", a), "!=", Text("0"))
    if op.name == "arith.fptosi" or is_unsigned(after):
        return cast(type_text(after), cast("i64", a))
    return cast(type_text(after), cast("u64", a))


@SPELLING.form("arith.bitcast")
def _reinterpret(op: Operation, a: Text) -> Text:
    before, after = op.operands[0].type, op.result.type
    if type_text(before) == type_text(after):
        return a
    if _is_vector(op):
        return call(f"bits<{type_text(after)}>", a)
    if isinstance(before, FloatType) == isinstance(after, FloatType):
        return cast(type_text(after), a)
    return call("__builtin_bit_cast", type_text(after), a)


# vectors --------------------------------------------------------------------------------------


def _broadcast(op: Operation, a: Text) -> Text:
    if op.operands[0].type == i1:
        a = Text(f"{a.at(CHOICE + 1)} ? -1 : 0", CHOICE)
    return Splat.of(result_text(op.result), a)


_REDUCTIONS = {
    "arith.addi": "sum", "arith.addf": "sum", "arith.muli": "product", "arith.mulf": "product",
    "arith.andi": "all_of", "arith.ori": "any_of", "arith.xori": "odd_of",
}  # fmt: skip


def _reduction(op: Operation, a: Text) -> Text:
    name, type = combining(op), op.result.type
    if type == i1:
        raise EmitError("a reduction of single bits has no form in C++")
    word = _REDUCTIONS.get(name) or ("greatest" if "max" in name else "least")
    if name in ("arith.addf", "arith.mulf") and "reassoc" not in op.attributes.get("fastmath", ()):
        return call(f"{word}_in_order", a)
    if name.endswith("ui"):
        return _signless(call(word, _unsigned(a, op.operands[0].type)), type)
    return call(word, a)


def _extract(op: Operation, a: Text) -> Text:
    text = call("lane", a, str(op.attributes["position"]))
    return _compared(text, "!=", Text("0")) if op.result.type == i1 else text


def _insert(op: Operation, a: Text, vector: Text) -> Text:
    if op.operands[0].type == i1:
        a = Text(f"{a.at(CHOICE + 1)} ? -1 : 0", CHOICE)
    return call("with_lane", vector, str(op.attributes["position"]), a)


_OF_VECTORS: dict[str, Callable[..., Text]] = {
    "vector.broadcast": _broadcast,
    "vector.reduction": _reduction,
    "vector.extract": _extract,
    "vector.insert": _insert,
}

"""Rows of operations on each element: `row(t, type, *arguments)` appends what computes a result.

`type` is the result's, as PyTorch's own shape functions found it. An operand is a Value that is a
tensor, or a number; it is converted to the type that PyTorch computes in, and broadcast.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tern.frontends.torch.registry import Row, row, same
from tern.frontends.torch.tensors import Tensors, common_element
from tern.ir import Value
from tern.numbers import is_unsigned
from tern.types import FloatType, TensorType, i1

# of one operand -------------------------------------------------------------------------------


def _unary(name: str) -> Row:
    def computed(t: Tensors, type: TensorType, x: Value, **unused: Any) -> Value:
        return t.builder.unary(name, t.operand(x, type))

    computed.__doc__ = f"{name} of each element, which is converted first if it is an integer."
    return computed


for _aten, _own in {
    "exp": "math.exp",
    "log": "math.log",
    "sqrt": "math.sqrt",
    "rsqrt": "math.rsqrt",
    "tanh": "math.tanh",
    "sin": "math.sin",
    "cos": "math.cos",
    "erf": "math.erf",
}.items():
    row(f"{_aten}.default")(_unary(_own))


def _whole(name: str) -> Row:
    def computed(t: Tensors, type: TensorType, x: Value) -> Value:
        return t.builder.unary(name, x) if isinstance(type.element, FloatType) else x

    computed.__doc__ = f"{name} of floats; an integer is whole."
    return computed


for _aten, _own in {"floor": "floor", "ceil": "ceil", "round": "roundeven"}.items():
    row(f"{_aten}.default")(_whole(f"math.{_own}"))


@row("neg.default")
def neg(t: Tensors, type: TensorType, x: Value) -> Value:
    """-x; of integers 0 - x, which wraps around."""
    if isinstance(type.element, FloatType):
        return t.builder.unary("arith.negf", x)
    return t.builder.binary("arith.subi", t.constant(0, type), x)


@row("abs.default")
def absolute(t: Tensors, type: TensorType, x: Value) -> Value:
    """|x|."""
    if is_unsigned(type.element) or type.element == i1:
        return x
    floats = isinstance(type.element, FloatType)
    return t.builder.unary("math.absf" if floats else "math.absi", x)


@row("reciprocal.default")
def reciprocal(t: Tensors, type: TensorType, x: Value) -> Value:
    """1 / x, of integers as floats."""
    return t.builder.binary("arith.divf", t.constant(1.0, type), t.operand(x, type))


@row("sigmoid.default")
def sigmoid(t: Tensors, type: TensorType, x: Value) -> Value:
    """1 / (1 + exp(-x)): of a large negative number the quotient of 1 and infinity, 0."""
    one = t.constant(1.0, type)
    power = t.builder.unary("math.exp", t.builder.unary("arith.negf", t.operand(x, type)))
    return t.builder.binary("arith.divf", one, t.builder.binary("arith.addf", one, power))


@row("log1p.default")
def log1p(t: Tensors, type: TensorType, x: Value) -> Value:
    """log(1 + x), near 0 too: log(u) * x / (u - 1) of the u that 1 + x is rounded to.

    Source: Kahan, as in Goldberg, "What Every Computer Scientist Should Know About Floating-Point
    Arithmetic", 1991, theorem 4.
    """
    b, x, one = t.builder, t.operand(x, type), t.constant(1.0, type)
    u = b.binary("arith.addf", x, one)
    log, apart = b.unary("math.log", u), b.binary("arith.subf", u, one)
    near = b.binary("arith.divf", b.binary("arith.mulf", log, x), apart)
    finite = b.compare("olt", u, t.constant(float("inf"), type))
    return b.select(b.compare("oeq", u, one), x, b.select(finite, near, log))


@row("log2.default")
def log2(t: Tensors, type: TensorType, x: Value) -> Value:
    """log(x) / log(2); of a power of 2 the whole number itself, where the quotient is only near."""
    b, x = t.builder, t.operand(x, type)
    near = b.binary("arith.mulf", b.unary("math.log", x), t.constant(1.4426950408889634, type))
    whole = b.unary("math.roundeven", near)
    power = b.binary("math.powf", t.constant(2.0, type), whole)
    return b.select(b.compare("oeq", power, x), whole, near)


@row("exp2.default")
def exp2(t: Tensors, type: TensorType, x: Value) -> Value:
    """2 to the power of x."""
    return t.builder.binary("math.powf", t.constant(2.0, type), t.operand(x, type))


@row("relu.default")
def relu(t: Tensors, type: TensorType, x: Value) -> Value:
    """The maximum of x and 0; of NaN NaN."""
    return larger(t, x, t.constant(_zero(type), type))


@row("clamp.default", "clamp.Tensor")
def clamp(t: Tensors, type: TensorType, x: Value, least: Any = None, most: Any = None) -> Value:
    """x, but not below `least` nor above `most`, numbers or tensors, or None for no bound."""
    x = t.operand(x, type)
    if least is not None:
        x = larger(t, x, t.operand(least, type))
    return x if most is None else smaller(t, x, t.operand(most, type))


@row("hardtanh.default")
def hardtanh(
    t: Tensors, type: TensorType, x: Value, least: float = -1.0, most: float = 1.0
) -> Value:
    """x, but not below -1 nor above 1, or other bounds. ReLU6 is one, from 0 to 6."""
    return clamp(t, type, x, least, most)


def larger(t: Tensors, x: Value, y: Value) -> Value:
    """The maximum of two tensors of one type."""
    return _chosen(t, x, y, ("arith.maximumf", "arith.maxui", "arith.maxsi", "arith.ori"))


def smaller(t: Tensors, x: Value, y: Value) -> Value:
    """The minimum of two tensors of one type."""
    return _chosen(t, x, y, ("arith.minimumf", "arith.minui", "arith.minsi", "arith.andi"))


def _chosen(t: Tensors, x: Value, y: Value, names: tuple[str, str, str, str]) -> Value:
    element = x.type.element
    floats, unsigned = isinstance(element, FloatType), is_unsigned(element)
    kind = 0 if floats else 1 if unsigned else 3 if element == i1 else 2
    return t.builder.binary(names[kind], x, y)


def _zero(type: TensorType) -> float | int:
    return 0.0 if isinstance(type.element, FloatType) else 0


# of two operands ------------------------------------------------------------------------------

Names = tuple[str, str, str]
"""An operation of floats, of integers, and of bools; empty where there is none."""


def _binary(names: Names) -> Callable[[Tensors, TensorType, Any, Any], Value]:
    def computed(t: Tensors, type: TensorType, x: Any, y: Any) -> Value:
        kind = 0 if isinstance(type.element, FloatType) else 2 if type.element == i1 else 1
        return t.builder.binary(names[kind], t.operand(x, type), t.operand(y, type))

    computed.__doc__ = f"{names[0] or names[1]} of elements, in the type of the result."
    return computed


_add = _binary(("arith.addf", "arith.addi", "arith.ori"))
_sub = _binary(("arith.subf", "arith.subi", ""))
_mul = _binary(("arith.mulf", "arith.muli", "arith.andi"))
_div = _binary(("arith.divf", "", ""))
row("mul.Tensor", "mul.Scalar", "logical_and.default")(_mul)
row("div.Tensor", "div.Scalar")(_div)
row("bitwise_and.Tensor", "bitwise_and.Scalar")(_binary(("", "arith.andi", "arith.andi")))
row("bitwise_or.Tensor", "logical_or.default")(_binary(("", "arith.ori", "arith.ori")))
row("bitwise_xor.Tensor")(_binary(("", "arith.xori", "arith.xori")))


@row("add.Tensor", "add.Scalar")
def add(t: Tensors, type: TensorType, x: Any, y: Any, alpha: Any = 1) -> Value:
    """x + alpha * y."""
    return _add(t, type, x, y if alpha == 1 else _mul(t, type, y, alpha))


@row("sub.Tensor", "sub.Scalar")
def sub(t: Tensors, type: TensorType, x: Any, y: Any, alpha: Any = 1) -> Value:
    """x - alpha * y."""
    return _sub(t, type, x, y if alpha == 1 else _mul(t, type, y, alpha))


@row("rsub.Scalar")
def rsub(t: Tensors, type: TensorType, x: Any, y: Any, alpha: Any = 1) -> Value:
    """y - alpha * x."""
    return sub(t, type, y, x, alpha)


@row("maximum.default")
def maximum(t: Tensors, type: TensorType, x: Value, y: Value) -> Value:
    """The larger of two elements; NaN if either is."""
    return larger(t, t.operand(x, type), t.operand(y, type))


@row("minimum.default")
def minimum(t: Tensors, type: TensorType, x: Value, y: Value) -> Value:
    """The smaller of two elements; NaN if either is."""
    return smaller(t, t.operand(x, type), t.operand(y, type))


@row("pow.Tensor_Scalar", "pow.Tensor_Tensor", "pow.Scalar")
def power(t: Tensors, type: TensorType, x: Any, y: Any) -> Value | None:
    """x to the power of y: of small whole numbers products, of a half the square root. None for
    other powers of integers."""
    base = t.operand(x, type)
    if y in (1, 2, 3):
        names = ("arith.mulf", "arith.muli")
        name = names[not isinstance(type.element, FloatType)]
        found = base
        for _ in range(int(y) - 1):
            found = t.builder.binary(name, found, base)
        return found
    if not isinstance(type.element, FloatType):
        return None
    if y in (0.5, -0.5):
        return t.builder.unary("math.sqrt" if y > 0 else "math.rsqrt", base)
    return t.builder.binary("math.powf", base, t.operand(y, type))


def _quotient(t: Tensors, x: Value, y: Value) -> tuple[Value, Value]:
    """Of x / y toward zero the quotient, of floats not yet rounded, and the remainder."""
    element = x.type.element
    kind = "f" if isinstance(element, FloatType) else "ui" if is_unsigned(element) else "si"
    return t.builder.binary(f"arith.div{kind}", x, y), t.builder.binary(f"arith.rem{kind}", x, y)


def _apart(t: Tensors, remainder: Value, y: Value) -> Value:
    """Whether a remainder is not 0, and has another sign than what was divided by."""
    floats = isinstance(y.type.element, FloatType)
    zero = t.constant(0.0 if floats else 0, y.type)
    signs = [t.builder.compare("olt" if floats else "slt", each, zero) for each in (remainder, y)]
    some = t.builder.compare("une" if floats else "ne", remainder, zero)
    return t.builder.binary("arith.andi", some, t.builder.binary("arith.xori", *signs))


@row("remainder.Scalar", "remainder.Tensor")
def remainder(t: Tensors, type: TensorType, x: Any, y: Any) -> Value:
    """Python's x % y, which has the sign of y."""
    x, y = t.operand(x, type), t.operand(y, type)
    _, rest = _quotient(t, x, y)
    if is_unsigned(type.element):
        return rest
    add = "arith.addf" if isinstance(type.element, FloatType) else "arith.addi"
    return t.builder.select(_apart(t, rest, y), t.builder.binary(add, rest, y), rest)


@row("fmod.Scalar", "fmod.Tensor")
def fmod(t: Tensors, type: TensorType, x: Any, y: Any) -> Value:
    """C's remainder, which has the sign of x."""
    return _quotient(t, t.operand(x, type), t.operand(y, type))[1]


@row("div.Tensor_mode", "div.Scalar_mode")
def rounded(
    t: Tensors, type: TensorType, x: Any, y: Any, rounding_mode: str | None = None
) -> Value | None:
    """x / y as a whole number: "floor" the one below, "trunc" the one toward zero."""
    x, y = t.operand(x, type), t.operand(y, type)
    quotient, rest = _quotient(t, x, y)
    if isinstance(type.element, FloatType):
        if rounding_mode == "floor":
            return _floored(t, quotient, rest, x, y)
        zero = t.constant(0.0, type)
        parts = [t.builder.unary(f"math.{name}", quotient) for name in ("floor", "ceil")]
        return t.builder.select(t.builder.compare("oge", quotient, zero), *parts)
    if rounding_mode == "trunc" or is_unsigned(type.element):
        return quotient
    below = t.builder.binary("arith.subi", quotient, t.constant(1, type))
    return t.builder.select(_apart(t, rest, y), below, quotient)


def _floored(t: Tensors, quotient: Value, rest: Value, x: Value, y: Value) -> Value:
    """Python's x // y of floats, by the remainder: in 1.0 // 0.1, which is 9, the quotient has been
    rounded up to 10. By zero it is the quotient.

    Source: PyTorch's c10/util/generic_math.h, div_floor_floating; CPython's float_floor_div.
    """
    b, one, zero = t.builder, t.constant(1.0, x.type), t.constant(0.0, x.type)
    whole = b.binary("arith.divf", b.binary("arith.subf", x, rest), y)  # or nearly
    whole = b.select(_apart(t, rest, y), b.binary("arith.subf", whole, one), whole)
    below = b.unary("math.floor", whole)
    far = b.compare("ogt", b.binary("arith.subf", whole, below), t.constant(0.5, x.type))
    found = b.select(far, b.binary("arith.addf", below, one), below)
    return b.select(b.compare("oeq", y, zero), quotient, found)


@row("floor_divide.default")
def floor_divide(t: Tensors, type: TensorType, x: Any, y: Any) -> Value | None:
    """The whole number at or below x / y."""
    return rounded(t, type, x, y, "floor")


# comparisons, and choices -----------------------------------------------------------------------


def _comparison(word: str) -> Row:
    def compared(t: Tensors, type: TensorType, x: Any, y: Any) -> Value:
        element = common_element([x, y])
        common = TensorType(type.shape, element)
        if isinstance(element, FloatType):
            predicate = "une" if word == "ne" else f"o{word}"
        elif word in ("eq", "ne"):
            predicate = word
        else:
            predicate = f"u{word}" if is_unsigned(element) or element == i1 else f"s{word}"
        return t.builder.compare(predicate, t.operand(x, common), t.operand(y, common))

    compared.__doc__ = f"Whether x is {word} y, in the type that both have a place in."
    return compared


for _word in ("eq", "ne", "lt", "le", "gt", "ge"):
    row(f"{_word}.Tensor", f"{_word}.Scalar")(_comparison(_word))


@row("logical_not.default", "bitwise_not.default")
def opposite(t: Tensors, type: TensorType, x: Value) -> Value:
    """Not x; of integers all bits turned, for `bitwise_not` alone has those."""
    ones = True if type.element == i1 else 255 if is_unsigned(type.element) else -1
    x = t.converted(x, i1) if type.element == i1 else x
    return t.builder.binary("arith.xori", x, t.constant(ones, type))


@row("where.self", "where.ScalarOther", "where.ScalarSelf")
def where(t: Tensors, type: TensorType, condition: Value, x: Any, y: Any) -> Value:
    """x where the condition holds, else y."""
    chosen = t.operand(condition, TensorType(type.shape, i1))
    return t.builder.select(chosen, t.operand(x, type), t.operand(y, type))


# types, and tensors of one number ---------------------------------------------------------------


@row("_to_copy.default", "to.dtype", "to.dtype_layout", "to.device")
def to(t: Tensors, type: TensorType, x: Value, *unused: Any, **given: Any) -> Value:
    """The elements in another type: floats become integers toward zero, bools whether not 0."""
    return t.converted(x, type.element)


@row("clone.default", "alias.default", "detach.default", "lift_fresh_copy.default")
def unchanged(t: Tensors, type: TensorType, x: Value, **unused: Any) -> Value:
    """The same: tern's tensors are values, which nobody changes, and have no strides."""
    return x


row("contiguous.default", "dropout.default", "_assert_tensor_metadata.default")(same)


@row("full.default", "full_like.default", "new_full.default")
def full(t: Tensors, type: TensorType, _: Any, number: Any, **unused: Any) -> Value:
    """A number everywhere, which may be a symbolic size."""
    return t.operand(number, type)


@row("zeros.default", "zeros_like.default", "new_zeros.default")
def zeros(t: Tensors, type: TensorType, *unused: Any, **more: Any) -> Value:
    """0 everywhere."""
    return t.operand(0, type)


@row("ones.default", "ones_like.default", "new_ones.default")
def ones(t: Tensors, type: TensorType, *unused: Any, **more: Any) -> Value:
    """1 everywhere."""
    return t.operand(1, type)


@row("scalar_tensor.default")
def scalar_tensor(t: Tensors, type: TensorType, number: Any, **unused: Any) -> Value:
    """A tensor of rank 0."""
    return t.operand(number, type)


@row("empty.memory_format", "empty_like.default", "new_empty.default", "empty_strided.default")
def empty(t: Tensors, type: TensorType, *unused: Any, **more: Any) -> Value:
    """A tensor whose content nobody reads before it is written: PyTorch says so, and tern too."""
    return t.empty(type.shape, type.element)

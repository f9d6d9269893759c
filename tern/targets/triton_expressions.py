"""Operations as expressions in Triton's language, that keep to the operations' types."""

from __future__ import annotations

import ast
import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from tern.ir.dialects.arith.comparisons import OPPOSITE, SIGNS
from tern.numbers import is_unsigned, round_to, width_of
from tern.targets import spelling
from tern.targets.spelling import Spelling, float_text, unsigned_value
from tern.targets.triton_values import Node
from tern.types import SCALARS, FloatType, IndexType, Type, bf16, f16, f32, f64, i1, i8, u8

dtype_name = functools.partial(spelling.dtype_name, language="Triton")

DTYPES = {type: dtype_name(type) for type in SCALARS}
"""The name of each element type in torch; Triton's differs in bool alone."""


@dataclass(frozen=True)
class Use:
    """A node, and the nodes that its text goes to."""

    node: Node
    users: Sequence[Node]

    @property
    def element(self) -> Type:
        return self.node.element

    @property
    def operands(self) -> tuple[Node, ...]:
        return self.node.operands

    @property
    def before(self) -> Type:
        """The element type of the first operand."""
        return self.node.operands[0].element


SPELLING: Spelling[Use] = Spelling(
    "Triton here",
    {
        "arith.addf": "({} + {})",
        "arith.subf": "({} - {})",
        "arith.mulf": "({} * {})",
        "arith.divsi": "({} // {})",
        "arith.remsi": "({} % {})",
        "arith.andi": "({} & {})",
        "arith.ori": "({} | {})",
        "arith.shli": "({} << {})",
        "arith.shrsi": "({} >> {})",
        "math.absi": "tl.abs({})",
        "math.absf": "tl.abs({})",
    },
    unsupported={
        "math.fma": "Triton leaves open whether the product is rounded",
        "math.powf": "Triton has no power: use exp and log",
        "arith.constant": "it is written where it is used",
    },
)


def expression(node: Node, texts: Sequence[str], users: Sequence[Node]) -> str:
    """What computes a node from the texts of its operands, in parentheses where it has operators.

    `users` are the nodes that the text goes to. EmitError if the operation has no form here.
    """
    return SPELLING.text(node.does, node.element, Use(node, users), texts)


def dtype(element: Type) -> str:
    """`tl.float32`"""
    return "tl.int1" if element == i1 else f"tl.{DTYPES[element]}"


def literal(value: object, element: Type) -> str:
    """A constant, which takes the type of what it is combined with."""
    if not isinstance(element, FloatType):
        return str(value)
    if value == 0 and math.copysign(1.0, value) < 0:  # a literal loses the sign
        return f"(-1.0 * tl.full((), 0.0, {dtype(element)}))"
    if not math.isfinite(value):
        return f'float("{value}")'
    return float_text(value, element)


def tidy(text: str) -> str:
    """An expression without needless parentheses."""
    return ast.unparse(ast.parse(text, mode="eval")).replace("'", '"')


def is_narrow(element: Type) -> bool:
    """Whether Triton computes with the type in a wider one now and then: of 8 or 16 bits."""
    return element in (f16, bf16, i8, u8)


def _typed(node: Node, text: str) -> str:
    """A constant that would be taken for one of another type, as one of its own."""
    inexact = (
        node.element == f64
        and node.constant is not None
        and (round_to(node.constant, f32) != node.constant)
    )
    if node.kind == "constant" and (inexact or is_narrow(node.element)):
        return f"tl.full((), {text}, {dtype(node.element)})"
    return text


def _unsigned(node: Node, text: str) -> str:
    """The same bits as an unsigned number."""
    element = node.element
    if is_unsigned(element) or element == i1:
        return _typed(node, text)
    name = f"tl.{spelling.unsigned_name(element, 'Triton')}"
    if node.kind == "constant":
        return f"tl.full((), {unsigned_value(node.constant, element)}, {name})"
    return f"{text}.to({name}, bitcast=True)"


def _signless(text: str, element: Type) -> str:
    """An unsigned number as one of the type."""
    return text if is_unsigned(element) else f"{text}.to({dtype(element)}, bitcast=True)"


# floats ---------------------------------------------------------------------------------------

_EVEN = frozenset(["math.exp", "math.cos"])  # the sign of a zero does not matter to them
HELPED = frozenset(["math.tanh", "math.roundeven"])
"""Operations that call a function of the same name, which the kernel needs beside it."""


@SPELLING.form("arith.negf")
def _negate(use: Use, a: str) -> str:
    """Triton computes -x as 0 - x, which makes 0.0 of 0.0 as well."""
    even = use.users and all(user.does in _EVEN for user in use.users)
    return f"(-{a})" if even else f"(-1.0 * {a})"


@SPELLING.form("arith.divf", "arith.remf")
def _divide(use: Use, a: str, b: str) -> str:
    """Of 16 bits Triton makes 32 first, which rounds no other way."""
    text = f"({a} {'/' if use.node.does == 'arith.divf' else '%'} {b})"
    return f"{text}.to({dtype(use.element)})" if is_narrow(use.element) else text


@SPELLING.form(*[f"math.{n}" for n in "exp log sqrt rsqrt sin cos erf floor ceil".split()])
def _function(use: Use, a: str) -> str:
    name = f"tl.{use.node.does.removeprefix('math.')}"
    if is_narrow(use.element):
        return f"{name}({a}.to(tl.float32)).to({dtype(use.element)})"
    return f"{name}({a})"


@SPELLING.form("math.tanh")
def _tanh(use: Use, a: str) -> str:
    """With the size up to which it is a series."""
    return _helped(use, f"tanh({{}}, {0.01 if use.element == f64 else 0.1})", a)


@SPELLING.form("math.roundeven")
def _roundeven(use: Use, a: str) -> str:
    """With the size from which all numbers are whole."""
    return _helped(use, f"roundeven({{}}, {2.0**52 if use.element == f64 else 2.0**23})", a)


def _helped(use: Use, call: str, a: str) -> str:
    if is_narrow(use.element):
        return f"{call.format(f'{a}.to(tl.float32)')}.to({dtype(use.element)})"
    return call.format(a)


# integers -------------------------------------------------------------------------------------

_WRAPS = {"arith.addi": "+", "arith.subi": "-", "arith.muli": "*"}


@SPELLING.form(*_WRAPS)
def _wrapping(use: Use, a: str, b: str) -> str:
    """A sum beyond its bits wraps around, of which Triton warns when it checks."""
    name, sign = use.node.does, _WRAPS[use.node.does]
    if width_of(use.element) < 64:
        word = name.removeprefix("arith.").removesuffix("i")
        return f"tl.{word}({a}, {b}, sanitize_overflow=False)"
    if name == "arith.subi" and use.operands[0].constant == 0:
        return f"(-{b})"
    return f"({a} {sign} {b})"


@SPELLING.form("arith.xori")
def _differing(use: Use, a: str, b: str) -> str:
    if use.element == i1 and use.operands[1].constant is True:
        return f"(~{a})"
    return f"({a} ^ {b})"


_UNSIGNED = {
    "arith.divui": "({} // {})",
    "arith.remui": "({} % {})",
    "arith.maxui": "tl.maximum({}, {})",
    "arith.minui": "tl.minimum({}, {})",
    "arith.shrui": "({} >> {})",
}


@SPELLING.form(*_UNSIGNED)
def _of_unsigned(use: Use, *texts: str) -> str:
    given = [_unsigned(node, text) for node, text in zip(use.operands, texts)]
    return _signless(_UNSIGNED[use.node.does].format(*given), use.element)


@SPELLING.form("arith.maximumf", "arith.minimumf", "arith.maxsi", "arith.minsi")
def _extreme(use: Use, *texts: str) -> str:
    given = ", ".join(_typed(node, text) for node, text in zip(use.operands, texts))
    more = ", propagate_nan=tl.PropagateNan.ALL" if isinstance(use.element, FloatType) else ""
    return f"tl.{use.node.does[6:9]}imum({given}{more})"


# comparisons and select -----------------------------------------------------------------------


@SPELLING.form("arith.cmpf")
def _compare_floats(use: Use, a: str, b: str) -> str:
    predicate = use.node.op.attributes["predicate"]
    if use.before == bf16:  # Triton's interpreter would compare the bits
        given = zip(use.operands, (a, b))
        a, b = (t if node.kind == "constant" else f"{t}.to(tl.float32)" for node, t in given)
    match predicate:
        case "true" | "false":
            never = f"({a} < {a})" if use.operands[0].constant is None else f"({b} < {b})"
            return never if predicate == "false" else f"(~{never})"
        case "ord":
            return f"(({a} == {a}) & ({b} == {b}))"
        case "uno":
            return f"(({a} != {a}) | ({b} != {b}))"
        case "one":
            return f"(({a} < {b}) | ({a} > {b}))"
        case "ueq":
            return f"(~(({a} < {b}) | ({a} > {b})))"
    if predicate[0] == "u" and predicate != "une":  # true also of NaN
        return f"(~({a} {SIGNS[OPPOSITE[predicate[1:]]]} {b}))"
    return f"({a} {SIGNS[predicate[1:]]} {b})"


@SPELLING.form("arith.cmpi")
def _compare_integers(use: Use, a: str, b: str) -> str:
    predicate = use.node.op.attributes["predicate"]
    if predicate in SIGNS:
        return f"({a} {SIGNS[predicate]} {b})"
    sign = SIGNS[predicate[1:]]
    if use.before == i1:
        a, b = (_bit(node, text) for node, text in zip(use.operands, (a, b)))
        return f"({b} {sign} {a})" if predicate[0] == "s" else f"({a} {sign} {b})"  # true is -1
    if predicate[0] == "u":
        a, b = (_unsigned(node, text) for node, text in zip(use.operands, (a, b)))
    return f"({a} {sign} {b})"


def _bit(node: Node, text: str) -> str:
    """A single bit as a number, 0 or 1."""
    return str(int(node.constant)) if node.kind == "constant" else f"{text}.to(tl.int8)"


@SPELLING.form("arith.select")
def _select(use: Use, condition: str, then: str, otherwise: str) -> str:
    _, left, right = use.operands
    if left.kind == right.kind == "constant":
        if (left.constant, right.constant) == (1, 0):
            return f"{condition}.to({dtype(use.element)})"
        return f"tl.where({condition}, tl.full((), {then}, {dtype(use.element)}), {otherwise})"
    return f"tl.where({condition}, {_typed(left, then)}, {_typed(right, otherwise)})"


# conversions ----------------------------------------------------------------------------------


@SPELLING.form("arith.sitofp", "arith.extsi", "arith.trunci", "arith.extf", "arith.truncf")
def _convert(use: Use, a: str) -> str:
    after = use.element
    if use.node.does == "arith.sitofp" and is_size(use.node):
        # An integer takes the type of the float that it is combined with.
        weak = all(_is_weak(user) and not all(map(is_size, user.operands)) for user in use.users)
        return a if use.users and weak else f"tl.cast({a}, {dtype(after)})"
    if after == i1:
        return f"(({a} & 1) != 0)"
    if use.before == i1 and is_unsigned(after):
        return f"(0 - {a}.to(tl.int8)).to({dtype(after)}, bitcast=True)"
    if use.before == i1:
        return f"({0.0 if isinstance(after, FloatType) else 0} - {a}.to({dtype(after)}))"
    return f"{a}.to({dtype(after)})"


def _is_weak(user: Node) -> bool:
    """Whether an operation is written with a sign, and so with operands of any type."""
    return user.does in ("arith.addf", "arith.subf", "arith.mulf", "arith.divf", "arith.remf")


def is_size(node: Node) -> bool:
    """Whether this is a size that was made a number."""
    while node.does in ("arith.index_cast", "arith.sitofp"):
        (node,) = node.operands
    return node.kind == "size" or isinstance(node.element, IndexType) and node.kind == "constant"


@SPELLING.form("arith.index_cast")
def _index_cast(use: Use, a: str) -> str:
    return a if is_size(use.node) else _convert(use, a)


@SPELLING.form("arith.uitofp", "arith.extui", "arith.index_castui")
def _convert_unsigned(use: Use, a: str) -> str:
    if use.element == i1:
        return _convert(use, a)
    return f"{_unsigned(use.operands[0], a)}.to({dtype(use.element)})"


@SPELLING.form("arith.fptosi")
def _truncate(use: Use, a: str) -> str:
    if use.element == i1:
        return f"(({a}.to(tl.int32) & 1) != 0)"
    if is_unsigned(use.element):
        return f"{a}.to(tl.int8).to({dtype(use.element)}, bitcast=True)"
    return f"{a}.to({dtype(use.element)})"


@SPELLING.form("arith.fptoui")
def _truncate_unsigned(use: Use, a: str) -> str:
    if use.element == i1:
        return f"(({a}.to(tl.int32) & 1) != 0)"
    return _signless(f"{a}.to(tl.{spelling.unsigned_name(use.element, 'Triton')})", use.element)


@SPELLING.form("arith.bitcast")
def _reinterpret(use: Use, a: str) -> str:
    return a if use.before == use.element else f"{a}.to({dtype(use.element)}, bitcast=True)"

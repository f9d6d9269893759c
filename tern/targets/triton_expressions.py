"""Operations as expressions in Triton's language, that keep to the operations' types."""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence

from tern.numbers import round_to
from tern.targets.errors import EmitError
from tern.targets.triton_values import Node
from tern.types import FloatType, IndexType, Type, f32, f64, i1, i32, i64

DTYPES = {f32: "float32", f64: "float64", i32: "int32", i64: "int64", i1: "bool"}
"""The name of each element type in torch; Triton's differs in bool alone."""

_BINARY = {
    "arith.addf": "+", "arith.subf": "-", "arith.mulf": "*", "arith.divf": "/", "arith.remf": "%",
    "arith.addi": "+", "arith.subi": "-", "arith.muli": "*", "arith.divsi": "//",
    "arith.remsi": "%", "arith.andi": "&", "arith.ori": "|", "arith.xori": "^",
}  # fmt: skip
_WRAPS = {"arith.addi": "add", "arith.subi": "sub", "arith.muli": "mul"}
_CALLS = {
    "math.exp": "tl.exp", "math.log": "tl.log", "math.sqrt": "tl.sqrt", "math.sin": "tl.sin",
    "math.cos": "tl.cos", "math.erf": "tl.erf", "math.absf": "tl.abs", "math.absi": "tl.abs",
}  # fmt: skip
_LARGER = {"arith.maximumf": "maximum", "arith.minimumf": "minimum",
           "arith.maxsi": "maximum", "arith.minsi": "minimum"}  # fmt: skip
_FLOATS = {"oeq": "==", "une": "!=", "olt": "<", "ole": "<=", "ogt": ">", "oge": ">="}
_INTEGERS = {"eq": "==", "ne": "!=", "slt": "<", "sle": "<=", "sgt": ">", "sge": ">="}
_CONVERSIONS = frozenset(
    f"arith.{name}" for name in "sitofp fptosi extsi trunci extf truncf".split()
)
_EVEN = frozenset(["math.exp", "math.cos"])  # the sign of a zero does not matter to them


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
    short = (f"{value:.{digits}g}" for digits in range(1, 18))
    return repr(next(float(text) for text in short if round_to(float(text), element) == value))


def tidy(text: str) -> str:
    """An expression without needless parentheses."""
    return ast.unparse(ast.parse(text, mode="eval")).replace("'", '"')


def expression(node: Node, texts: Sequence[str], users: Sequence[Node]) -> str:
    """What computes a node from the texts of its operands, in parentheses where it has operators.

    `users` are the nodes that the text goes to. EmitError if the operation has no form here.
    """
    name, operands = node.does, node.operands
    if isinstance(node.element, IndexType):
        if name == "arith.muli":
            return f"({texts[0]} * {texts[1]})"
    elif name == "arith.cmpf" and node.op.attributes["predicate"] in _FLOATS:
        return f"({texts[0]} {_FLOATS[node.op.attributes['predicate']]} {texts[1]})"
    elif name == "arith.cmpi" and node.op.attributes["predicate"] in _INTEGERS:
        predicate = node.op.attributes["predicate"]
        if operands[0].element != i1 or predicate in ("eq", "ne"):
            return f"({texts[0]} {_INTEGERS[predicate]} {texts[1]})"
    elif name == "arith.index_cast":
        return texts[0]
    elif name == "arith.sitofp" and _is_size(node):
        # An integer takes the type of the float that it is combined with.
        weak = all(user.does in _BINARY and not all(map(_is_size, user.operands)) for user in users)
        return texts[0] if users and weak else f"tl.cast({texts[0]}, {dtype(node.element)})"
    elif name in _CONVERSIONS and i1 not in (node.element, operands[0].element):
        return f"{texts[0]}.to({dtype(node.element)})"
    elif name == "arith.select":
        return _select(node, *texts)
    elif name == "arith.negf":
        # Triton computes -x as 0 - x, which makes 0.0 of 0.0 as well.
        even = users and all(user.does in _EVEN for user in users)
        return f"(-{texts[0]})" if even else f"(-1.0 * {texts[0]})"
    elif name in _WRAPS and node.element == i32:
        # A sum beyond 32 bits wraps around, of which Triton warns when it checks.
        return f"tl.{_WRAPS[name]}({texts[0]}, {texts[1]}, sanitize_overflow=False)"
    elif name == "arith.subi" and operands[0].constant == 0:
        return f"(-{texts[1]})"
    elif name == "arith.xori" and node.element == i1 and operands[1].constant is True:
        return f"(~{texts[0]})"
    elif name in _BINARY and (node.element != i1 or _BINARY[name] in "&|^"):
        return f"({texts[0]} {_BINARY[name]} {texts[1]})"
    elif name == "math.tanh":
        return (
            f"tanh({texts[0]}, {0.01 if node.element == f64 else 0.1})"  # a helper of the kernel's
        )
    elif name in _CALLS:
        return f"{_CALLS[name]}({texts[0]})"
    elif name in _LARGER and node.element != i1:
        given = ", ".join(_typed(each, text) for each, text in zip(operands, texts))
        propagate = (
            ", propagate_nan=tl.PropagateNan.ALL" if isinstance(node.element, FloatType) else ""
        )
        return f"tl.{_LARGER[name]}({given}{propagate})"
    raise EmitError(
        f"{name} to {node.element} has no form in Triton here: write it with other operations"
    )


def _is_size(node: Node) -> bool:
    """Whether this is a size that was made a number."""
    while node.does in ("arith.index_cast", "arith.sitofp"):
        (node,) = node.operands
    return isinstance(node.element, IndexType)


def _select(node: Node, condition: str, then: str, otherwise: str) -> str:
    _, left, right = node.operands
    if left.kind == right.kind == "constant":
        if (left.constant, right.constant) == (1, 0):
            return f"{condition}.to({dtype(node.element)})"
        then, otherwise = f"tl.full((), {then}, {dtype(node.element)})", otherwise
    return f"tl.where({condition}, {then}, {otherwise})"


def _typed(node: Node, text: str) -> str:
    """A constant that would be taken for f32, and is none, as one of f64."""
    if (
        node.kind == "constant"
        and node.element == f64
        and round_to(node.constant, f32) != node.constant
    ):
        return f"tl.full((), {text}, tl.float64)"
    return text

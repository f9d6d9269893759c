"""The few forms that most operations share."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeGuard

from tern.ir.core import Operation, Value
from tern.ir.registry import NOTHING, Definition, Parser, Printer
from tern.numbers import is_unsigned
from tern.types import (
    FloatType,
    IndexType,
    IntegerType,
    TensorType,
    Type,
    VectorType,
    own_spelling,
)

SHAPED = (TensorType, VectorType)


def element_of(type: Type) -> Type:
    """The element type of a tensor's or vector's type; of any other type, the type itself."""
    return type.element if isinstance(type, SHAPED) else type


def shape_of(type: Type) -> tuple[int | str | None, ...] | None:
    return type.shape if isinstance(type, SHAPED) else None


def same_shape_of(element: Type, type: Type) -> Type:
    """`element`, or the tensor or vector of it that has the shape of `type`."""
    return replace(type, element=element) if isinstance(type, SHAPED) else element


def check_counts(
    op: Operation, operands: int, results: int, successors: int = 0, regions: int = 0
) -> str | None:
    """Check all four counts, most of which are most often zero."""
    for what, have, want in (
        ("operand", len(op.operands), operands),
        ("result", len(op.results), results),
        ("successor", len(op.successors), successors),
        ("region", len(op.regions), regions),
    ):
        if have != want:
            return f"{op.name} takes {want} {what}{'s' * (want != 1)}, not {have}"
    return None


# What an element type may be, with the words for it.
Kind = tuple[str, tuple[type, ...]]
INTEGER: Kind = ("an integer or index", (IntegerType, IndexType))
FLOAT: Kind = ("a floating-point number", (FloatType,))


def elementwise(name: str, arity: int, kind: Kind, **facts: Any) -> Definition:
    """An operation whose operands and result all have one type: arith.addf, math.exp, …

    `facts` are those of the Definition: what it computes, when it fails, its algebra.
    """
    words, classes = kind
    reads_signed, flagged = name in SIGNED, name in FLAGGED

    def check(op: Operation) -> str | None:
        if len(op.operands) != arity or len(op.results) != 1 or op.successors or op.regions:
            return check_counts(op, arity, 1)
        type = op.results[0].type
        for operand in op.operands:
            if operand.type is not type and operand.type != type:
                return f"{name} gives {type} but takes {operand.type}"
        if not isinstance(element_of(type), classes):
            return f"{name} is for {words}, not for {type}"
        if flagged and (message := check_fastmath(op)):
            return message
        return unsigned_read_as_signed(name, type) if reads_signed else None

    return Definition(
        name,
        PRINT[arity],
        PARSE[arity],
        check,
        effects=NOTHING,
        **facts,
    )


SIGNED = frozenset(
    {f"arith.{name}" for name in "divsi remsi maxsi minsi shrsi sitofp extsi index_cast".split()}
    | {"math.absi"}
)
"""The operations that read their operands as signed integers."""


def unsigned_read_as_signed(name: str, type: Type) -> str | None:
    if is_unsigned(element_of(type)):
        return f"{name} reads its operands as signed, and {own_spelling(type)} is unsigned"
    return None


def print_unary(p: Printer, op: Operation) -> str:
    return f"{op.name} {p.values[op.operands[0]]} : {p.types[op.results[0].type]}"


_FLAGS = frozenset({"exact", "fastmath", "nneg", "overflow"})
FASTMATH = ("reassoc", "arcp", "contract")
"""What tern knows of that a program may permit: sums and products in any order, a product with the
reciprocal in place of a quotient, and a product and a sum rounded once. It is the attribute
`fastmath` of an operation."""
FLAGGED = frozenset({"arith.addf", "arith.subf", "arith.mulf", "arith.divf", "vector.reduction"})
"""The operations that have it."""


def fastmath_text(op: Operation) -> str:
    """` fastmath<reassoc>`, or nothing."""
    flags = op.attributes.get("fastmath", ())
    return f" fastmath<{','.join(flags)}>" if flags else ""


def check_fastmath(op: Operation) -> str | None:
    flags = op.attributes.get("fastmath", ())
    if flags == tuple(flag for flag in FASTMATH if flag in flags):
        return None
    return f"{op.name} has the flags {flags}, which are not some of {FASTMATH}"


def kept_fastmath(name: str, flags: tuple[str, ...]) -> dict[str, Any]:
    """Of the flags that were read, those that stay, as an attribute."""
    kept = flags if name in FLAGGED else ()
    return {"fastmath": kept} if kept else {}


def expect_types(p: Parser) -> tuple[str, ...]:
    """Read on to behind the colon that an operation's types come after. Gives those flags of
    FASTMATH that stand before it.

    MLIR may print other flags there, `overflow<nsw>` or `fastmath<nnan>`, and attributes. A flag
    says what need not be kept to: of these all is, and so none stays. Nor do attributes.
    """
    found: set[str] = set()
    while p.peek() in _FLAGS:
        p.next()
        if p.accept("<"):
            while (token := p.next()) != ">":
                found |= set(FASTMATH) if token == "fast" else {token}
    if p.accept("{"):
        while (token := p.next()) != "}":
            if token == "{":
                p.fail("an attribute in an attribute is not for tern", p.at - 1)
    p.expect(":")
    return tuple(flag for flag in FASTMATH if flag in found)


def parse_unary(p: Parser, name: str) -> Operation:
    operand = p.value()
    expect_types(p)
    return Operation(name, (operand,), (p.type(),))


def print_binary(p: Printer, op: Operation) -> str:
    left, right = op.operands
    values, flags = p.values, fastmath_text(op)
    return f"{op.name} {values[left]}, {values[right]}{flags} : {p.types[op.results[0].type]}"


def parse_binary(p: Parser, name: str) -> Operation:
    left = p.value()
    p.expect(",")
    right = p.value()
    flags = expect_types(p)
    return Operation(name, (left, right), (p.type(),), kept_fastmath(name, flags))


def print_ternary(p: Printer, op: Operation) -> str:
    texts = ", ".join([p.values[operand] for operand in op.operands])
    return f"{op.name} {texts} : {p.types[op.results[0].type]}"


def parse_ternary(p: Parser, name: str) -> Operation:
    operands = [p.value()]
    for _ in range(2):
        p.expect(",")
        operands.append(p.value())
    expect_types(p)
    return Operation(name, operands, (p.type(),))


PRINT = {1: print_unary, 2: print_binary, 3: print_ternary}
PARSE = {1: parse_unary, 2: parse_binary, 3: parse_ternary}


def print_cast(p: Printer, op: Operation) -> str:
    """`arith.sitofp %0 : i32 to f32`, which tensor.cast shares."""
    operand = op.operands[0]
    to = p.types[op.results[0].type]
    return f"{op.name} {p.values[operand]} : {p.types[operand.type]} to {to}"


def parse_cast(p: Parser, name: str) -> Operation:
    operand = p.value()
    expect_types(p)
    p.type()
    p.expect("to")
    return Operation(name, (operand,), (p.type(),))


def types_text(p: Printer, values: list[Value]) -> str:
    return ", ".join([p.types[value.type] for value in values])


def int_list_text(values: object) -> str:
    """(1, 0) as `[1, 0]`, nested tuples too."""
    if isinstance(values, tuple):
        return f"[{', '.join(map(int_list_text, values))}]"
    return str(values)


def is_int_tuple(value: object) -> TypeGuard[tuple[int, ...]]:
    return isinstance(value, tuple) and all(isinstance(item, int) for item in value)

"""The few forms that most operations share."""

from __future__ import annotations

from typing import Any, TypeGuard

from tern.ir.core import Operation, Value
from tern.ir.registry import NOTHING, Definition, Parser, Printer
from tern.numbers import is_unsigned
from tern.types import FloatType, IndexType, IntegerType, TensorType, Type, own_spelling


def element_of(type: Type) -> Type:
    """The element type of a tensor type; of any other type, the type itself."""
    return type.element if isinstance(type, TensorType) else type


def shape_of(type: Type) -> tuple[int | str | None, ...] | None:
    return type.shape if isinstance(type, TensorType) else None


def same_shape_of(element: Type, type: Type) -> Type:
    """`element`, or the tensor of it that has the shape of `type`."""
    return TensorType(type.shape, element) if isinstance(type, TensorType) else element


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
    reads_signed = name in SIGNED

    def check(op: Operation) -> str | None:
        if len(op.operands) != arity or len(op.results) != 1 or op.successors or op.regions:
            return check_counts(op, arity, 1)
        type = op.results[0].type
        for operand in op.operands:
            if operand.type is not type and operand.type != type:
                return f"{name} gives {type} but takes {operand.type}"
        if not isinstance(element_of(type), classes):
            return f"{name} is for {words}, not for {type}"
        return unsigned_read_as_signed(name, type) if reads_signed else None

    return Definition(
        name,
        print_unary if arity == 1 else print_binary,
        parse_unary if arity == 1 else parse_binary,
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


def expect_types(p: Parser) -> None:
    """Read on to behind the colon that an operation's types come after.

    Before it MLIR may print flags, `overflow<nsw>` or `fastmath<nnan>`, and attributes. A flag
    says what need not be kept to: here all of it is, and so none stays. Nor do attributes.
    """
    while p.peek() in _FLAGS:
        p.next()
        if p.accept("<"):
            while p.next() != ">":
                pass
    if p.accept("{"):
        while (token := p.next()) != "}":
            if token == "{":
                p.fail("an attribute in an attribute is not for tern", p.at - 1)
    p.expect(":")


def parse_unary(p: Parser, name: str) -> Operation:
    operand = p.value()
    expect_types(p)
    return Operation(name, (operand,), (p.type(),))


def print_binary(p: Printer, op: Operation) -> str:
    left, right = op.operands
    values = p.values
    return f"{op.name} {values[left]}, {values[right]} : {p.types[op.results[0].type]}"


def parse_binary(p: Parser, name: str) -> Operation:
    left = p.value()
    p.expect(",")
    right = p.value()
    expect_types(p)
    return Operation(name, (left, right), (p.type(),))


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

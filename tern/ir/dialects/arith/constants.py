"""arith.constant and arith.select."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tern.ir.core import Operation
from tern.ir.dialects.dense import Dense, array_of, bytes_of, misfit
from tern.ir.dialects.evaluate import Compute
from tern.ir.dialects.forms import SHAPED, check_counts, expect_types, same_shape_of
from tern.ir.registry import NOTHING, Definition, Evaluation, Parser, Printer, register
from tern.lazily import Lazily
from tern.numbers import format_number, integer_range, round_to
from tern.types import FloatType, IndexType, IntegerType, Type, i1, own_spelling

if TYPE_CHECKING:
    import numpy as np
else:
    np = Lazily("numpy")


# arith.constant -------------------------------------------------------------------------------


def print_constant(p: Printer, op: Operation) -> str:
    value, type = op.attributes["value"], op.results[0].type
    if type == i1:
        return f"arith.constant {'true' if value else 'false'}"
    if isinstance(type, SHAPED):
        element = shown_type(p, type.element)
        text = bytes_text(value, type) if isinstance(value, Dense) else dense_text(value, element)
        return f"arith.constant dense<{text}> : {p.types[type]}"
    return f"arith.constant {format_number(value, shown_type(p, type))} : {p.types[type]}"


def shown_type(p: Printer, type: Type) -> Type:
    """The type as the text shows it: in MLIR's, an unsigned integer has no sign, and MLIR prints
    its number as a signed one."""
    if isinstance(type, IntegerType) and p.types[type] != own_spelling(type):
        return IntegerType(type.width)
    return type


def bytes_text(value: Dense, type: Any) -> str:
    """Many numbers, as MLIR prints them: their bytes in hexadecimal, which of single bits are their
    own text."""
    if type.element == i1:
        return dense_text(array_of(value, type).tolist(), i1)
    return f'"0x{bytes_of(value, type).hex().upper()}"'


def dense_text(value: object, element: Type) -> str:
    if value == ():
        return ""
    if isinstance(value, (tuple, list)):
        return f"[{', '.join([dense_text(item, element) for item in value])}]"
    return format_number(value, element)


def parse_constant(p: Parser, name: str) -> Operation:
    if p.accept("dense"):
        return p.dense_constant(name)
    text = p.next()
    if text in ("true", "false") and not p.accept(":"):
        return Operation(name, (), (i1,), {"value": text == "true"})
    if text not in ("true", "false"):
        p.expect(":")
    where = p.at - 2
    type = p.type()
    return Operation(name, (), (type,), {"value": p.number(text, type, where)})


def check_constant(op: Operation) -> str | None:
    if op.operands or len(op.results) != 1 or op.successors or op.regions:
        return check_counts(op, 0, 1)
    type, value = op.results[0].type, op.attributes.get("value")
    if isinstance(type, SHAPED):
        if not all(isinstance(size, int) for size in type.shape):
            return f"a constant cannot have the type {type}, whose size is not known"
        if isinstance(value, Dense):
            return misfit(value, type)
        if isinstance(value, tuple) and not fits_shape(value, type.shape):
            return f"the value of the constant does not have the shape of {type}"
        return check_dense(value, type.element)
    return check_number(value, type)


def fits_shape(value: object, shape: tuple[int | str | None, ...]) -> bool:
    if value == () and 0 in shape:  # the one spelling of every empty tensor: dense<>
        return True
    level = [value]
    for size in shape:
        if not all(isinstance(item, tuple) and len(item) == size for item in level):
            return False
        level = [inner for item in level for inner in item]  # type: ignore[attr-defined]
    return not any(isinstance(item, tuple) for item in level)


def check_dense(value: object, element: Type) -> str | None:
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, tuple):
            stack.extend(item)
        elif message := check_number(item, element):
            return message
    return None


def check_number(value: object, type: Type) -> str | None:
    if isinstance(type, FloatType):
        good = isinstance(value, float)
    elif type == i1:
        good = isinstance(value, bool)
    elif isinstance(type, (IntegerType, IndexType)):
        least, greatest = integer_range(type)
        good = isinstance(value, int) and not isinstance(value, bool) and least <= value <= greatest
    else:
        good = False
    return None if good else f"{value!r} is no constant of type {type}"


def scalar_constant(op: Operation) -> Compute:
    value, type = op.attributes["value"], op.results[0].type
    value = round_to(value, type) if isinstance(type, FloatType) else value
    return lambda: value


def array_constant(op: Operation) -> Compute:
    constant = array_of(op.attributes["value"], op.results[0].type)
    return lambda: constant


# arith.select ---------------------------------------------------------------------------------


def print_select(p: Printer, op: Operation) -> str:
    condition, then, otherwise = op.operands
    values, types = p.values, p.types
    mask = f"{types[condition.type]}, " if isinstance(condition.type, SHAPED) else ""
    return (
        f"arith.select {values[condition]}, {values[then]}, {values[otherwise]}"
        f" : {mask}{types[op.results[0].type]}"
    )


def parse_select(p: Parser, name: str) -> Operation:
    condition = p.value()
    p.expect(",")
    then = p.value()
    p.expect(",")
    otherwise = p.value()
    expect_types(p)
    type = p.type()
    if p.accept(","):  # the first type was the mask's
        type = p.type()
    return Operation(name, (condition, then, otherwise), (type,))


def check_select(op: Operation) -> str | None:
    if len(op.operands) != 3 or len(op.results) != 1 or op.successors or op.regions:
        return check_counts(op, 3, 1)
    condition, then, otherwise = [operand.type for operand in op.operands]
    result = op.results[0].type
    if then != result or otherwise != result:
        return f"arith.select gives {result} but chooses between {then} and {otherwise}"
    if condition not in (i1, same_shape_of(i1, result)):
        return f"the condition of arith.select must be i1, not {condition}"
    return None


def scalar_select(op: Operation) -> Compute:
    return lambda condition, then, otherwise: then if condition else otherwise


def array_select(op: Operation) -> Compute:
    def chosen(condition: Any, then: Any, otherwise: Any) -> Any:
        return np.where(condition, then, otherwise)

    return chosen


register(
    Definition(
        "arith.constant",
        print_constant,
        parse_constant,
        check_constant,
        Evaluation(scalar_constant, array_constant),
        NOTHING,
    ),
    Definition(
        "arith.select",
        print_select,
        parse_select,
        check_select,
        Evaluation(scalar_select, array_select),
        NOTHING,
    ),
)

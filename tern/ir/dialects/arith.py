"""arith and math: what computes numbers, alone or elementwise on tensors of equal shape."""

from __future__ import annotations

from tern.ir.core import Operation
from tern.ir.dialects.forms import (
    FLOAT,
    INTEGER,
    check_counts,
    element_of,
    elementwise,
    parse_cast,
    print_cast,
    shape_of,
)
from tern.ir.literals import format_number, width_of
from tern.ir.registry import Definition, Parser, Printer, register
from tern.types import FloatType, IndexType, IntegerType, TensorType, Type, i1

BINARY_INTEGER = "addi subi muli divsi remsi maxsi minsi andi ori xori shli shrsi".split()
BINARY_FLOAT = "addf subf mulf divf remf maximumf minimumf".split()
MATH_FLOAT = "exp log sqrt tanh absf sin cos erf".split()

INTEGER_PREDICATES = "eq ne slt sle sgt sge ult ule ugt uge".split()
FLOAT_PREDICATES = """
    false oeq ogt oge olt ole one ord ueq ugt uge ult ule une uno true
""".split()


def same_shape_of(element: Type, type: Type) -> Type:
    """`element`, or the tensor of it that has the shape of `type`."""
    return TensorType(type.shape, element) if isinstance(type, TensorType) else element


# arith.constant -------------------------------------------------------------------------------


def print_constant(p: Printer, op: Operation) -> str:
    value, type = op.attributes["value"], op.results[0].type
    if isinstance(value, bool):
        return f"arith.constant {'true' if value else 'false'}"
    if isinstance(type, TensorType):
        return f"arith.constant dense<{dense_text(value, type.element)}> : {p.types[type]}"
    return f"arith.constant {format_number(value, type)} : {p.types[type]}"


def dense_text(value: object, element: Type) -> str:
    if value == ():
        return ""
    if isinstance(value, tuple):
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
    if isinstance(type, TensorType):
        if None in type.shape:
            return f"a constant cannot have the type {type}, whose size is not known"
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
        half = 1 << (width_of(type) - 1)
        good = isinstance(value, int) and not isinstance(value, bool) and -half <= value < half
    else:
        good = False
    return None if good else f"{value!r} is no constant of type {type}"


# comparisons and select -----------------------------------------------------------------------


def comparison(name: str, predicates: list[str]) -> Definition:
    words, classes = INTEGER if name == "arith.cmpi" else FLOAT
    known = frozenset(predicates)

    def print_comparison(p: Printer, op: Operation) -> str:
        left, right = op.operands
        return (
            f"{name} {op.attributes['predicate']}, {p.values[left]}, {p.values[right]}"
            f" : {p.types[left.type]}"
        )

    def parse(p: Parser, name: str) -> Operation:
        predicate = p.next()
        if predicate not in known:
            p.fail(f"{predicate!r} is no predicate of {name}", p.at - 1)
        p.expect(",")
        left = p.value()
        p.expect(",")
        right = p.value()
        p.expect(":")
        result = same_shape_of(i1, p.type())
        return Operation(name, (left, right), (result,), {"predicate": predicate})

    def check(op: Operation) -> str | None:
        if len(op.operands) != 2 or len(op.results) != 1 or op.successors or op.regions:
            return check_counts(op, 2, 1)
        left, right = op.operands[0].type, op.operands[1].type
        if left is not right and left != right:
            return f"{name} compares {left} with {right}"
        if not isinstance(element_of(left), classes):
            return f"{name} is for {words}, not for {left}"
        result = op.results[0].type
        if result is not i1 and result != same_shape_of(i1, left):
            return f"{name} of {left} gives {same_shape_of(i1, left)}, not {result}"
        if op.attributes.get("predicate") not in known:
            return f"{op.attributes.get('predicate')!r} is no predicate of {name}"
        return None

    return Definition(name, print_comparison, parse, check, pure=True)


def print_select(p: Printer, op: Operation) -> str:
    condition, then, otherwise = op.operands
    values, types = p.values, p.types
    mask = f"{types[condition.type]}, " if isinstance(condition.type, TensorType) else ""
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
    p.expect(":")
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


# conversions ----------------------------------------------------------------------------------


def conversion(
    name: str,
    source: type | tuple[type, ...],
    target: type | tuple[type, ...],
    grows: bool | None = None,
) -> Definition:
    """`grows`: whether the result must be wider (True), narrower (False), or neither."""

    def check(op: Operation) -> str | None:
        if len(op.operands) != 1 or len(op.results) != 1 or op.successors or op.regions:
            return check_counts(op, 1, 1)
        before, after = op.operands[0].type, op.results[0].type
        old, new = element_of(before), element_of(after)
        fits = (
            shape_of(before) == shape_of(after)
            and isinstance(old, source)
            and isinstance(new, target)
            and (grows is None or (old.width < new.width if grows else old.width > new.width))
        )
        if name == "arith.index_cast":
            fits = fits and isinstance(old, IndexType) != isinstance(new, IndexType)
        return None if fits else f"{name} cannot make {after} of {before}"

    return Definition(name, print_cast, parse_cast, check, pure=True)


register(
    Definition("arith.constant", print_constant, parse_constant, check_constant, pure=True),
    *[elementwise(f"arith.{name}", 2, INTEGER) for name in BINARY_INTEGER],
    *[elementwise(f"arith.{name}", 2, FLOAT) for name in BINARY_FLOAT],
    elementwise("arith.negf", 1, FLOAT),
    *[elementwise(f"math.{name}", 1, FLOAT) for name in MATH_FLOAT],
    elementwise("math.absi", 1, INTEGER),
    elementwise("math.powf", 2, FLOAT),
    comparison("arith.cmpi", INTEGER_PREDICATES),
    comparison("arith.cmpf", FLOAT_PREDICATES),
    Definition("arith.select", print_select, parse_select, check_select, pure=True),
    conversion("arith.sitofp", IntegerType, FloatType),
    conversion("arith.uitofp", IntegerType, FloatType),
    conversion("arith.fptosi", FloatType, IntegerType),
    conversion("arith.extsi", IntegerType, IntegerType, grows=True),
    conversion("arith.extui", IntegerType, IntegerType, grows=True),
    conversion("arith.trunci", IntegerType, IntegerType, grows=False),
    conversion("arith.extf", FloatType, FloatType, grows=True),
    conversion("arith.truncf", FloatType, FloatType, grows=False),
    conversion("arith.index_cast", (IntegerType, IndexType), (IntegerType, IndexType)),
)

"""arith.cmpi and arith.cmpf: alone or elementwise on tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tern.ir.core import Operation
from tern.ir.dialects.evaluate import (
    Compute,
    array_signed,
    array_unsigned,
    same_shape,
    signed,
    unsigned,
)
from tern.ir.dialects.forms import (
    FLOAT,
    INTEGER,
    check_counts,
    element_of,
    expect_types,
    same_shape_of,
    unsigned_read_as_signed,
)
from tern.ir.registry import NOTHING, Definition, Evaluation, Parser, Printer, register
from tern.lazily import Lazily
from tern.types import i1

if TYPE_CHECKING:
    import numpy as np
else:
    np = Lazily("numpy")

INTEGER_PREDICATES = "eq ne slt sle sgt sge ult ule ugt uge".split()
FLOAT_PREDICATES = """
    false oeq ogt oge olt ole one ord ueq ugt uge ult ule une uno true
""".split()

SIGNS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
"""The comparison that a predicate names, less the letter that says of what kind, as it is written
in most languages."""

# Each works on Python's numbers and on arrays alike.
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
}
OPPOSITE = {"lt": "ge", "le": "gt", "gt": "le", "ge": "lt"}
"""The comparison that holds where another does not, if no operand is NaN."""

# comparisons ----------------------------------------------------------------------------------


def comparison(name: str, predicates: list[str], evaluation: Evaluation) -> Definition:
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
        expect_types(p)
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
        if op.attributes["predicate"] in _SIGNED:
            return unsigned_read_as_signed(f"{name} {op.attributes['predicate']}", left)
        return None

    return Definition(name, print_comparison, parse, check, evaluation, NOTHING)


_SIGNED = frozenset("slt sle sgt sge".split())


def integers_compared(op: Operation) -> Compute:
    predicate, type = op.attributes["predicate"], op.operands[0].type
    if predicate in ("eq", "ne"):
        return _COMPARE[predicate]
    read = signed if predicate[0] == "s" else unsigned
    return read(_COMPARE[predicate[1:]], type)


def integer_arrays_compared(op: Operation) -> Compute:
    predicate = op.attributes["predicate"]
    if predicate in ("eq", "ne"):
        return same_shape(_COMPARE[predicate])
    compare, read = _COMPARE[predicate[1:]], array_signed if predicate[0] == "s" else array_unsigned
    return same_shape(lambda a, b: compare(read(a), read(b)))


def floats_compared(op: Operation) -> Compute:
    """An ordered comparison is false, an unordered one true, when either operand is NaN."""
    predicate = op.attributes["predicate"]
    match predicate:
        case "true" | "false":
            return lambda a, b: predicate == "true"
        case "ord":
            return lambda a, b: a == a and b == b
        case "uno":
            return lambda a, b: a != a or b != b
        case "one":
            return lambda a, b: a < b or a > b
        case "ueq":
            return lambda a, b: not (a < b or a > b)
        case "oeq" | "une":
            return _COMPARE[predicate[1:]]
    if predicate[0] == "o":
        return _COMPARE[predicate[1:]]
    opposite = _COMPARE[OPPOSITE[predicate[1:]]]
    return lambda a, b: not opposite(a, b)


def float_arrays_compared(op: Operation) -> Compute:
    predicate = op.attributes["predicate"]

    def unordered(a: Any, b: Any) -> Any:
        return (a != a) | (b != b)

    def compared(a: Any, b: Any) -> Any:
        match predicate:
            case "true" | "false":
                return np.full(a.shape, predicate == "true")
            case "ord" | "uno":
                return unordered(a, b) == (predicate == "uno")
        found = _COMPARE[predicate[1:]](a, b)
        return found & ~unordered(a, b) if predicate[0] == "o" else found | unordered(a, b)

    return same_shape(compared)


register(
    comparison(
        "arith.cmpi", INTEGER_PREDICATES, Evaluation(integers_compared, integer_arrays_compared)
    ),
    comparison("arith.cmpf", FLOAT_PREDICATES, Evaluation(floats_compared, float_arrays_compared)),
)

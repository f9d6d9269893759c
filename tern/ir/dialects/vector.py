"""vector: what is done with numbers side by side that arith and math do not do elementwise.

Those of arith and math take vectors as they take tensors: `arith.addf %a, %b : vector<8xf32>`.
Vectors are loaded and stored by affine.vector_load and affine.vector_store.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import TYPE_CHECKING, Any

from tern.ir.core import Operation, Value
from tern.ir.dialects.evaluate import Compute, dtype_of
from tern.ir.dialects.forms import (
    check_counts,
    check_fastmath,
    expect_types,
    fastmath_text,
    kept_fastmath,
    parse_cast,
    print_cast,
)
from tern.ir.registry import (
    DEFINITIONS,
    NOTHING,
    Definition,
    Evaluation,
    Parser,
    Printer,
    register,
)
from tern.lazily import Lazily
from tern.types import FloatType, Type, VectorType

if TYPE_CHECKING:
    import numpy as np
else:
    np = Lazily("numpy")

KINDS = {
    "add": ("arith.addi", "arith.addf"),
    "mul": ("arith.muli", "arith.mulf"),
    "minsi": ("arith.minsi", ""),
    "maxsi": ("arith.maxsi", ""),
    "minui": ("arith.minui", ""),
    "maxui": ("arith.maxui", ""),
    "minimumf": ("", "arith.minimumf"),
    "maximumf": ("", "arith.maximumf"),
    "and": ("arith.andi", ""),
    "or": ("arith.ori", ""),
    "xor": ("arith.xori", ""),
}
"""Of each kind of vector.reduction the operation that combines integers, and floats."""


def kind_of(name: str) -> str:
    """The kind of a reduction by an operation. KeyError if there is none."""
    return next(kind for kind, names in KINDS.items() if name in names)


def combining(op: Operation) -> str:
    """The operation by which a vector.reduction combines; empty if it has none."""
    pair = KINDS.get(op.attributes.get("kind", ""), ("", ""))
    return pair[isinstance(op.results[0].type, FloatType)]


def _vector_and_element(op: Operation, vector: Type, element: Type) -> str | None:
    if not isinstance(vector, VectorType) or len(vector.shape) != 1:
        return f"{op.name} is for vectors of one axis, not for {vector}"
    if vector.element != element:
        return f"{op.name} has {element} for an element of {vector}"
    return None


# vector.broadcast -----------------------------------------------------------------------------


def check_broadcast(op: Operation) -> str | None:
    return check_counts(op, 1, 1) or _vector_and_element(
        op, op.results[0].type, op.operands[0].type
    )


def array_broadcast(op: Operation) -> Compute:
    type: Any = op.results[0].type
    dtype = dtype_of(type.element)
    return lambda value: np.full(type.shape, value, dtype)


# vector.reduction -----------------------------------------------------------------------------


def print_reduction(p: Printer, op: Operation) -> str:
    value, result = op.operands[0], op.results[0]
    types = f"{p.types[value.type]} into {p.types[result.type]}"
    kind = op.attributes["kind"]
    return f"vector.reduction <{kind}>, {p.values[value]}{fastmath_text(op)} : {types}"


def parse_reduction(p: Parser, name: str) -> Operation:
    p.expect("<")
    kind = p.next()
    p.expect(">")
    p.expect(",")
    value = p.value()
    flags = expect_types(p)
    p.type()
    p.expect("into")
    attributes = {"kind": kind, **kept_fastmath(name, flags)}
    return Operation(name, (value,), (p.type(),), attributes)


def check_reduction(op: Operation) -> str | None:
    if message := check_counts(op, 1, 1):
        return message
    vector, element = op.operands[0].type, op.results[0].type
    if message := _vector_and_element(op, vector, element) or check_fastmath(op):
        return message
    if op.attributes.get("kind") not in KINDS:
        return f"{op.attributes.get('kind')!r} is no kind of vector.reduction"
    name = combining(op)
    why = "no operation" if not name else DEFINITIONS[name].check(_combination(name, element))
    return f"a reduction <{op.attributes['kind']}> of {vector} is not possible" if why else None


def _combination(name: str, element: Type) -> Operation:
    return Operation(name, (Value(element), Value(element)), (element,))


def array_reduction(op: Operation) -> Compute:
    """From the first lane to the last: in which order, only `reassoc` leaves open."""
    name = combining(op)
    evaluation = DEFINITIONS[name].evaluation
    assert evaluation is not None and evaluation.scalar is not None
    combine = evaluation.scalar(_combination(name, op.results[0].type))
    return lambda vector: reduce(combine, vector.tolist())


# vector.extract and vector.insert ---------------------------------------------------------------


def print_extract(p: Printer, op: Operation) -> str:
    value, lane = op.operands[0], op.attributes["position"]
    types = f"{p.types[op.results[0].type]} from {p.types[value.type]}"
    return f"vector.extract {p.values[value]}[{lane}] : {types}"


def parse_extract(p: Parser, name: str) -> Operation:
    value = p.value()
    lane = _parse_lane(p)
    type = p.type()
    p.expect("from")
    p.type()
    return Operation(name, (value,), (type,), {"position": lane})


def _parse_lane(p: Parser) -> int:
    p.expect("[")
    lane = p.integer()
    p.expect("]")
    expect_types(p)
    return lane


def check_extract(op: Operation) -> str | None:
    if message := check_counts(op, 1, 1):
        return message
    vector = op.operands[0].type
    return _vector_and_element(op, vector, op.results[0].type) or _check_lane(op, vector)


def _check_lane(op: Operation, vector: Any) -> str | None:
    lane = op.attributes.get("position")
    good = isinstance(lane, int) and not isinstance(lane, bool) and 0 <= lane < vector.shape[0]
    return None if good else f"{vector} has no element {lane}"


def array_extract(op: Operation) -> Compute:
    lane = op.attributes["position"]
    return lambda vector: vector[lane].item()


def print_insert(p: Printer, op: Operation) -> str:
    value, vector = op.operands
    types = f"{p.types[value.type]} into {p.types[vector.type]}"
    lane = op.attributes["position"]
    return f"vector.insert {p.values[value]}, {p.values[vector]} [{lane}] : {types}"


def parse_insert(p: Parser, name: str) -> Operation:
    value = p.value()
    p.expect(",")
    vector = p.value()
    lane = _parse_lane(p)
    p.type()
    p.expect("into")
    return Operation(name, (value, vector), (p.type(),), {"position": lane})


def check_insert(op: Operation) -> str | None:
    if message := check_counts(op, 2, 1):
        return message
    value, vector = [operand.type for operand in op.operands]
    if vector != op.results[0].type:
        return f"vector.insert into {vector} cannot give {op.results[0].type}"
    return _vector_and_element(op, vector, value) or _check_lane(op, vector)


def array_insert(op: Operation) -> Compute:
    lane = op.attributes["position"]

    def inserted(value: Any, vector: Any) -> Any:
        found = vector.copy()
        found[lane] = value
        return found

    return inserted


def _define(
    name: str,
    print: Callable[[Printer, Operation], str],
    parse: Callable[[Parser, str], Operation],
    check: Callable[[Operation], str | None],
    array: Callable[[Operation], Compute],
) -> None:
    register(Definition(name, print, parse, check, Evaluation(None, array), NOTHING))


_define("vector.broadcast", print_cast, parse_cast, check_broadcast, array_broadcast)
_define("vector.reduction", print_reduction, parse_reduction, check_reduction, array_reduction)
_define("vector.extract", print_extract, parse_extract, check_extract, array_extract)
_define("vector.insert", print_insert, parse_insert, check_insert, array_insert)

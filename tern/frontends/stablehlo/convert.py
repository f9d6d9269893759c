"""From StableHLO to tern, operation by operation."""

from __future__ import annotations

from collections.abc import Sequence

from tern.errors import at
from tern.frontends.stablehlo.bodies import combiner_of
from tern.frontends.stablehlo.further import further
from tern.frontends.stablehlo.names import (
    ELEMENTWISE,
    StableHloError,
    own_type,
    predicate,
)
from tern.frontends.stablehlo.shaping import broadcast_in_dim, dot_general, reduced, transposed
from tern.ir import Builder, Operation, Value, new_function
from tern.ir.dialects.forms import element_of
from tern.parts import part


def _translated(b: Builder, op: Operation, values: list[Value]) -> Sequence[Value] | None:
    """What an operation gives, of operands that are tern's; None if it is none of these."""
    name, known = op.name.removeprefix("stablehlo."), op.attributes
    types = [own_type(result.type) for result in op.results]
    element = element_of(op.operands[0].type) if op.operands else None
    match name, values:
        case "func.return", _:
            b.ret(values)
            return []
        case "func.call", _:
            return b.call(known["callee"], values, types).results
        case "constant", _:
            return [b.constant(known["value"], types[0])]
        case "compare", _ if known.get("compare_type") != "TOTALORDER":  # -0 is less than 0 there
            return [b.compare(predicate(known["comparison_direction"], element), *values)]
        case "select", [condition, yes, no]:
            if condition.type.shape != yes.type.shape:
                condition = b.extract(condition)
            return [b.select(condition, yes, no)]
        case "broadcast_in_dim", [value]:
            return [broadcast_in_dim(b, value, types[0], known["broadcast_dimensions"])]
        case "transpose", [value]:
            return [transposed(b, value, known["permutation"])]
        case "dot_general", [left, right]:
            return [dot_general(b, op, left, right)]
        case "reduce", [value, initial] if combiner := combiner_of(op):
            return [reduced(b, combiner, value, initial, known["dimensions"])]
    if name in ELEMENTWISE and (own := ELEMENTWISE[name].of(element)):
        return b.op(own, values, types).results
    return None


@part("frontends.stablehlo.to_tern", helpers=(_translated,))
def to_tern(func: Operation) -> Operation:
    """A function of StableHLO as one of tern's, of the same name.

    `func` is a func.func that `read_stablehlo` read, with one block; it is left as it is. Types
    become what `own_type` makes of them. Each operation becomes those that compute the same, which
    have its location: `Builder.location` is that of the operations it makes.

    Operations that have one of tern's for a counterpart are translated here: elementwise ones by
    ELEMENTWISE, which knows the name for a type of elements; func.return, func.call, constant,
    compare, select (whose condition may have rank 0), broadcast_in_dim, transpose, dot_general, and
    a reduce of one tensor by a body of one operation, which becomes linalg.reduce. What is none of
    these, or has no name for its type, `further` is asked for: a convolution, a convert, a reduce
    with a longer body.

    StableHloError, "stablehlo.cbrt has no form in tern": for what neither knows; its `location` is
    that of the operation. Time is linear in the number of operations.
    """
    type, block = func.attributes["function_type"], func.body.only_block
    inputs, results = [[own_type(each) for each in types] for types in (type.inputs, type.results)]
    made = new_function(func.attributes["sym_name"], inputs, results)
    made.location, b = func.location, Builder(made.body.only_block)
    now: dict[Value, Value] = dict(zip(block.args, made.body.only_block.args))
    for op in block.operations:
        b.location = op.location
        values = [now[operand] for operand in op.operands]
        found = _translated(b, op, values)
        found = further(b, op, values) if found is None else found
        if found is None:
            with at(op.location):
                raise StableHloError(f"{op.name} has no form in tern")
        now.update(zip(op.results, found))
    return made

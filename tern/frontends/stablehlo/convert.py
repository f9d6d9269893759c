"""From StableHLO to tern, operation by operation."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tern.errors import at
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

Further = Callable[[Builder, Operation, list[Value]], "Sequence[Value] | None"]
"""Appends what an operation is in tern, and gives its results; None for one that it has not."""


def _translated(b: Builder, op: Operation, values: list[Value]) -> Sequence[Value] | None:
    """What an operation gives, of operands that are tern's; None if it is none of these."""
    name = op.name.removeprefix("stablehlo.")
    attributes, type = op.attributes, own_type(op.results[0].type) if op.results else None
    element = element_of(op.operands[0].type) if op.operands else None
    match name:
        case "func.return":
            b.ret(values)
            return []
        case "func.call":
            types = [own_type(result.type) for result in op.results]
            return b.call(attributes["callee"], values, types).results
        case "constant":
            return [b.constant(attributes["value"], type)]
        case "compare":
            chosen = predicate(attributes["comparison_direction"], element)
            return [b.compare(chosen, *values)]
        case "select":
            condition, *others = values
            if op.operands[0].type.shape != op.results[0].type.shape:
                condition = b.extract(condition)
            return [b.select(condition, *others)]
        case "broadcast_in_dim":
            return [broadcast_in_dim(b, values[0], type, attributes["broadcast_dimensions"])]
        case "transpose":
            return [transposed(b, values[0], attributes["permutation"])]
        case "dot_general":
            left, right = values
            return [dot_general(b, op, left, right)]
        case "reduce" if len(values) == 2 and (combiner := combiner_of(op)):
            value, initial = values
            return [reduced(b, combiner, value, initial, attributes["dimensions"])]
    if name in ELEMENTWISE and (own := ELEMENTWISE[name].of(element)):
        return b.op(own, values, [type]).results
    return None


def combiner_of(op: Operation) -> str:
    """The operation that the body of a reduction is; empty if it is none, or more."""
    block = op.regions[0].only_block
    first, last = block.operations[0], block.operations[-1]
    alone = len(block.operations) == 2 and last.operands == first.results
    if not alone or set(first.operands) != set(block.args):
        return ""
    named = ELEMENTWISE.get(first.name.removeprefix("stablehlo."))
    return named.of(element_of(first.operands[0].type)) if named else ""


@part("frontends.stablehlo.to_tern", helpers=(_translated, combiner_of))
def to_tern(func: Operation, further: Further = lambda b, op, values: None) -> Operation:
    """A function of StableHLO as one of tern's, of the same name.

    Its types are `own_type` of StableHLO's. Each operation becomes those that compute the same,
    which have its location. What this does not know `further` may: it is asked then.

    Args:
        func: a func.func that `read_stablehlo` read; it is left as it is.
        further: appends what an operation is with the builder that it is given, and returns the
            results; None if it does not know it either.

    Raises:
        StableHloError: neither knows an operation; `location` says where it is.

    O(n).
    """
    type, block = func.attributes["function_type"], func.body.only_block
    inputs, results = [[own_type(t) for t in types] for types in (type.inputs, type.results)]
    made = new_function(func.attributes["sym_name"], inputs, results)
    made.location, b = func.location, Builder(made.body.only_block)
    now: dict[Value, Value] = dict(zip(block.args, made.body.only_block.args))
    for op in block.operations:
        b.location = op.location
        values = [now[value] for value in op.operands]
        found = _translated(b, op, values)
        found = further(b, op, values) if found is None else found
        if found is None:
            with at(op.location):
                raise StableHloError(f"{op.name} has no form in tern")
        now.update(zip(op.results, found))
    return made

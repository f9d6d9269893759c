"""Reductions of several tensors, or whose body is several operations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tern.frontends.stablehlo.names import ELEMENTWISE, own_type, predicate
from tern.frontends.stablehlo.numbers import OF_ONE, converted
from tern.ir import Builder, Operation, Value
from tern.ir.dialects.forms import element_of
from tern.ir.dialects.structures import PARALLEL, REDUCTION, projection


def combiner_of(op: Operation) -> str:
    """The operation of tern that the body of a reduction is; empty if it is none, or more."""
    block = op.regions[0].only_block
    first, last = block.operations[0], block.operations[-1]
    alone = len(block.operations) == 2 and last.operands == first.results
    if not alone or set(first.operands) != set(block.args):
        return ""
    named = ELEMENTWISE.get(first.name.removeprefix("stablehlo."))
    return named.of(element_of(first.operands[0].type)) if named else ""


def reduce(b: Builder, op: Operation, values: list[Value]) -> Sequence[Value] | None:
    """Several tensors at once, or a body of several operations: a linalg.generic."""
    count, dims = len(values) // 2, op.attributes["dimensions"]
    tensors, initial = values[:count], values[count:]
    rank = tensors[0].type.rank
    kept = [axis for axis in range(rank) if axis not in dims]
    outs = [
        b.fill(b.extract(start), b.empty(own_type(result.type)))
        for start, result in zip(initial, op.results)
    ]
    maps = [projection(range(rank), rank)] * count + [projection(kept, rank)] * count
    loops = [REDUCTION if axis in dims else PARALLEL for axis in range(rank)]
    block = op.regions[0].only_block
    if not all(scalar_form(each) for each in block.operations[:-1]):
        return None

    def body(inner: Builder, *args: Value) -> list[Value]:
        return in_scalars(inner, block, [*args[count:], *args[:count]])

    return b.generic(tensors, outs, maps, loops, body)


def scalar_form(op: Operation) -> bool:
    """Whether an operation of a body, whose tensors have rank 0, is one of numbers."""
    name = op.name.removeprefix("stablehlo.")
    if op.attributes.get("compare_type") == "TOTALORDER":
        return False
    if name in ("constant", "compare", "select", "convert") or name in OF_ONE:
        return True
    return name in ELEMENTWISE and bool(ELEMENTWISE[name].of(element_of(op.operands[0].type)))


def in_scalars(b: Builder, block: Any, args: Sequence[Value]) -> list[Value]:
    """What a body returns, of numbers."""
    now: dict[Value, Value] = dict(zip(block.args, args))
    for op in block.operations[:-1]:
        given = [now[value] for value in op.operands]
        element = element_of(own_type(op.results[0].type))
        source = element_of(op.operands[0].type) if op.operands else None
        match op.name.removeprefix("stablehlo."):
            case "constant":
                made: Value = b.constant(op.attributes["value"], element)
            case "compare":
                made = b.compare(predicate(op.attributes["comparison_direction"], source), *given)
            case "select":
                made = b.select(*given)
            case "convert":
                after = element_of(op.results[0].type)
                made = converted(b, given[0], source, after, element)
            case name if name in OF_ONE:
                (made,) = OF_ONE[name](b, op, given)
            case name:
                made = b.op(ELEMENTWISE[name].of(source), given, [element]).result
        now[op.results[0]] = made
    return [now[value] for value in block.operations[-1].operands]

"""Operations that compute, as nests: elementwise ones, and all of linalg by one function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tern.ir import Operation, Value, uses
from tern.ir.dialects.dense import several
from tern.ir.dialects.structures import loop_of, sizes_by_loop, structure_of
from tern.lower.nests import Index, Nests, known
from tern.lower.slots import Slot
from tern.lower.views import LoweringError, View, rearranged


def elementwise(n: Nests, op: Operation, operands: list[Any], slot: Slot) -> View:
    type = op.results[0].type
    if op.name == "arith.constant":
        value = op.attributes["value"]
        if several(value):
            raise LoweringError(f"{op.name} of several numbers has no loop form yet")
        return View(tuple(type.shape), value=n.builder.constant(value, type.element))
    views = [operand for operand in operands if isinstance(operand, View)]
    sizes = tuple(known(together) for together in zip(*[view.sizes for view in views]))
    target = n.allocate(slot, sizes, type.element)

    def body(at: Index) -> None:
        values = [n.load(v, at) if isinstance(v, View) else v for v in operands]
        computed = n.builder.op(op.name, values, [type.element], op.attributes)
        n.store(computed.result, target, at)

    n.nest(sizes, body)
    return target


def fill(n: Nests, op: Operation, operands: list[Any], slot: Slot | None) -> View:
    value, out = operands
    view = View(out.sizes, value=value)
    if slot is None:  # nobody adds to it, so it needs no buffer
        return view
    target = n.allocate(slot, out.sizes, value.type)
    n.copy(view, target)
    return target


def structured(
    n: Nests, op: Operation, found: Mapping[Value, Any], slots: Mapping[Value, Slot]
) -> list[View]:
    """A linalg.generic as a nest of its loops: load what an iteration needs, compute, store.

    `found` has what each value outside of it is, a View or a Value.
    """
    structure, count = structure_of(op), len(op.results)
    operands = [found[operand] for operand in op.operands]
    shapes = [operand.sizes if isinstance(operand, View) else () for operand in operands]
    sizes = [known(given) for given in sizes_by_loop(structure, shapes)]
    block, read = op.body.blocks[0], uses(op)
    targets: list[View] = []
    for result, out, arg, rows in zip(
        op.results, operands[-count:], block.args[-count:], structure.maps[-count:]
    ):
        slot, element = slots.get(result) or Slot(), result.type.element
        if arg in read:
            targets.append(n.accumulator(out, slot, element))
        else:  # only its sizes count
            own = tuple(sizes[loop_of(row)] for row in rows)  # type: ignore[index]
            targets.append(n.allocate(slot, own, element))
    constants = {
        inner.result: n.append(inner.clone()).result
        for inner in block.operations
        if inner.name == "arith.constant"
    }
    # What the body takes, in the order of the loads: what it adds to comes first.
    sources = list(zip(block.args, [*operands[:-count], *targets], structure.maps))
    sources = [*sources[-count:], *sources[:-count]]

    def body(at: Index) -> None:
        values = dict(constants)
        for arg, source, rows in sources:
            if arg in read:
                values[arg] = element_of(source, rows, at)
        _body(n, op, values, found, at)
        for value, target, rows in zip(block.terminator.operands, targets, structure.maps[-count:]):
            stored = values[value] if value in values else found[value]
            n.store(stored, *_accessed(target, rows, at))

    def element_of(source: View | Value, rows: Any, at: Index) -> Value:
        return n.load(*_accessed(source, rows, at)) if isinstance(source, View) else source

    n.nest(sizes, body)
    return targets


def _accessed(view: View, rows: Any, at: Index) -> tuple[View, Index]:
    """A view over the loops, and their index, for the map of an operand."""
    sources = [{loop: c for loop, c in enumerate(row[:-1]) if c} for row in rows]
    offsets = [row[-1] for row in rows]
    return rearranged(view, tuple(1 for _ in at), sources, offsets), at


def _body(
    n: Nests,
    op: Operation,
    values: dict[Value, Value],
    found: Mapping[Value, Any],
    at: Index,
) -> None:
    """Append one iteration's operations; `values` has those of the body and gets the rest."""
    for inner in op.body.blocks[0].operations[:-1]:
        operands = [values[v] if v in values else found[v] for v in inner.operands]
        (result,) = inner.results
        if inner.name == "arith.constant":
            continue
        if inner.name == "linalg.index":
            values[result] = at[inner.attributes["dim"]] or n.index(0)
        elif inner.name == "tensor.extract":
            values[result] = n.load(operands[0], operands[1:])
        else:
            values[result] = n.builder.op(
                inner.name, operands, [result.type], inner.attributes
            ).result

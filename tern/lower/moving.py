"""Operations that move elements, or only say where they are: views where that will do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from tern.ir import Operation, OpResult, Value
from tern.ir.dialects.slice_arrays import DYNAMIC, dropped_axes
from tern.lower.nests import Index, Nests, known
from tern.lower.slots import Slot
from tern.lower.views import (
    LoweringError,
    Size,
    View,
    broadcast,
    collapsed,
    expanded,
    sliced,
    transposed,
    without,
)
from tern.types import FloatType, i1

Given = list[Any]  # the operands: Views, and Values where an operand is one number

# where elements are -------------------------------------------------------------------------------


def lower_empty(n: Nests, op: Operation, given: Given, slot: Slot | None) -> View:
    """Without content; but of a tensor that has no elements whatever is read is right."""
    type: Any = op.results[0].type
    if 0 not in type.shape:
        return View(n.sizes(type, given))
    element = type.element
    zero = False if element == i1 else 0.0 if isinstance(element, FloatType) else 0
    return View(n.sizes(type, given), value=n.builder.constant(zero, element))


def lower_splat(n: Nests, op: Operation, given: Given, slot: Slot | None) -> View:
    value, *sizes = given
    return View(n.sizes(op.results[0].type, sizes), value=value)


def lower_dim(n: Nests, op: Operation, given: Given, slot: Slot | None) -> Value:
    view, axis = given[0], op.operands[1]
    number = axis.op.attributes.get("value") if isinstance(axis, OpResult) else None
    if not isinstance(number, int) or not 0 <= number < len(view.sizes):
        raise LoweringError(f"{op.name} along an axis that is not known has no loop form yet")
    return n.value(view.sizes[number])


def lower_extract(n: Nests, op: Operation, given: Given, slot: Slot | None) -> Value:
    view, *at = given
    return n.load(view, at)


def lower_cast(n: Nests, op: Operation, given: Given, slot: Slot | None) -> View:
    (view,) = given
    return replace(view, sizes=tuple(map(known, zip(op.results[0].type.shape, view.sizes))))


def lower_transpose(n: Nests, op: Operation, given: Given, slot: Slot | None) -> View:
    return transposed(given[0], op.attributes["permutation"])


def lower_broadcast(n: Nests, op: Operation, given: Given, slot: Slot | None) -> View:
    view, out = given
    return broadcast(view, out.sizes, op.attributes["dimensions"])


# reshapes -----------------------------------------------------------------------------------------


def lower_expand(n: Nests, op: Operation, given: Given, slot: Slot | None) -> View:
    view, *unknown = given
    groups, sizes = op.attributes["reassociation"], n.sizes(op.results[0].type, unknown)
    if (found := expanded(view, groups, sizes)) is not None:
        return found
    target = n.allocate(slot or Slot(), sizes, op.results[0].type.element)

    def body(at: Index) -> None:
        where = [_linear(n, [at[a] for a in group], [sizes[a] for a in group]) for group in groups]
        n.store(n.load(view, where), target, at)

    n.nest(sizes, body)
    return target


def lower_collapse(n: Nests, op: Operation, given: Given, slot: Slot | None) -> View:
    (view,), groups = given, op.attributes["reassociation"]
    sizes = tuple(
        known([size, n.multiply(*[view.sizes[axis] for axis in group])])
        for size, group in zip(op.results[0].type.shape, groups)
    )
    if (found := collapsed(view, groups, sizes)) is not None:
        return found
    target = n.allocate(slot or Slot(), sizes, op.results[0].type.element)
    if (whole := expanded(target, groups, view.sizes)) is not None:
        n.copy(view, whole)
        return target

    def body(at: Index) -> None:
        parts = [view.sizes[axis] for axis in range(len(at))]
        where = [_linear(n, [at[a] for a in group], [parts[a] for a in group]) for group in groups]
        n.store(n.load(view, at), target, where)

    n.nest(view.sizes, body)
    return target


def _linear(n: Nests, at: Index, sizes: Sequence[Size]) -> Value | None:
    """The index of a group of dimensions as one number, row after row; None for 0."""
    total: Size = 0
    for value, size in zip(at, sizes):
        total = n.add(n.multiply(total, size), 0 if value is None else value)
    return None if total == 0 else n.value(total)


# slices -------------------------------------------------------------------------------------------


def _lists(op: Operation, given: Given, *keys: str) -> list[list[Size]]:
    """The lists of an operation's attributes, with the operands where they say DYNAMIC."""
    values = iter(given)
    return [
        [next(values) if number == DYNAMIC else number for number in op.attributes[key]]
        for key in keys
    ]


_SLICE = ("static_offsets", "static_sizes", "static_strides")


def lower_extract_slice(n: Nests, op: Operation, given: Given, slot: Slot | None) -> View:
    view, *values = given
    offsets, sizes, strides = _lists(op, values, *_SLICE)
    type = op.results[0].type
    dropped = dropped_axes(op.attributes["static_sizes"], type.shape) or []
    if all(isinstance(stride, int) for stride in strides):
        return without(sliced(view, tuple(sizes), offsets, strides), dropped)  # type: ignore[arg-type]
    target = n.allocate(Slot(), tuple(sizes), type.element)
    n.nest(sizes, lambda at: n.store(n.load(view, _strided(n, at, offsets, strides)), target, at))
    return without(target, dropped)


def lower_insert_slice(n: Nests, op: Operation, given: Given, slot: Slot | None) -> View:
    part, whole, *values = given
    offsets, sizes, strides = _lists(op, values, *_SLICE)
    target = n.accumulator(whole, slot or Slot(), op.results[0].type.element)
    kept = [a for a in range(len(sizes)) if a not in _dropped(op)]
    if all(isinstance(stride, int) for stride in strides):
        place = sliced(target, tuple(sizes), offsets, strides)  # type: ignore[arg-type]
        n.copy(part, without(place, _dropped(op)))
        return target

    def body(at: Index) -> None:
        full: list[Value | None] = [None] * len(sizes)
        for axis, value in zip(kept, at):
            full[axis] = value
        n.store(n.load(part, at), target, _strided(n, full, offsets, strides))

    n.nest(part.sizes, body)
    return target


def _dropped(op: Operation) -> list[int]:
    return dropped_axes(op.attributes["static_sizes"], op.operands[0].type.shape) or []


def _strided(n: Nests, at: Index, offsets: list[Size], strides: list[Size]) -> list[Value]:
    steps = [0 if value is None else n.multiply(value, by) for value, by in zip(at, strides)]
    return [n.value(n.add(step, offset)) for step, offset in zip(steps, offsets)]


def lower_concat(n: Nests, op: Operation, given: Given, slot: Slot | None) -> View:
    axis, type = op.attributes["dim"], op.results[0].type
    sizes = [known([part.sizes[a] for part in given]) for a in range(type.rank)]
    sizes[axis] = n.add(*[part.sizes[axis] for part in given])
    sizes = [known([size, have]) for size, have in zip(type.shape, sizes)]
    target = n.allocate(slot or Slot(), tuple(sizes), type.element)
    start: Size = 0
    for part in given:
        offsets = [start if a == axis else 0 for a in range(type.rank)]
        n.copy(part, sliced(target, part.sizes, offsets, [1] * type.rank))
        start = n.add(start, part.sizes[axis])
    return target


def lower_pad(n: Nests, op: Operation, given: Given, slot: Slot | None) -> View:
    view, *values, value = given
    low, high = _lists(op, values, "static_low", "static_high")
    type = op.results[0].type
    sizes = tuple(
        known([size, n.add(before, have, after)])
        for size, before, have, after in zip(type.shape, low, view.sizes, high)
    )
    target = n.allocate(slot or Slot(), sizes, type.element)
    n.copy(View(sizes, value=value), target)
    n.copy(view, sliced(target, view.sizes, low, [1] * type.rank))
    return target


LOWER: dict[str, Callable[[Nests, Operation, Given, Slot | None], Any]] = {
    "linalg.broadcast": lower_broadcast,
    "linalg.transpose": lower_transpose,
    "tensor.cast": lower_cast,
    "tensor.collapse_shape": lower_collapse,
    "tensor.concat": lower_concat,
    "tensor.dim": lower_dim,
    "tensor.empty": lower_empty,
    "tensor.expand_shape": lower_expand,
    "tensor.extract": lower_extract,
    "tensor.extract_slice": lower_extract_slice,
    "tensor.insert_slice": lower_insert_slice,
    "tensor.pad": lower_pad,
    "tensor.splat": lower_splat,
}
"""Each takes the operands, and after them what the operation's region captures."""

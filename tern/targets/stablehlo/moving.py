"""The dialect tensor, and what of linalg only moves elements, in StableHLO."""

from __future__ import annotations

from collections.abc import Sequence

from tern.ir import Operation
from tern.ir.dialects.slices import dynamic, slice_lists
from tern.targets.errors import EmitError
from tern.targets.stablehlo.function import Function, rule, zero_of
from tern.targets.stablehlo.writer import Lines, Name, type_text
from tern.types import TensorType, i1, index


@rule("tensor.splat", "linalg.fill")
def splat(f: Function, op: Operation) -> Name:
    return f.lines.broadcast(f.of(op.operands[0]), [], op.result.type.shape)


@rule("tensor.dim")
def dim(f: Function, op: Operation) -> Name:
    axis = getattr(getattr(op.operands[1], "op", None), "attributes", {}).get("value")
    size = op.operands[0].type.shape[axis] if isinstance(axis, int) else None
    if not isinstance(size, int):
        raise EmitError("tensor.dim of a size that is not known has no form in StableHLO")
    return f.lines.constant(size, TensorType((), index))


@rule("tensor.cast")
def cast(f: Function, op: Operation) -> Name:
    return Name(f.of(op.operands[0]).text, op.result.type)


@rule("tensor.extract")
def extract(f: Function, op: Operation) -> Name:
    """One element. StableHLO moves an index that is outside to the edge."""
    tensor, *indices = [f.of(value) for value in op.operands]
    part = dynamic_slice(f.lines, tensor, indices, [1] * len(indices)) if indices else tensor
    return f.lines.reshape(part, ())


def dynamic_slice(lines: Lines, tensor: Name, starts: Sequence[Name], sizes: Sequence[int]) -> Name:
    """The part of a tensor that begins at `starts`, numbers of rank 0."""
    type = TensorType(tuple(sizes), tensor.element)
    return lines.to("dynamic_slice", [tensor, *starts], type, f", sizes = {list(sizes)}")


@rule("tensor.expand_shape", "tensor.collapse_shape")
def reshape(f: Function, op: Operation) -> Name:
    return f.lines.reshape(f.of(op.operands[0]), op.result.type.shape)


@rule("linalg.transpose")
def transpose(f: Function, op: Operation) -> Name:
    return f.lines.transpose(f.of(op.operands[0]), op.attributes["permutation"])


@rule("linalg.broadcast")
def broadcast(f: Function, op: Operation) -> Name:
    shape, added = op.result.type.shape, op.attributes["dimensions"]
    kept = [axis for axis in range(len(shape)) if axis not in added]
    return f.lines.broadcast(f.of(op.operands[0]), kept, shape)


# slices -------------------------------------------------------------------------------------------


def _static(op: Operation, key: str) -> tuple[int, ...]:
    found = op.attributes[f"static_{key}"]
    if dynamic(found):
        raise EmitError(f"{op.name} whose {key} are not numbers has no form in StableHLO")
    return found


def static_slice(
    lines: Lines, x: Name, starts: Sequence[int], sizes: Sequence[int], strides: Sequence[int]
) -> Name:
    """`%0 [0:4, 0:8:2]`."""
    type = TensorType(tuple(sizes), x.element)
    if type.shape == x.shape:
        return x
    parts = [
        f"{start}:{start + (size - 1) * by + 1 if size else start}" + (f":{by}" if by > 1 else "")
        for start, size, by in zip(starts, sizes, strides)
    ]
    return lines.to("slice", [x], type, f" [{', '.join(parts)}]")


def _starts(f: Function, op: Operation) -> list[Name]:
    """The offsets of a slice, some of which are not known, as numbers of rank 0."""
    return [
        f.lines.constant(entry, TensorType((), index)) if isinstance(entry, int) else f.of(entry)
        for entry in slice_lists(op)[0]
    ]


@rule("tensor.extract_slice")
def extract_slice(f: Function, op: Operation) -> Name:
    x, sizes, strides = f.of(op.operands[0]), _static(op, "sizes"), _static(op, "strides")
    starts = op.attributes["static_offsets"]
    if not dynamic(starts):
        part = static_slice(f.lines, x, starts, sizes, strides)
    elif set(strides) == {1}:
        part = dynamic_slice(f.lines, x, _starts(f, op), sizes)
    else:
        raise EmitError("tensor.extract_slice with strides, from an index that is not known")
    return f.lines.reshape(part, op.result.type.shape)


@rule("tensor.insert_slice")
def insert_slice(f: Function, op: Operation) -> Name:
    """Where elements lie apart, the part is spread out by a padding, and a mask says where."""
    part, whole = (f.of(value) for value in op.operands[:2])
    sizes, strides = _static(op, "sizes"), _static(op, "strides")
    part = f.lines.reshape(part, sizes)
    starts = op.attributes["static_offsets"]
    if set(strides) <= {1}:
        return f.lines.to("dynamic_update_slice", [whole, part, *_starts(f, op)], whole.type)
    if dynamic(starts):
        raise EmitError("tensor.insert_slice with strides, from an index that is not known")
    mask = f.lines.constant(True, TensorType(part.shape, i1))
    spread = [
        padded(f.lines, each, f.lines.constant(zero, TensorType((), each.element)), starts, rest)
        for each, zero, rest in (
            (x, zero, _rest(whole.shape, starts, sizes, strides))
            for x, zero in ((mask, False), (part, zero_of(part.element)))
        )
    ]
    types = f"{type_text(TensorType(whole.shape, i1))}, {type_text(whole.type)}"
    return f.lines.add(f"stablehlo.select {spread[0]}, {spread[1]}, {whole} : {types}", whole.type)


def _rest(
    shape: Sequence[int], starts: Sequence[int], sizes: Sequence[int], strides: Sequence[int]
) -> list[tuple[int, int]]:
    """For each axis what is put after, and between elements."""
    return [
        (n - start - ((size - 1) * by + 1 if size else 0), by - 1)
        for n, start, size, by in zip(shape, starts, sizes, strides)
    ]


def padded(
    lines: Lines, x: Name, value: Name, low: Sequence[int], rest: Sequence[tuple[int, int]]
) -> Name:
    """`value` around a tensor: `low` before each axis, and `rest` after it and between elements."""
    high, between = [list(each) for each in zip(*rest)] if rest else ([], [])
    shape = tuple(
        a + n + (n - 1) * b * (n > 0) + c for a, n, b, c in zip(low, x.shape, between, high)
    )
    more = f", low = {list(low)}, high = {high}, interior = {between}"
    return lines.to("pad", [x, value], TensorType(shape, x.element), more)


@rule("tensor.pad")
def pad(f: Function, op: Operation) -> Name:
    low, high = op.attributes["static_low"], op.attributes["static_high"]
    if dynamic(low) or dynamic(high):
        raise EmitError("tensor.pad by what is not a number has no form in StableHLO")
    (value,) = op.regions[0].only_block.operations[-1].operands
    around = [(after, 0) for after in high]
    return padded(f.lines, f.of(op.operands[0]), f.of(value), low, around)


@rule("tensor.concat")
def concat(f: Function, op: Operation) -> Name:
    operands, axis = [f.of(value) for value in op.operands], op.attributes["dim"]
    return f.lines.to("concatenate", operands, op.result.type, f", dim = {axis}")

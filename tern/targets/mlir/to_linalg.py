"""From tensors to linalg: every elementwise operation becomes a linalg.generic.

Named operations of linalg stay as they are. A linalg.generic reads an operand through an indexing
map, so that a broadcast, a transpose, or one number for all elements needs no tensor of its own.
All is in destination-passing style: what an operation gives goes to where its `outs` say, and a
tensor.empty is a place in which nothing is yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tern.ir import (
    DEFINITIONS,
    Builder,
    Operation,
    OpResult,
    Value,
    functions,
    known_integer,
    replace_uses,
)
from tern.ir.dialects.affine_maps import Map
from tern.ir.dialects.dense import several
from tern.ir.dialects.structures import PARALLEL, STRUCTURED, projection, structure_of
from tern.parts import part
from tern.passes.dead_code import erase_dead_operations
from tern.types import TensorType, index

Access = tuple[Value, Map]
"""A value, and which element of it an iteration reads: a row over the loops for each dimension."""


def is_elementwise(op: Operation) -> bool:
    """Whether an operation computes each element of a tensor of the elements in the same place."""
    if op.name == "arith.constant" or len(op.results) != 1:
        return False
    definition = DEFINITIONS.get(op.name)
    evaluation = definition.evaluation if definition is not None else None
    computes = evaluation is not None and None not in (evaluation.scalar, evaluation.array)
    return computes and isinstance(op.results[0].type, TensorType)


def composed(outer: Map, inner: Map) -> Map:
    """The rows of `inner`, which are over the dimensions that `outer` has a row for, over the loops
    of `outer`."""
    width = len(outer[0]) if outer else None
    rows = []
    for row in inner:
        total = [0] * (width or len(row))
        for coefficient, source in zip(row, outer):
            total = [have + coefficient * each for have, each in zip(total, source)]
        total[-1] += row[-1]
        rows.append(tuple(total))
    return tuple(rows)


def seen_through(value: Value, rows: Map, now: Mapping[Value, Value]) -> Access:
    """Where the elements come from that operations only repeat, or have in another order. `now` has
    what stands in place of values."""
    while isinstance(value := now.get(value, value), OpResult):
        op = value.op
        if op.name in ("linalg.broadcast", "linalg.transpose"):
            inner = structure_of(op).maps[0]
        elif op.name == "linalg.fill":
            inner = ()
        elif op.name == "tensor.expand_shape":
            inner = _kept(op.attributes["reassociation"], value.type)
        elif op.name == "tensor.collapse_shape":
            inner = _spread(op.attributes["reassociation"], op.operands[0].type)
        else:
            break
        if inner is None:
            break
        value, rows = op.operands[0], composed(rows, inner)
    return value, rows


def _wide(group: Any, type: Any) -> list[int]:
    return [axis for axis in group if type.shape[axis] != 1]


def _kept(groups: Any, type: Any) -> Map | None:
    """Of what a shape is expanded from by sizes of 1, the rows over the new dimensions."""
    found = [_wide(group, type) for group in groups]
    if any(len(axes) > 1 for axes in found):
        return None
    rows = projection([axes[0] if axes else 0 for axes in found], type.rank)
    return tuple(row if axes else (0,) * len(row) for row, axes in zip(rows, found))


def _spread(groups: Any, type: Any) -> Map | None:
    """Of what loses sizes of 1, the rows over the dimensions that are left."""
    group_of = {axis: number for number, group in enumerate(groups) for axis in group}
    if any(len(_wide(group, type)) > 1 for group in groups):
        return None
    rows = projection([group_of.get(axis, 0) for axis in range(type.rank)], len(groups))
    return tuple(
        row if size != 1 else (0,) * (len(groups) + 1) for row, size in zip(rows, type.shape)
    )


@dataclass
class _Rewriter:
    """Rewrites one block; `builder` appends to what will be its operations."""

    builder: Builder
    replaced: dict[Value, Value] = field(default_factory=dict)
    numbers: dict[int, Value] = field(default_factory=dict)
    dims: dict[tuple[Value, int], Value] = field(default_factory=dict)
    empties: dict[tuple[Any, ...], Value] = field(default_factory=dict)

    def operation(self, op: Operation) -> None:
        self.builder.location = op.location
        type: Any = op.results[0].type if len(op.results) == 1 else None
        if is_elementwise(op):
            made = self.generic(op)
        elif op.name == "tensor.splat":
            made = self.builder.fill(op.operands[0], self.empty(type, op.operands[1:]))
        elif op.name == "arith.constant" and _is_one_number(op):
            number = self.builder.constant(op.attributes["value"], type.element)
            made = self.builder.fill(number, self.empty(type, ()))
        else:
            self.builder.block.append(op)
            self.note(op)
            return
        made.hint = op.results[0].hint
        self.replaced[op.results[0]] = made

    def note(self, op: Operation) -> None:
        """Remember what is there, so that it is not made twice."""
        if op.name == "arith.constant" and op.results[0].type == index:
            self.numbers.setdefault(op.attributes["value"], op.results[0])
        elif op.name == "tensor.dim" and (axis := known_integer(op.operands[1])) is not None:
            self.dims.setdefault((op.operands[0], axis), op.results[0])
        elif op.name == "tensor.empty":
            self.empties.setdefault((op.results[0].type, *op.operands), op.results[0])

    def generic(self, op: Operation) -> Value:
        type: Any = op.results[0].type
        whole = projection(range(type.rank), type.rank)
        reads = [
            seen_through(value, whole if isinstance(value.type, TensorType) else (), self.replaced)
            for value in op.operands
        ]
        inputs = list(dict.fromkeys(reads))  # what is read twice in one place is one input
        out = self.empty(type, self.sizes(op.operands, type))

        def body(inner: Builder, *args: Value) -> Value:
            elements = [args[inputs.index(read)] for read in reads]
            return inner.op(op.name, elements, [type.element], op.attributes).results[0]

        values = [value for value, _ in inputs]
        maps = [*[rows for _, rows in inputs], whole]
        return self.builder.generic(values, [out], maps, [PARALLEL] * type.rank, body)[0]

    # sizes ----------------------------------------------------------------------------------

    def empty(self, type: TensorType, sizes: Any) -> Value:
        """A tensor.empty of these unknown sizes, which may be there already."""
        key = (type, *sizes)
        if key not in self.empties:
            self.empties[key] = self.builder.empty(type, sizes)
        return self.empties[key]

    def sizes(self, operands: list[Value], type: TensorType) -> list[Value]:
        """The unknown sizes of a result, which are those of each of the operands."""
        tensors = [value for value in operands if isinstance(value.type, TensorType)]
        return [
            self.size(tensors, axis)
            for axis, size in enumerate(type.shape)
            if not isinstance(size, int)
        ]

    def size(self, tensors: list[Value], axis: int) -> Value:
        """The size of tensors that are equally long along an axis: one that is known already, or
        the first's."""
        for tensor in tensors:
            if (found := self.known_size(tensor, axis)) is not None:
                return found
        return self.dim(tensors[0], axis)

    def known_size(self, tensor: Value, axis: int) -> Value | None:
        tensor = self.replaced.get(tensor, tensor)
        while isinstance(tensor, OpResult) and tensor.op.name in STRUCTURED:
            op = tensor.op
            tensor = op.operands[len(op.operands) - len(op.results) + tensor.index]
            tensor = self.replaced.get(tensor, tensor)
        if isinstance(tensor, OpResult) and tensor.op.name in ("tensor.empty", "tensor.splat"):
            given = list(tensor.op.operands[tensor.op.name == "tensor.splat" :])
            unknown = [a for a, s in enumerate(tensor.type.shape) if not isinstance(s, int)]
            return given[unknown.index(axis)] if axis in unknown else None
        return self.dims.get((tensor, axis))

    def dim(self, tensor: Value, axis: int) -> Value:
        tensor = self.replaced.get(tensor, tensor)
        if (tensor, axis) not in self.dims:
            if axis not in self.numbers:
                self.numbers[axis] = self.builder.constant(axis, index)
            self.dims[tensor, axis] = self.builder.dim(tensor, self.numbers[axis])
        return self.dims[tensor, axis]


def _is_one_number(op: Operation) -> bool:
    type = op.results[0].type
    return isinstance(type, TensorType) and not several(op.attributes["value"])


def _may_fail(op: Operation) -> bool:
    """Whether somebody may wait for an error from what computes an operation's elements."""
    definitions = [DEFINITIONS.get(inner.name) for inner in op.walk()]
    fails = [definition.fails for definition in definitions if definition is not None]
    return any(why in ("division", "conversion", "shift") for why in fails) or any(
        inner.name == "tensor.extract" for inner in op.walk()
    )


@part("targets.mlir.to_linalg", helpers=(is_elementwise, composed, seen_through))
def to_linalg(module: Operation) -> Operation:
    """A copy of a module, or of a function, in which linalg computes all tensors.

    Each operation on whole tensors becomes one linalg.generic, whose body is the same operation on
    single numbers. What the operands only repeat or rearrange (a broadcast, a transpose, sizes of
    1, one number for all elements) is in the indexing maps. Its `outs` is a tensor.empty, which
    several share. Named operations stay. What nobody uses afterwards is gone. O(operations x rank).
    """
    copy = module.clone()
    funcs = functions(copy) if copy.name == "builtin.module" else [copy]
    for func in funcs:
        replaced: dict[Value, Value] = {}
        for block in func.body.blocks:
            before, block.operations = block.operations, []
            rewriter = _Rewriter(Builder(block), replaced)
            for op in before:
                rewriter.operation(op)
        replace_uses(func, replaced)
    erase_dead_operations(copy, needed=_may_fail)
    return copy

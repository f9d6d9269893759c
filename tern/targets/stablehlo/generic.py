"""linalg.generic in StableHLO: its body, on whole tensors with one axis for each loop.

An operand is brought into the space of the loops by its indexing map, the body is computed there,
and what reduces is combined along the axes of the loops that reduce.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tern.ir import Block, Builder, Operation, Value
from tern.ir.dialects.affine_maps import Map
from tern.ir.dialects.structures import REDUCTION, loop_of, sizes_by_loop, structure_of
from tern.targets.errors import EmitError
from tern.targets.stablehlo.elementwise import elementwise
from tern.targets.stablehlo.function import Function, rule
from tern.targets.stablehlo.structured import reduced
from tern.targets.stablehlo.writer import Lines, Name, type_text
from tern.types import FloatType, IndexType, IntegerType, TensorType, i1, index


@rule("linalg.generic")
def generic(f: Function, op: Operation) -> list[Name]:
    structure = structure_of(op)
    shapes = [value.type.shape for value in op.operands]
    for value in op.operands:
        type_text(value.type)
    space = tuple(sizes[0] for sizes in sizes_by_loop(structure, shapes))
    count = len(op.operands) - len(op.results)
    body = _Body(f, op.regions[0].only_block, space)
    for arg, value, rows in zip(body.block.args[:count], op.operands, structure.maps):
        if body.uses(arg):
            body.names[arg] = accessed(f.lines, f.of(value), rows, space)
    if REDUCTION not in structure.iterators:
        for arg, value, rows in zip(
            body.block.args[count:], op.operands[count:], structure.maps[count:]
        ):
            if body.uses(arg):
                body.names[arg] = accessed(f.lines, f.of(value), rows, space)
        found = [body.of(value) for value in body.yielded]
        return [
            in_order(f.lines, name, rows, space)
            for name, rows in zip(found, structure.maps[count:])
        ]
    axes = [loop for loop, kind in enumerate(structure.iterators) if kind == REDUCTION]
    if is_argmax(op):
        return argmax(f, op, body, axes[0])
    return [
        _reduction(f, body, value, out, axes, rows)
        for value, out, rows in zip(body.yielded, op.operands[count:], structure.maps[count:])
    ]


def _reduction(
    f: Function, body: _Body, yielded: Value, out: Value, axes: list[int], rows: Map
) -> Name:
    """One output: by one operation of what it is so far and of what does not depend on that."""
    total = body.total_of(yielded)
    op = getattr(yielded, "op", None)
    if op is None or len(op.operands) != 2 or total is None:
        raise EmitError("linalg.generic that combines otherwise than by one operation")
    other = op.operands[1 - op.operands.index(total)]
    kept = [loop for loop in range(len(body.space)) if loop not in axes]
    order = [loop_of(row) for row in rows]
    if sorted(order, key=str) != sorted(kept, key=str):
        raise EmitError("linalg.generic with an output that is not one element for each iteration")
    value = body.of(other)
    value = f.lines.transpose(value, [*order, *axes])
    return reduced(f, op.name, value, range(len(order), len(body.space)), out)


class _Body:
    """What values of the body are on all iterations at once."""

    def __init__(self, f: Function, block: Block, space: tuple[int, ...]) -> None:
        self.f, self.block, self.space = f, block, space
        self.names: dict[Value, Name] = {}
        self.yielded = list(block.operations[-1].operands)

    def uses(self, value: Value) -> bool:
        return any(value in op.operands for op in self.block.operations)

    def total_of(self, yielded: Value) -> Value | None:
        """The argument for an output that the operation of a yielded value combines."""
        op = getattr(yielded, "op", None)
        outs = self.block.args[-len(self.yielded) :]
        at = self.yielded.index(yielded)
        found = [arg for arg in outs if op is not None and arg in op.operands]
        alone = found == [outs[at]] and op.operands.count(outs[at]) == 1
        inner = {
            arg for each in self.block.operations[:-1] if each is not op for arg in each.operands
        }
        return outs[at] if alone and outs[at] not in inner else None

    def of(self, value: Value) -> Name:
        """The value on every iteration. What it is made of is written before, once."""
        if value not in self.names:
            inside = getattr(value, "op", None)
            if inside is None or inside.parent is not self.block:
                self.names[value] = self.everywhere(self.f.of(value))
            else:
                self.names[value] = self.computed(inside)
        return self.names[value]

    def everywhere(self, name: Name) -> Name:
        return self.f.lines.broadcast(name, [], self.space)

    def computed(self, op: Operation) -> Name:
        lines = self.f.lines
        if op.name == "linalg.index":
            return iota(lines, op.attributes["dim"], self.space)
        if op.name == "tensor.extract":
            table = self.f.of(op.operands[0])
            return gathered(lines, table, [self.of(at) for at in op.operands[1:]], self.space)
        element = op.result.type
        if op.name == "arith.constant":
            number = lines.constant(op.attributes["value"], TensorType((), element))
            return self.everywhere(number)
        given = [self.of(value) for value in op.operands]
        return elementwise(lines, op.name, given, element, op.attributes)


# where elements come from -------------------------------------------------------------------------


def iota(lines: Lines, axis: int, space: tuple[int, ...]) -> Name:
    """0, 1, … along an axis."""
    type = TensorType(space, index)
    return lines.add(f"stablehlo.iota dim = {axis} : {type_text(type)}", type)


def accessed(lines: Lines, x: Name, rows: Map, space: tuple[int, ...]) -> Name:
    """The elements that an indexing map reads, one for each iteration."""
    loops = [loop_of(row) for row in rows]
    if None not in loops and len(set(loops)) == len(loops):
        return lines.broadcast(x, loops, space)
    return gathered(lines, x, [_sum(lines, row, space) for row in rows], space)


def _sum(lines: Lines, row: Sequence[int], space: tuple[int, ...]) -> Name:
    type = TensorType(space, index)
    total = lines.constant(row[-1], type)
    for loop, coefficient in enumerate(row[:-1]):
        if coefficient:
            part = iota(lines, loop, space)
            if coefficient != 1:
                part = lines.same("multiply", part, lines.constant(coefficient, type))
            total = lines.same("add", total, part)
    return total


def gathered(lines: Lines, table: Name, indices: Sequence[Name], space: tuple[int, ...]) -> Name:
    """The element of a table at these indices, on each iteration. Outside of it StableHLO takes
    the one at the edge."""
    rank = len(space)
    if not indices:
        return lines.broadcast(table, [], space)
    columns = [lines.reshape(each, (*space, 1)) for each in indices]
    where = columns[0]
    if len(columns) > 1:
        type = TensorType((*space, len(columns)), index)
        where = lines.to("concatenate", columns, type, f", dim = {rank}")
    axes = list(range(len(indices)))
    type = TensorType(space, table.element)
    numbers = f"collapsed_slice_dims = {axes}, start_index_map = {axes}, index_vector_dim = {rank}"
    fields = f"dimension_numbers = #stablehlo.gather<{numbers}>"
    fields += f", slice_sizes = array<i64: {', '.join(['1'] * len(axes))}>"
    types = f"({type_text(table.type)}, {type_text(where.type)}) -> {type_text(type)}"
    return lines.add(f'"stablehlo.gather"({table}, {where}) <{{{fields}}}> : {types}', type)


def in_order(lines: Lines, name: Name, rows: Map, space: tuple[int, ...]) -> Name:
    """What every iteration gives, in the order of an output's dimensions."""
    order = [loop_of(row) for row in rows]
    if sorted(order, key=str) != sorted(range(len(space)), key=str):
        raise EmitError("linalg.generic with an output that is not one element for each iteration")
    return lines.transpose(name, order)  # type: ignore[arg-type]


# argmax -------------------------------------------------------------------------------------------


def is_argmax(op: Operation) -> bool:
    """Whether an operation is what Builder.argmax makes."""
    reducing = [at for at, kind in enumerate(op.attributes["iterator_types"]) if kind == REDUCTION]
    if len(op.operands) != 3 or len(op.results) != 2 or len(reducing) != 1:
        return False
    block = Block([value.type for value in op.operands])
    results = Builder(block).argmax(*block.args, axis=reducing[0])
    return _shape_of(op) == _shape_of(results[0].op)


def _shape_of(op: Operation) -> Any:
    """What an operation and its body are, whatever their values are called."""
    block = op.regions[0].only_block
    numbers: dict[Value, int] = {arg: at for at, arg in enumerate(block.args)}
    rows = []
    for each in block.operations:
        rows.append((each.name, [numbers.get(v, -1) for v in each.operands], each.attributes))
        numbers.update((result, len(numbers)) for result in each.results)
    return op.attributes, rows


def argmax(f: Function, op: Operation, body: _Body, axis: int) -> list[Name]:
    """The greatest and where it is, by one reduction of two tensors. Of several equal ones the
    first, in whatever order StableHLO combines; a NaN is greater than all."""
    lines, (value, most, at) = f.lines, body.block.args
    x = f.of(op.operands[0])
    element = op.results[1].type.element
    where = iota(lines, axis, body.space)
    if element != index:
        where = elementwise(lines, "arith.index_cast", [where], element, {})
    starts = [
        lines.constant(_least(x.element), TensorType((), x.element)),
        lines.constant(_greatest(element), TensorType((), element)),
    ]
    types = [result.type for result in op.results]
    found = lines.add_several(_reduce_both(op, x, where, starts, axis), types)
    space = types[0].shape
    last = _Body(f, body.block, space)  # once more the body, of what was found and what was there
    last.names = {value: found[0], most: f.of(op.operands[1]), at: f.of(op.operands[2])}
    here = found[1]
    if element != index:
        here = elementwise(lines, "arith.index_cast", [here], index, {})
    for each in body.block.operations:
        if each.name == "linalg.index":
            last.names[each.result] = here
    return [last.of(each) for each in last.yielded]


def _least(element: Any) -> Any:
    if isinstance(element, FloatType):
        return float("-inf")
    if isinstance(element, IntegerType) and (element.unsigned or element.width == 1):
        return 0
    return -(1 << (63 if isinstance(element, IndexType) else element.width - 1))


def _greatest(element: Any) -> int:
    return (1 << (63 if isinstance(element, IndexType) else element.width - 1)) - 1


def _reduce_both(op: Operation, x: Name, where: Name, starts: Sequence[Name], axis: int) -> str:
    """The text, whose body takes what is better of two: greater, or equal and further ahead."""
    inner = Lines(prefix="%of")
    one, two = starts[0].type, starts[1].type
    v, w = Name("%v", one), Name("%w", one)
    i, j = Name("%i", two), Name("%j", two)
    predicate = op.regions[0].only_block.operations
    word = next(each for each in predicate if each.name.startswith("arith.cmp"))
    greater = word.attributes["predicate"]

    def compare(name: str, predicate: str, left: Name, right: Name) -> Name:
        return elementwise(inner, name, [left, right], i1, {"predicate": predicate})

    kind = word.name
    better = compare(kind, greater, w, v)
    equal = compare(kind, "eq" if kind == "arith.cmpi" else "oeq", w, v)
    if kind == "arith.cmpf":
        better = inner.same("and", better, compare(kind, "oeq", v, v))
        both = [compare(kind, "une", each, each) for each in (v, w)]
        equal = inner.same("or", equal, inner.same("and", *both))
    ahead = inner.same("and", equal, compare("arith.cmpi", "slt", j, i))
    better = inner.same("or", better, ahead)
    chosen = [
        elementwise(inner, "arith.select", [better, b, a], a.element, {})
        for a, b in ((v, w), (i, j))
    ]
    texts = [type_text(each.type) for each in (x, where, *starts)]
    results = [type_text(result.type) for result in op.results]
    number, whole = texts[2:]
    lines = "".join(f"      {line}\n" for line in inner.lines)
    return (
        f"stablehlo.reduce({x} init: {starts[0]}), ({where} init: {starts[1]}) across dimensions"
        f" = [{axis}] : ({', '.join(texts)}) -> ({', '.join(results)})\n"
        f"    reducer(%v: {number}, %w: {number}) (%i: {whole}, %j: {whole}) {{\n{lines}"
        f"      stablehlo.return {chosen[0]}, {chosen[1]} : {number}, {whole}\n    }}"
    )

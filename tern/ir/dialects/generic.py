"""linalg.generic: any loops over tensors, with what one iteration computes in a region.

The block of the region takes one element of each operand, and yields one for each output. In it
stand operations on single numbers, linalg.index (the iteration's own index), and tensor.extract
from a tensor outside, whose subscripts may have been computed: so an embedding's table is read.
"""

from __future__ import annotations

from typing import Any

from tern.ir.core import Operation, Region, Value
from tern.ir.dialects.affine_maps import bare_map_text, is_map, parse_bare_map
from tern.ir.dialects.forms import check_counts, element_of, types_text
from tern.ir.dialects.func import operands_text
from tern.ir.dialects.generic_arrays import generic
from tern.ir.dialects.structures import PARALLEL, REDUCTION, Structure, loop_of, misfit
from tern.ir.registry import (
    CONTROL,
    DEFINITIONS,
    NOTHING,
    Definition,
    Evaluation,
    Parser,
    Printer,
    Text,
    register,
)
from tern.types import TensorType, index

# text -------------------------------------------------------------------------------------------


def operand_list_text(p: Printer, word: str, values: list[Value]) -> str:
    """` ins(%0, %1 : f32, f32)`, or nothing."""
    if not values:
        return ""
    names = ", ".join([p.values[value] for value in values])
    return f" {word}({names} : {types_text(p, values)})"


def print_generic(p: Printer, op: Operation) -> Text:
    structure = _structure(op)
    maps = ", ".join([bare_map_text(structure.loops, rows) for rows in structure.maps])
    iterators = ", ".join([f'"{word}"' for word in structure.iterators])
    inputs = len(op.operands) - len(op.results)
    results = types_text(p, op.results)
    if len(op.results) != 1:
        results = f"({results})"
    return [
        f"linalg.generic {{indexing_maps = [{maps}], iterator_types = [{iterators}]}}"
        f"{operand_list_text(p, 'ins', op.operands[:inputs])}"
        f"{operand_list_text(p, 'outs', op.operands[inputs:])} ",
        op.body,
        f" -> {results}",
    ]


def parse_generic(p: Parser, name: str) -> Operation:
    attributes: dict[str, Any] = {}
    p.expect("{")
    p.expect("indexing_maps")
    p.expect("=")
    counts, attributes["indexing_maps"] = _parse_maps(p)
    p.expect(",")
    p.expect("iterator_types")
    p.expect("=")
    start = p.at
    attributes["iterator_types"] = iterators = _parse_iterators(p)
    if any(count != len(iterators) for count in counts):
        p.fail(
            f"every map must have as many dimensions as there are iterators, {len(iterators)}",
            start,
        )
    p.expect("}")
    operands: list[Value] = []
    for word in ("ins", "outs"):
        if p.accept(word):
            p.expect("(")
            operands += p.typed_values()
            p.expect(")")
    region = Region()
    p.region(region)
    results = p.result_types() if p.accept("->") else []
    return Operation(name, operands, results, attributes, regions=[region])


def _parse_maps(p: Parser) -> tuple[list[int], tuple[Any, ...]]:
    p.expect("[")
    counts, maps = [], []
    while not p.accept("]"):
        if maps:
            p.expect(",")
        count, rows = parse_bare_map(p)
        counts.append(count)
        maps.append(rows)
    return counts, tuple(maps)


def _parse_iterators(p: Parser) -> tuple[str, ...]:
    p.expect("[")
    words = []
    while not p.accept("]"):
        if words:
            p.expect(",")
        words.append(p.next().strip('"'))
    return tuple(words)


# rules ------------------------------------------------------------------------------------------


def _structure(op: Operation) -> Structure:
    return Structure(op.attributes["indexing_maps"], op.attributes["iterator_types"])


def check_generic(op: Operation) -> str | None:
    count = len(op.results)
    if not count or len(op.operands) < count or op.successors or len(op.regions) != 1:
        return check_counts(op, max(count, len(op.operands), 1), max(count, 1), 0, 1)
    inputs, outputs = op.operands[:-count], op.operands[-count:]
    if [value.type for value in outputs] != [result.type for result in op.results]:
        return "linalg.generic gives the types of its outs"
    if not all(isinstance(value.type, TensorType) for value in outputs):
        return "the outs of linalg.generic are tensors"
    return _check_structure(op, len(inputs)) or _check_body(op)


def _check_structure(op: Operation, inputs: int) -> str | None:
    maps, iterators = op.attributes.get("indexing_maps"), op.attributes.get("iterator_types")
    if not isinstance(iterators, tuple) or not all(i in (PARALLEL, REDUCTION) for i in iterators):
        return "the iterators of linalg.generic are each parallel or reduction"
    if not isinstance(maps, tuple) or len(maps) != len(op.operands):
        return "linalg.generic needs an indexing map for each operand"
    if not all(is_map(rows, len(iterators)) for rows in maps):
        return "an indexing map of linalg.generic does not fit its iterators"
    shapes = [getattr(value.type, "shape", ()) for value in op.operands]
    for rows, shape, value in zip(maps, shapes, op.operands):
        if len(rows) != len(shape):
            return f"an indexing map of linalg.generic has {len(rows)} rows for {value.type}"
    parallel = [loop for loop, word in enumerate(iterators) if word == PARALLEL]
    for rows in maps[inputs:]:
        if sorted([-1 if (loop := loop_of(row)) is None else loop for row in rows]) != parallel:
            return "an output of linalg.generic has each parallel loop as a dimension, and no other"
    problem = misfit(Structure(maps, iterators), shapes)
    return f"linalg.generic: {problem}" if problem else None


def _check_body(op: Operation) -> str | None:
    if len(op.body.blocks) != 1:
        return f"the region of linalg.generic is one block, not {len(op.body.blocks)}"
    block = op.body.blocks[0]
    if [arg.type for arg in block.args] != [element_of(value.type) for value in op.operands]:
        return "the block of linalg.generic takes one element of each operand"
    if block.terminator is None or block.terminator.name != "linalg.yield":
        return "the region of linalg.generic must end in linalg.yield"
    for inner in block.operations[:-1]:
        if not can_stand_inside(inner):
            return f"{inner.name} cannot stand in linalg.generic"
    return None


def can_stand_inside(op: Operation) -> bool:
    """Whether an operation is about the single numbers that an iteration has."""
    if op.name in ("linalg.index", "tensor.extract"):
        return True
    definition = DEFINITIONS.get(op.name)
    evaluation = definition.evaluation if definition is not None else None
    tensors = any(isinstance(v.type, TensorType) for v in (*op.operands, *op.results))
    return (
        evaluation is not None
        and None not in (evaluation.scalar, evaluation.array)
        and (not tensors and len(op.results) == 1)
    )


def owner(op: Operation) -> Operation | None:
    """The operation in whose region this one stands."""
    region = op.parent.parent if op.parent is not None else None
    return region.parent if region is not None else None


# linalg.yield, linalg.index -----------------------------------------------------------------------


def print_yield(p: Printer, op: Operation) -> str:
    return "linalg.yield" + operands_text(p, op.operands)


def parse_yield(p: Parser, name: str) -> Operation:
    return Operation(name, p.typed_values())


def check_yield(op: Operation) -> str | None:
    if message := check_counts(op, len(op.operands), 0):
        return message
    outer = owner(op)
    if outer is None or outer.name != "linalg.generic":
        return "linalg.yield stands in linalg.generic"
    have = [value.type for value in op.operands]
    want = [element_of(result.type) for result in outer.results]
    if have != want:
        return f"linalg.generic needs a yield of {_words(want)}, not {_words(have)}"
    return None


def _words(types: list[Any]) -> str:
    return f"({', '.join(map(str, types))})"


def print_index(p: Printer, op: Operation) -> str:
    return f"linalg.index {op.attributes['dim']} : index"


def parse_index(p: Parser, name: str) -> Operation:
    number = p.integer()
    p.expect(":")
    p.type()
    return Operation(name, (), (index,), {"dim": number})


def check_index(op: Operation) -> str | None:
    if message := check_counts(op, 0, 1):
        return message
    outer, number = owner(op), op.attributes.get("dim")
    if outer is None or outer.name != "linalg.generic":
        return "linalg.index stands in linalg.generic"
    loops = outer.attributes.get("iterator_types")
    if op.results[0].type != index or not isinstance(number, int) or isinstance(number, bool):
        return "linalg.index names a loop, and gives an index"
    if not isinstance(loops, tuple) or not 0 <= number < len(loops):
        return f"there is no loop {number} for linalg.index"
    return None


register(
    Definition(
        "linalg.generic",
        print_generic,
        parse_generic,
        check_generic,
        Evaluation(array=generic),
        NOTHING,
        fails="sizes",
    ),
    Definition(
        "linalg.yield", print_yield, parse_yield, check_yield, None, CONTROL, terminator=True
    ),
    Definition("linalg.index", print_index, parse_index, check_index, None, NOTHING),
)

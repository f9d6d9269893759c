"""linalg's named operations on tensors: `name ins(…) outs(…)`, each of the type of its `outs`."""

from __future__ import annotations

from typing import Any

from tern.ir.core import Operation, Region, Value
from tern.ir.dialects import shapes
from tern.ir.dialects.forms import (
    check_counts,
    int_list_text,
    is_int_tuple,
    types_text,
    unsigned_read_as_signed,
)
from tern.ir.dialects.structures import misfit, structure_of
from tern.ir.dialects.tensor import operation, values_text
from tern.ir.registry import Parser, Printer
from tern.types import FloatType, IntegerType, TensorType, Type

# text -------------------------------------------------------------------------------------------


def ins_outs_text(p: Printer, op: Operation) -> str:
    *ins, out = op.operands
    return (
        f"ins({values_text(p, ins)} : {types_text(p, ins)}) "
        f"outs({p.values[out]} : {p.types[out.type]})"
    )


def parse_ins_outs(p: Parser) -> tuple[list[Value], Type]:
    """The operands, and the type written for `outs`."""
    p.expect("ins")
    p.expect("(")
    operands = p.typed_values()
    p.expect(")")
    p.expect("outs")
    p.expect("(")
    operands.append(p.value())
    p.expect(":")
    type = p.type()
    p.expect(")")
    return operands, type


def print_named(p: Printer, op: Operation) -> str:
    """linalg.fill, linalg.matmul and linalg.batch_matmul."""
    return f"{op.name} {ins_outs_text(p, op)} -> {p.types[op.results[0].type]}"


def parse_named(p: Parser, name: str) -> Operation:
    operands, _ = parse_ins_outs(p)
    p.expect("->")
    return Operation(name, operands, (p.type(),))


def print_with_axes(p: Printer, op: Operation) -> str:
    """linalg.transpose, linalg.broadcast and linalg.reduce."""
    combiner = f"{{ {op.attributes['combiner']} }} " if op.name == "linalg.reduce" else ""
    word = "permutation" if op.name == "linalg.transpose" else "dimensions"
    axes = int_list_text(op.attributes[word])
    return f"{op.name} {combiner}{ins_outs_text(p, op)} {word} = {axes}"


def parse_with_axes(p: Parser, name: str) -> Operation:
    attributes: dict[str, Any] = {}
    short = name == "linalg.reduce" and p.accept("{")
    if short:
        attributes["combiner"] = p.next()
        p.attributes()  # of MLIR's own: flags
        p.expect("}")
    operands, type = parse_ins_outs(p)
    word = "permutation" if name == "linalg.transpose" else "dimensions"
    p.expect(word)
    p.expect("=")
    axes = p.int_lists()
    if name == "linalg.reduce" and not short:
        attributes["combiner"] = _parse_combiner(p)
    attributes[word] = axes
    return Operation(name, operands, (type,), attributes)


def _parse_combiner(p: Parser) -> str:
    """`(%in: f32, %init: f32) { … }`: the body of a reduction, which is one operation."""
    start = p.at
    p.expect("(")
    names: list[str | None] = []
    types: list[Type] = []
    while not p.accept(")"):
        if names:
            p.expect(",")
        names.append(p.new_name())
        p.expect(":")
        types.append(p.type())
        p.location()
    region = Region()
    region.add_block(types)
    p.region(region, entry_names=names)
    found = combiner_of(region)
    if found is None:
        p.fail(NOT_ONE, start)
    return found


NOT_ONE = "the body of linalg.reduce is no single operation that combines two numbers"


def combiner_of(region: Region) -> str | None:
    """The operation that the body of a reduction is; None if it is more, or another."""
    blocks = region.blocks
    if len(blocks) == 1 and len(blocks[0].args) == 2 and len(blocks[0].operations) == 2:
        value, total = blocks[0].args
        first, last = blocks[0].operations
        both = first.operands in ([total, value], [value, total])
        if both and last.operands == list(first.results) and first.name in COMBINERS:
            return first.name
    return None


# products ---------------------------------------------------------------------------------------


def check_product(op: Operation, ranks: tuple[int, int, int]) -> str | None:
    """A sum of products: the ranks of the two inputs and of the output, sizes, element types.

    The inputs may be of a narrower type than the output, to which they are then extended.
    """
    if message := check_counts(op, 3, 1):
        return message
    types: list[Any] = [operand.type for operand in op.operands]
    if types[2] != op.results[0].type:
        return f"{op.name} into {types[2]} cannot give {op.results[0].type}"
    words = ", ".join(map(str, types))
    if any(not isinstance(t, TensorType) or t.rank != r for t, r in zip(types, ranks)):
        return f"{op.name} does not fit {words}"
    for type in types[:2]:
        if message := check_extension(op.name, type.element, types[2].element):
            return message
    problem = misfit(structure_of(op), [type.shape for type in types])
    return f"{op.name} does not fit {words}: {problem}" if problem else None


def check_extension(name: str, element: Type, wide: Type, unsigned: bool = False) -> str | None:
    """Whether a named operation can take an input of the element type `element` as one of `wide`.

    MLIR extends integers as signed ones, unless the operation's name says unsigned.
    """
    if not isinstance(wide, (FloatType, IntegerType)):
        return f"{name} is for integers and floating-point numbers, not for {wide}"
    if element == wide:
        return None
    if type(element) is not type(wide) or element.width >= wide.width:  # type: ignore[union-attr]
        return f"{name} cannot take {element} as {wide}"
    return None if unsigned else unsigned_read_as_signed(name, element)


def check_matmul(op: Operation) -> str | None:
    return check_product(op, (2, 2, 2))


def check_batch_matmul(op: Operation) -> str | None:
    return check_product(op, (3, 3, 3))


# the others -------------------------------------------------------------------------------------


def check_fill(op: Operation) -> str | None:
    if message := check_counts(op, 2, 1):
        return message
    value, out, result = op.operands[0].type, op.operands[1].type, op.results[0].type
    if out != result or not isinstance(out, TensorType):
        return f"linalg.fill into {out} cannot give {result}"
    return None if value == out.element else f"linalg.fill of {value} into {out}"


def check_with_axes(op: Operation) -> str | None:
    if message := check_counts(op, 2, 1):
        return message
    before, after = op.operands[0].type, op.operands[1].type
    if after != op.results[0].type:
        return f"{op.name} into {after} cannot give {op.results[0].type}"
    axes = op.attributes.get("permutation" if op.name == "linalg.transpose" else "dimensions")
    fits = isinstance(before, TensorType) and isinstance(after, TensorType)
    if not fits or before.element != after.element or not is_int_tuple(axes):
        return f"{op.name} does not fit {before}, {after}"
    if not axes_fit(op.name, axes, before.shape, after.shape):
        return f"{op.name} along {int_list_text(axes)} does not fit {before}, {after}"
    combiner = op.attributes.get("combiner")
    if op.name == "linalg.reduce" and combiner not in COMBINERS:
        return f"{combiner!r} cannot combine in linalg.reduce: one of {sorted(COMBINERS)}"
    return None


COMBINERS = frozenset(shapes.UFUNCS)


def axes_fit(name: str, axes: tuple[int, ...], before: Any, after: Any) -> bool:
    if name == "linalg.transpose":
        in_order = sorted(axes) == list(range(len(before)))
        return in_order and same_sizes([before[axis] for axis in axes], after)
    few, many = (before, after) if name == "linalg.broadcast" else (after, before)
    distinct = len(set(axes)) == len(axes) and all(0 <= axis < len(many) for axis in axes)
    kept = [size for axis, size in enumerate(many) if axis not in axes]
    return distinct and same_sizes(kept, few)


def same_sizes(left: Any, right: Any) -> bool:
    """Whether sizes are equal: here MLIR wants both known, or neither."""
    known = [[size if isinstance(size, int) else None for size in shape] for shape in (left, right)]
    return known[0] == known[1]


operation("linalg.fill", print_named, parse_named, check_fill, shapes.fill)
operation("linalg.matmul", print_named, parse_named, check_matmul, shapes.matmul, "sizes")
operation(
    "linalg.batch_matmul", print_named, parse_named, check_batch_matmul, shapes.matmul, "sizes"
)
for _name, _compute in (
    ("linalg.transpose", shapes.transpose),
    ("linalg.broadcast", shapes.broadcast),
    ("linalg.reduce", shapes.reduce),
):
    operation(_name, print_with_axes, parse_with_axes, check_with_axes, _compute, "sizes")

"""tensor: whole arrays, and what only says how they are looked at. Slices are in slices.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tern.ir.core import Operation, Value
from tern.ir.dialects import shapes
from tern.ir.dialects.forms import (
    check_counts,
    int_list_text,
    is_int_tuple,
    parse_cast,
    print_cast,
)
from tern.ir.registry import (
    NOTHING,
    Definition,
    Evaluation,
    Parser,
    Printer,
    Text,
    register,
)
from tern.types import TensorType, Type, index


def unknown_sizes(type: TensorType) -> int:
    return sum(not isinstance(size, int) for size in type.shape)


def compatible(left: Type, right: Type) -> bool:
    """Tensor types of one element type and rank whose known sizes do not contradict."""
    return (
        isinstance(left, TensorType)
        and isinstance(right, TensorType)
        and left.element == right.element
        and len(left.shape) == len(right.shape)
        and all(same_size(a, b) for a, b in zip(left.shape, right.shape))
    )


def same_size(a: object, b: object) -> bool:
    return not isinstance(a, int) or not isinstance(b, int) or a == b


def check_sizes(op: Operation, sizes: list[Value]) -> str | None:
    """`sizes` must be one index for each unknown dimension of the result."""
    type = op.results[0].type
    if not isinstance(type, TensorType):
        return f"{op.name} gives a tensor, not {type}"
    if len(sizes) != unknown_sizes(type) or any(s.type != index for s in sizes):
        return f"{op.name} needs {unknown_sizes(type)} sizes of type index for {type}"
    return None


def values_text(p: Printer, values: list[Value]) -> str:
    return ", ".join([p.values[value] for value in values])


# tensor ---------------------------------------------------------------------------------------


def print_empty(p: Printer, op: Operation) -> str:
    return f"tensor.empty({values_text(p, op.operands)}) : {p.types[op.results[0].type]}"


def parse_empty(p: Parser, name: str) -> Operation:
    p.expect("(")
    sizes = p.values_until(")")
    p.expect(":")
    return Operation(name, sizes, (p.type(),))


def check_empty(op: Operation) -> str | None:
    return check_counts(op, len(op.operands), 1) or check_sizes(op, op.operands)


def print_dim(p: Printer, op: Operation) -> str:
    tensor, axis = op.operands
    return f"tensor.dim {p.values[tensor]}, {p.values[axis]} : {p.types[tensor.type]}"


def parse_dim(p: Parser, name: str) -> Operation:
    tensor = p.value()
    p.expect(",")
    axis = p.value()
    p.expect(":")
    p.type()
    return Operation(name, (tensor, axis), (index,))


def check_dim(op: Operation) -> str | None:
    if message := check_counts(op, 2, 1):
        return message
    tensor, axis = op.operands
    fits = isinstance(tensor.type, TensorType) and axis.type == index
    return (
        None
        if fits and op.results[0].type == index
        else (f"tensor.dim of {tensor.type} along {axis.type} cannot give {op.results[0].type}")
    )


def print_extract(p: Printer, op: Operation) -> str:
    tensor, *indices = op.operands
    where = f"{p.values[tensor]}[{values_text(p, indices)}]"
    return f"tensor.extract {where} : {p.types[tensor.type]}"


def parse_extract(p: Parser, name: str) -> Operation:
    tensor = p.value()
    p.expect("[")
    indices = p.values_until("]")
    p.expect(":")
    start = p.at
    type = p.type()
    if not isinstance(type, TensorType):
        p.fail(f"tensor.extract takes from a tensor, not from {type}", start)
    return Operation(name, (tensor, *indices), (type.element,))


def check_extract(op: Operation) -> str | None:
    if not op.operands or len(op.results) != 1 or op.successors or op.regions:
        return check_counts(op, max(1, len(op.operands)), 1)
    tensor, *indices = [operand.type for operand in op.operands]
    if not isinstance(tensor, TensorType) or indices != [index] * len(tensor.shape):
        return f"tensor.extract needs one index for each dimension of {tensor}"
    result = op.results[0].type
    return None if result == tensor.element else f"{tensor} has no elements of type {result}"


def print_splat(p: Printer, op: Operation) -> str:
    value, *sizes = op.operands
    brackets = f"[{values_text(p, sizes)}]" if sizes else ""
    return f"tensor.splat {p.values[value]}{brackets} : {p.types[op.results[0].type]}"


def parse_splat(p: Parser, name: str) -> Operation:
    value = p.value()
    sizes = p.values_until("]") if p.accept("[") else []
    p.expect(":")
    return Operation(name, (value, *sizes), (p.type(),))


def check_splat(op: Operation) -> str | None:
    if not op.operands:
        return "tensor.splat needs a value"
    if message := check_counts(op, len(op.operands), 1) or check_sizes(op, op.operands[1:]):
        return message
    value, type = op.operands[0].type, op.results[0].type
    return None if value == type.element else f"tensor.splat of {value} cannot give {type}"


def check_cast(op: Operation) -> str | None:
    if message := check_counts(op, 1, 1):
        return message
    before, after = op.operands[0].type, op.results[0].type
    return None if compatible(before, after) else f"tensor.cast cannot make {after} of {before}"


def print_expand(p: Printer, op: Operation) -> str:
    tensor, *sizes = op.operands
    type = op.results[0].type
    names = iter([p.values[size] for size in sizes])
    shape = ", ".join([str(s) if isinstance(s, int) else next(names) for s in type.shape])
    return (
        f"tensor.expand_shape {p.values[tensor]} "
        f"{int_list_text(op.attributes['reassociation'])} output_shape [{shape}]"
        f" : {p.types[tensor.type]} into {p.types[type]}"
    )


def parse_expand(p: Parser, name: str) -> Operation:
    tensor = p.value()
    attributes = {"reassociation": p.int_lists()}
    p.expect("output_shape")
    p.expect("[")
    sizes = []
    first = True
    while not p.accept("]"):
        if not first:
            p.expect(",")
        first = False
        if p.peek().startswith("%"):
            sizes.append(p.value())
        else:
            p.integer()  # the type says the known sizes again
    p.expect(":")
    p.type()
    p.expect("into")
    return Operation(name, (tensor, *sizes), (p.type(),), attributes)


def print_collapse(p: Printer, op: Operation) -> str:
    tensor = op.operands[0]
    return (
        f"tensor.collapse_shape {p.values[tensor]} "
        f"{int_list_text(op.attributes['reassociation'])}"
        f" : {p.types[tensor.type]} into {p.types[op.results[0].type]}"
    )


def parse_collapse(p: Parser, name: str) -> Operation:
    tensor = p.value()
    attributes = {"reassociation": p.int_lists()}
    p.expect(":")
    p.type()
    p.expect("into")
    return Operation(name, (tensor,), (p.type(),), attributes)


def check_reshape(op: Operation) -> str | None:
    """expand_shape and collapse_shape: each group's sizes must multiply to the one size."""
    if not op.operands or len(op.results) != 1:
        return check_counts(op, max(1, len(op.operands)), 1)
    tensor, *sizes = op.operands
    before, after = tensor.type, op.results[0].type
    if not isinstance(before, TensorType) or not isinstance(after, TensorType):
        return f"{op.name} is for tensors, not for {before} and {after}"
    if op.name == "tensor.expand_shape":
        few, many = before.shape, after.shape
        if message := check_sizes(op, sizes):
            return message
    else:
        few, many = after.shape, before.shape
        if sizes:
            return check_counts(op, 1, 1)
    groups = op.attributes.get("reassociation")
    if not isinstance(groups, tuple) or not all(map(is_int_tuple, groups)):
        return f"{op.name} needs a reassociation, such as [[0, 1], [2]]"
    flat = [axis for group in groups for axis in group]
    fits = before.element == after.element
    if not few:
        fits = fits and not groups and all(same_size(size, 1) for size in many)
    else:
        fits = (
            fits
            and len(groups) == len(few)
            and flat == list(range(len(many)))
            and all(
                group_fits(size, [many[axis] for axis in group]) for size, group in zip(few, groups)
            )
        )
    if not fits:
        return f"{op.name} {int_list_text(groups)} cannot make {after} of {before}"
    return None


def group_fits(size: object, parts: list[object]) -> bool:
    product = 1
    for part in parts:
        if not isinstance(part, int):
            return not isinstance(size, int)
        product *= part
    return bool(parts) and size == product


def operation(
    name: str,
    print: Callable[[Printer, Operation], Text],
    parse: Callable[[Parser, str], Operation],
    check: Callable[[Operation], str | None],
    compute: Callable[[Operation], Callable[..., Any]],
    fails: str = "",
) -> None:
    register(Definition(name, print, parse, check, Evaluation(array=compute), NOTHING, fails))


operation("tensor.empty", print_empty, parse_empty, check_empty, shapes.empty, "sizes")
operation("tensor.dim", print_dim, parse_dim, check_dim, shapes.dim, "bounds")
operation("tensor.extract", print_extract, parse_extract, check_extract, shapes.extract, "bounds")
operation("tensor.splat", print_splat, parse_splat, check_splat, shapes.splat, "sizes")
operation("tensor.cast", print_cast, parse_cast, check_cast, shapes.cast, "sizes")
operation("tensor.expand_shape", print_expand, parse_expand, check_reshape, shapes.expand, "sizes")
operation(
    "tensor.collapse_shape", print_collapse, parse_collapse, check_reshape, shapes.collapse, "sizes"
)

"""tensor and linalg: operations on whole arrays."""

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
    types_text,
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


# linalg: `name ins(…) outs(…)`, always on tensors, so each gives the type of its `outs`
# ----------------------------------------------------------------------------------------------


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
    """linalg.fill and linalg.matmul."""
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
    if name == "linalg.reduce":
        p.expect("{")
        attributes["combiner"] = p.next()
        p.expect("}")
    operands, type = parse_ins_outs(p)
    word = "permutation" if name == "linalg.transpose" else "dimensions"
    p.expect(word)
    p.expect("=")
    attributes[word] = p.int_lists()
    return Operation(name, operands, (type,), attributes)


def both_shapes(op: Operation) -> tuple[tuple[Any, ...], tuple[Any, ...]] | None:
    """The shapes of the two operands if both are tensors of one element type."""
    before, after = op.operands[0].type, op.operands[1].type
    if not isinstance(before, TensorType) or not isinstance(after, TensorType):
        return None
    return (before.shape, after.shape) if before.element == after.element else None


def check_linalg(op: Operation) -> str | None:
    if message := check_counts(op, 3 if op.name == "linalg.matmul" else 2, 1):
        return message
    out, result = op.operands[-1].type, op.results[0].type
    if out != result or not isinstance(out, TensorType):
        return f"{op.name} into {out} cannot give {result}"
    if op.name == "linalg.fill":
        value = op.operands[0].type
        return None if value == out.element else f"linalg.fill of {value} into {out}"
    types = ", ".join(str(operand.type) for operand in op.operands)
    if op.name == "linalg.matmul":
        return None if matmul_fits(op) else f"linalg.matmul does not fit {types}"
    both = both_shapes(op)
    axes = op.attributes.get("permutation" if op.name == "linalg.transpose" else "dimensions")
    if both is None or not is_int_tuple(axes):
        return f"{op.name} does not fit {types}"
    before, after = both
    if op.name == "linalg.transpose":
        fits = sorted(axes) == list(range(len(before))) and same_sizes(
            [before[axis] for axis in axes], after
        )
    elif op.name == "linalg.broadcast":
        fits = axes_fit(axes, after) and same_sizes(without(after, axes), before)
    else:
        fits = axes_fit(axes, before) and same_sizes(without(before, axes), after)
        combiner = op.attributes.get("combiner")
        if combiner not in COMBINERS:
            return f"{combiner!r} cannot combine in linalg.reduce: one of {sorted(COMBINERS)}"
    return None if fits else f"{op.name} along {int_list_text(axes)} does not fit {types}"


COMBINERS = frozenset(shapes.UFUNCS)


def matmul_fits(op: Operation) -> bool:
    types = [operand.type for operand in op.operands]
    if not all(isinstance(t, TensorType) and len(t.shape) == 2 for t in types):
        return False
    (n, k), (k2, m), out = [t.shape for t in types]
    elements = {t.element for t in types}
    return len(elements) == 1 and same_size(k, k2) and same_sizes((n, m), out)


def same_sizes(left: Any, right: Any) -> bool:
    return len(left) == len(right) and all(map(same_size, left, right))


def axes_fit(axes: tuple[int, ...], shape: tuple[Any, ...]) -> bool:
    return len(set(axes)) == len(axes) and all(0 <= axis < len(shape) for axis in axes)


def without(shape: tuple[Any, ...], axes: tuple[int, ...]) -> list[Any]:
    return [size for axis, size in enumerate(shape) if axis not in axes]


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
operation("linalg.fill", print_named, parse_named, check_linalg, shapes.fill)
operation("linalg.matmul", print_named, parse_named, check_linalg, shapes.matmul, "sizes")
operation(
    "linalg.transpose", print_with_axes, parse_with_axes, check_linalg, shapes.transpose, "sizes"
)
operation(
    "linalg.broadcast", print_with_axes, parse_with_axes, check_linalg, shapes.broadcast, "sizes"
)
operation("linalg.reduce", print_with_axes, parse_with_axes, check_linalg, shapes.reduce, "sizes")

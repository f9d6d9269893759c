"""tensor.extract_slice and insert_slice: parts of tensors.

Offsets, sizes, and strides are each a number or a value of type index. The attributes have the
numbers, and DYNAMIC where it is a value; the operands have the values.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tern.ir.core import Operation, Value
from tern.ir.dialects import slice_arrays
from tern.ir.dialects.forms import check_counts
from tern.ir.dialects.tensor import operation
from tern.ir.registry import Parser, Printer
from tern.types import TensorType, index

DYNAMIC = slice_arrays.DYNAMIC

Entry = int | Value


def entries(numbers: Sequence[Any], values: Sequence[Value]) -> list[Entry]:
    """The numbers of an attribute, and in the places of DYNAMIC the values, in order."""
    given = iter(values)
    return [next(given) if number == DYNAMIC else number for number in numbers]


def split(mixed: Sequence[Entry]) -> tuple[tuple[Any, ...], list[Value]]:
    """Of numbers and values the attribute and the operands: the reverse of `entries`."""
    numbers = tuple(entry if isinstance(entry, int) else DYNAMIC for entry in mixed)
    return numbers, [entry for entry in mixed if not isinstance(entry, int)]


def dynamic(numbers: object) -> int:
    """How many values belong to an attribute."""
    return numbers.count(DYNAMIC) if isinstance(numbers, tuple) else 0


def are_entries(numbers: object, rank: int, least: int) -> bool:
    return (
        isinstance(numbers, tuple)
        and len(numbers) == rank
        and all(
            number == DYNAMIC
            or (isinstance(number, int) and not isinstance(number, bool) and number >= least)
            for number in numbers
        )
    )


def entries_text(p: Printer, mixed: Sequence[Entry]) -> str:
    texts = [str(entry) if isinstance(entry, int) else p.values[entry] for entry in mixed]
    return f"[{', '.join(texts)}]"


def parse_entries(p: Parser) -> tuple[tuple[Any, ...], list[Value]]:
    p.expect("[")
    mixed: list[Entry] = []
    first = True
    while not p.accept("]"):
        if not first:
            p.expect(",")
        first = False
        mixed.append(p.value() if p.peek().startswith("%") else p.integer())
    return split(mixed)


# extract_slice, insert_slice ----------------------------------------------------------------------

_LISTS = ("static_offsets", "static_sizes", "static_strides")


def slice_lists(op: Operation) -> list[list[Entry]]:
    """The offsets, sizes and strides of an extract_slice or insert_slice."""
    at = 1 if op.name == "tensor.extract_slice" else 2
    lists = []
    for key in _LISTS:
        numbers = op.attributes[key]
        lists.append(entries(numbers, op.operands[at : at + dynamic(numbers)]))
        at += dynamic(numbers)
    return lists


def slice_text(p: Printer, op: Operation) -> str:
    return " ".join(entries_text(p, mixed) for mixed in slice_lists(op))


def parse_slice(p: Parser) -> tuple[dict[str, Any], list[Value]]:
    attributes, values = {}, []
    for key in _LISTS:
        attributes[key], given = parse_entries(p)
        values += given
    return attributes, values


def print_extract_slice(p: Printer, op: Operation) -> str:
    tensor = op.operands[0]
    return (
        f"tensor.extract_slice {p.values[tensor]}{slice_text(p, op)}"
        f" : {p.types[tensor.type]} to {p.types[op.results[0].type]}"
    )


def parse_extract_slice(p: Parser, name: str) -> Operation:
    tensor = p.value()
    attributes, values = parse_slice(p)
    p.expect(":")
    p.type()
    p.expect("to")
    return Operation(name, [tensor, *values], (p.type(),), attributes)


def print_insert_slice(p: Printer, op: Operation) -> str:
    part, whole = op.operands[:2]
    return (
        f"tensor.insert_slice {p.values[part]} into {p.values[whole]}{slice_text(p, op)}"
        f" : {p.types[part.type]} into {p.types[whole.type]}"
    )


def parse_insert_slice(p: Parser, name: str) -> Operation:
    part = p.value()
    p.expect("into")
    whole = p.value()
    attributes, values = parse_slice(p)
    p.expect(":")
    p.type()
    p.expect("into")
    return Operation(name, [part, whole, *values], (p.type(),), attributes)


def check_slice(op: Operation) -> str | None:
    first = 1 if op.name == "tensor.extract_slice" else 2
    count = first + sum(dynamic(op.attributes.get(key)) for key in _LISTS)
    if message := check_counts(op, count, 1):
        return message
    whole, part = op.operands[first - 1].type, op.results[0].type
    if first == 2:
        if whole != part:
            return f"{op.name} into {whole} cannot give {part}"
        part = op.operands[0].type
    if not isinstance(whole, TensorType) or not isinstance(part, TensorType):
        return f"{op.name} is for tensors, not for {whole} and {part}"
    if any(value.type != index for value in op.operands[first:]):
        return f"{op.name} takes offsets, sizes and strides of type index"
    for key, least in zip(_LISTS, (0, 0, 1)):
        if not are_entries(op.attributes.get(key), whole.rank, least):
            return f"{op.name} needs {key} of {least} or more, one for each dimension of {whole}"
    sizes = op.attributes["static_sizes"]
    if part.element != whole.element or slice_arrays.dropped_axes(sizes, part.shape) is None:
        return f"{op.name} of {whole} in the sizes {list(sizes)} does not fit {part}"
    if not all(map(_in_bounds, whole.shape, *[op.attributes[key] for key in _LISTS])):
        return f"{op.name} goes beyond the end of {whole}"
    return None


def _in_bounds(whole: Any, offset: Any, size: Any, stride: Any) -> bool:
    """Whether a slice stays inside of a dimension, as far as all that is known."""
    if not isinstance(whole, int) or not isinstance(offset, int):
        return True
    if offset >= whole:
        return False
    known = isinstance(size, int) and isinstance(stride, int)
    return not known or offset + (size - 1) * stride < whole


operation(
    "tensor.extract_slice",
    print_extract_slice,
    parse_extract_slice,
    check_slice,
    slice_arrays.extract_slice,
    "bounds",
)
operation(
    "tensor.insert_slice",
    print_insert_slice,
    parse_insert_slice,
    check_slice,
    slice_arrays.insert_slice,
    "bounds",
)

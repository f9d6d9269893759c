"""Lines of StableHLO: one operation each, and the names and types of what they give."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from tern.ir.dialects.dense import Dense, array_of
from tern.numbers import float_bits, width_of
from tern.targets.errors import EmitError
from tern.types import FloatType, IndexType, IntegerType, ScalarType, TensorType, i1, own_spelling


def element_text(element: ScalarType) -> str:
    """An element type: unsigned integers are `ui8`, and an index is as wide as an address."""
    if isinstance(element, IndexType):
        return "i64"
    if isinstance(element, IntegerType) and element.unsigned:
        return f"ui{element.width}"
    return str(element)


def type_text(type: Any) -> str:
    """tern's type as a tensor's; of a number, as that of a tensor of rank 0. EmitError if a size is
    not a number."""
    shape, element = (type.shape, type.element) if isinstance(type, TensorType) else ((), type)
    if not isinstance(element, (IntegerType, FloatType, IndexType)):
        raise EmitError(f"the type {own_spelling(type)} has no form in StableHLO")
    for size in shape:
        if not isinstance(size, int):
            named = f"`{size}`" if isinstance(size, str) else "a size"
            raise EmitError(
                f"{named} of {own_spelling(type)} is not known, and XLA compiles for numbers"
            )
    return f"tensor<{''.join(f'{size}x' for size in shape)}{element_text(element)}>"


def number_text(value: Any, element: ScalarType) -> str:
    """A number, or nested tuples of them, as `dense<…>` has it: a float as the bits that it has."""
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(number_text(each, element) for each in value)}]"
    if isinstance(element, FloatType):
        return f"0x{float_bits(value, element):0{element.width // 4}X}"
    if element == i1:
        return "true" if value else "false"
    return str(value & 2 ** width_of(element) - 1 if getattr(element, "unsigned", 0) else value)


@dataclass(frozen=True)
class Name:
    """A value of StableHLO's: its name, `%0`, and its type, a tensor's."""

    text: str
    type: TensorType

    @property
    def shape(self) -> tuple[Any, ...]:
        return self.type.shape

    @property
    def element(self) -> ScalarType:
        return self.type.element

    def __str__(self) -> str:
        return self.text


class Lines:
    """The operations of one function, in order."""

    def __init__(self, taken: Iterable[str] = (), prefix: str = "%") -> None:
        self.lines: list[str] = []
        self.prefix = prefix
        self.taken = set(taken)
        self._numbers: Iterator[int] = count()
        self.wish = ""
        """What the next result should be called, if that is not taken."""

    def add(self, text: str, type: TensorType) -> Name:
        """A result of the operation of this text, in which its type stands already."""
        (name,) = self.add_several(text, [type])
        return name

    def add_several(self, text: str, types: Sequence[TensorType]) -> list[Name]:
        stem, self.wish = self.wish, ""
        while not stem or stem in self.taken:
            stem = f"{self.prefix}{next(self._numbers)}"
        self.taken.add(stem)
        several = f":{len(types)}" if len(types) > 1 else ""
        self.lines.append(f"{stem}{several} = {text}")
        if not several:
            return [Name(stem, types[0])]
        return [Name(f"{stem}#{at}", type) for at, type in enumerate(types)]

    # what most operations are made of ---------------------------------------------------------

    def constant(self, value: Any, type: TensorType) -> Name:
        if isinstance(value, Dense) and type.element != i1:
            text = f'"0x{value.data.hex().upper()}"'
        else:
            value = array_of(value, type).tolist() if isinstance(value, Dense) else value
            text = number_text(value, type.element) if value != () else ""
        return self.add(f"stablehlo.constant dense<{text}> : {type_text(type)}", type)

    def same(self, name: str, *operands: Name) -> Name:
        """An operation whose operands and result have one type."""
        type = operands[0].type
        texts = ", ".join(map(str, operands))
        return self.add(f"stablehlo.{name} {texts} : {type_text(type)}", type)

    def to(self, name: str, operands: Sequence[Name], type: TensorType, more: str = "") -> Name:
        """An operation that is written with the types of its operands and its result."""
        texts = ", ".join(map(str, operands))
        arrow = f"({', '.join(type_text(each.type) for each in operands)}) -> {type_text(type)}"
        return self.add(f"stablehlo.{name} {texts}{more} : {arrow}", type)

    def with_element(self, name: str, operand: Name, element: ScalarType) -> Name:
        """`convert` or `bitcast_convert`; nothing where the type is that already."""
        type = TensorType(operand.shape, element)
        if element_text(element) == element_text(operand.element):
            return Name(operand.text, type)
        return self.to(name, [operand], type)

    def broadcast(self, operand: Name, dims: Iterable[int], shape: Sequence[int]) -> Name:
        """Dimension i becomes dimension `dims[i]`; nothing where nothing changes."""
        dims, shape = list(dims), tuple(shape)
        if shape == operand.shape and dims == sorted(dims):
            return operand
        type = TensorType(shape, operand.element)
        return self.to("broadcast_in_dim", [operand], type, f", dims = {dims}")

    def reshape(self, operand: Name, shape: Sequence[int]) -> Name:
        if tuple(shape) == operand.shape:
            return operand
        return self.to("reshape", [operand], TensorType(tuple(shape), operand.element))

    def transpose(self, operand: Name, permutation: Sequence[int]) -> Name:
        if list(permutation) == sorted(permutation):
            return operand
        shape = tuple(operand.shape[axis] for axis in permutation)
        type = TensorType(shape, operand.element)
        return self.to("transpose", [operand], type, f", dims = {list(permutation)}")

    def reduce(self, name: str, operand: Name, initial: Name, dims: Sequence[int]) -> Name:
        """Combined along `dims` by the operation of this name, of StableHLO."""
        kept = tuple(size for axis, size in enumerate(operand.shape) if axis not in dims)
        type = TensorType(kept, operand.element)
        types = f"({type_text(operand.type)}, {type_text(initial.type)}) -> {type_text(type)}"
        text = f"stablehlo.reduce({operand} init: {initial}) applies stablehlo.{name}"
        return self.add(f"{text} across dimensions = {list(dims)} : {types}", type)

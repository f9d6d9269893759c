"""tern's own spelling of types, and the arithmetic of shapes."""

from __future__ import annotations

from tern.types import (
    Dimension,
    FloatType,
    IndexType,
    IntegerType,
    ScalarType,
    TensorType,
    Type,
    bf16,
    f16,
    f32,
    f64,
    i1,
    i8,
    i32,
    i64,
    index,
    u8,
)

ELEMENTS: dict[str, ScalarType] = {
    "bool": i1, "i8": i8, "u8": u8, "i32": i32, "i64": i64, "index": index,
    "f16": f16, "bf16": bf16, "f32": f32, "f64": f64,
}  # fmt: skip
"""The element types that a program can name."""

_SPELLINGS = {element: name for name, element in ELEMENTS.items()}


def spell(type_: Type) -> str:
    """A type as a program writes it: `f32[n, 4]`, `bool`."""
    if isinstance(type_, TensorType):
        sizes = ", ".join("?" if size is None else str(size) for size in type_.shape)
        return f"{spell(type_.element)}[{sizes}]"
    return _SPELLINGS.get(type_) or str(type_)


def element_of(type_: ScalarType | TensorType) -> ScalarType:
    """The type of a tensor's elements; a scalar's is itself."""
    return type_.element if isinstance(type_, TensorType) else type_


def shape_of(type_: ScalarType | TensorType) -> tuple[Dimension, ...]:
    """A tensor's shape; a scalar's is `()`."""
    return type_.shape if isinstance(type_, TensorType) else ()


def shaped(shape: tuple[Dimension, ...], element: ScalarType) -> Type:
    """The tensor of this shape, or the scalar if the shape is `()`."""
    return TensorType(shape, element) if shape else element


def is_float(element: Type) -> bool:
    return isinstance(element, FloatType)


def is_integer(element: Type) -> bool:
    """Whether this is a number without a fraction; a bool is not a number."""
    return isinstance(element, (IntegerType, IndexType)) and element != i1


def is_half(element: Type) -> bool:
    """Whether this is a format too short to add up many numbers in."""
    return element in (f16, bf16)


def misfits(doubts: dict[int, str]) -> bool:
    """Whether a broadcast is wrong. What must be tested where a size is unknown is not: only what
    an error has made unknown is, in a program, and that has been reported."""
    return not {"never", "unproven"}.isdisjoint(doubts.values())


def same_size(left: Dimension, right: Dimension) -> bool:
    """Whether two sizes are equal, as far as they are known."""
    return left is None or right is None or left == right


def agrees(left: Type, right: Type) -> bool:
    """Whether two types are equal, as far as their sizes are known."""
    left_shape, right_shape = shape_of(left), shape_of(right)
    return (
        element_of(left) == element_of(right)
        and len(left_shape) == len(right_shape)
        and all(map(same_size, left_shape, right_shape))
    )

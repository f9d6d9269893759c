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


def broadcast(
    left: tuple[Dimension, ...], right: tuple[Dimension, ...]
) -> tuple[Dimension, ...] | None:
    """The shape that both shapes stretch to, by NumPy's rule; None if there is none.

    Aligned at their ends, two sizes agree if they are the same number or the same name, or
    if one of them is 1, which stretches. Two names may well stand for one number, but the
    checker must know it before the program runs.
    """
    rank = max(len(left), len(right))
    padded_left = (1,) * (rank - len(left)) + left
    padded_right = (1,) * (rank - len(right)) + right
    sizes: list[Dimension] = []
    for a, b in zip(padded_left, padded_right):
        if a != b and a != 1 and b != 1:
            return None
        sizes.append(b if a == 1 else a)
    return tuple(sizes)

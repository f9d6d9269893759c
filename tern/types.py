"""The types of tern's IR, spelled as MLIR spells them.

Every type is an immutable value: two types are the same type when they compare equal, and a
type can be a dictionary key. ``str(type)`` is the MLIR spelling and `parse_type` reads it back.

    >>> str(TensorType((4, None), f32))
    'tensor<4x?xf32>'
    >>> parse_type("tensor<4x?xf32>") == TensorType((4, None), f32)
    True
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class IntegerType:
    """An integer of `width` bits in two's complement.

    MLIR's integers are signless: the operation decides how it reads the bits, and so it is here.
    An `unsigned` one is for the outside world, whose numbers go from 0 up: it computes as any
    other of its width, no operation may read it as signed, and MLIR's text does not show it.
    """

    width: int
    unsigned: bool = False

    def __str__(self) -> str:
        return f"i{self.width}"


@dataclass(frozen=True, slots=True)
class FloatType:
    """A binary floating-point format of IEEE 754's kind: a sign, then the bits of the exponent and
    of the fraction. f16 and bf16 are both 16 bits wide, and differ in how they divide them.
    """

    exponent: int
    fraction: int

    @property
    def width(self) -> int:
        return 1 + self.exponent + self.fraction

    def __str__(self) -> str:
        return _FORMATS.get((self.exponent, self.fraction)) or (
            f"f{self.width}E{self.exponent}M{self.fraction}"
        )


_FORMATS = {(5, 10): "f16", (8, 7): "bf16", (8, 23): "f32", (11, 52): "f64"}


@dataclass(frozen=True, slots=True)
class IndexType:
    """An integer as wide as the machine's addresses: indices and sizes."""

    def __str__(self) -> str:
        return "index"


ScalarType: TypeAlias = IntegerType | FloatType | IndexType

Dimension: TypeAlias = int | str | None
"""A size known now (int), a named size or a sum of sizes (str) or an unknown size (None)."""


def _spell_shaped(keyword: str, shape: tuple[Dimension, ...], element: Type) -> str:
    sizes = "".join(f"{size}x" if isinstance(size, int) else "?x" for size in shape)
    return f"{keyword}<{sizes}{element}>"


def own_spelling(type: Type) -> str:
    """The type in tern's own text: as MLIR's, with what MLIR has no word for.

    That is the names of sizes, in braces, and `u8`. `parse_type` reads it back.

        >>> own_spelling(TensorType(("n", 4, None), u8))
        'tensor<{n}x4x?xu8>'
    """
    match type:
        case TensorType(shape, element) | MemRefType(shape, element) | VectorType(shape, element):
            keyword = _KEYWORDS[type.__class__]
            sizes = (
                f"{{{n}}}x" if isinstance(n, str) else f"{'?' if n is None else n}x" for n in shape
            )
            return f"{keyword}<{''.join(sizes)}{own_spelling(element)}>"
        case FunctionType(inputs, results):
            return _spell_function([*map(own_spelling, inputs)], [*map(own_spelling, results)])
        case IntegerType(width, True):
            return f"u{width}"
    return str(type)


def unnamed(type: Type) -> Type:
    """A tensor's or buffer's type with its named sizes unknown; any other as it is."""
    if isinstance(type, (TensorType, MemRefType)):
        return replace(type, shape=_unnamed(type.shape))
    return type


def _unnamed(shape: tuple[Dimension, ...]) -> tuple[Dimension, ...]:
    return tuple(size if isinstance(size, int) else None for size in shape)


@dataclass(frozen=True, slots=True)
class TensorType:
    """An immutable array value. Its sizes may be numbers, names, or unknown (None).

    Sizes of one name are equal throughout a function. MLIR has no names, so that both a name and
    None print as ``?``; `own_spelling` keeps them apart.
    """

    shape: tuple[Dimension, ...]
    element: ScalarType

    @property
    def rank(self) -> int:
        return len(self.shape)

    def __str__(self) -> str:
        return _spell_shaped("tensor", self.shape, self.element)


@dataclass(frozen=True, slots=True)
class VectorType:
    """Numbers side by side, such as a machine computes with at once: `vector<8xf32>`."""

    shape: tuple[int, ...]
    element: ScalarType

    @property
    def rank(self) -> int:
        return len(self.shape)

    def __str__(self) -> str:
        return _spell_shaped("vector", self.shape, self.element)


@dataclass(frozen=True, slots=True)
class MemRefType:
    """A reference to a mutable buffer; of rank 0, to one variable."""

    shape: tuple[Dimension, ...]
    element: ScalarType | TensorType | VectorType

    @property
    def rank(self) -> int:
        return len(self.shape)

    def __str__(self) -> str:
        return _spell_shaped("memref", self.shape, self.element)


@dataclass(frozen=True, slots=True)
class FunctionType:
    """What a function takes and what it gives back."""

    inputs: tuple[Type, ...]
    results: tuple[Type, ...]

    def __str__(self) -> str:
        return _spell_function([*map(str, self.inputs)], [*map(str, self.results)])


def _spell_function(inputs: list[str], results: list[str]) -> str:
    # One result needs no parentheses, unless it is itself a function type: `->` would
    # then read as part of this one.
    bare = len(results) == 1 and not results[0].startswith("(")
    after = ", ".join(results)
    return f"({', '.join(inputs)}) -> {after if bare else f'({after})'}"


Type: TypeAlias = (
    IntegerType | FloatType | IndexType | TensorType | VectorType | MemRefType | FunctionType
)

_KEYWORDS = {TensorType: "tensor", VectorType: "vector", MemRefType: "memref"}

i1 = IntegerType(1)
i8 = IntegerType(8)
i32 = IntegerType(32)
i64 = IntegerType(64)
u8 = IntegerType(8, unsigned=True)
f16 = FloatType(5, 10)
bf16 = FloatType(8, 7)
f32 = FloatType(8, 23)
f64 = FloatType(11, 52)
index = IndexType()


# --- reading MLIR's spelling ------------------------------------------------------------------

SCALARS = (i1, i8, u8, i32, i64, f16, bf16, f32, f64, index)
"""Every scalar type."""

_SCALARS: dict[str, Type] = {own_spelling(t): t for t in SCALARS}

# `4x?xf32` has no spaces between its parts, so a size is read together with its `x`.
_PIECE = re.compile(
    r"\s*(?:(?P<size>\?|\d+|\{\w+(?: \+ \w+)*\})\s*x|(?P<name>[a-z]+\d*)|(?P<sign>->|[<>(),]))"
)

_MAX_DEPTH = 64


def parse_type(text: str) -> Type:
    """The type that `text` spells, in MLIR's syntax or in tern's own (`own_spelling`).

    Raises:
        ValueError: `text` is not one whole type that tern has. The message says where.
    """
    found = _SCALARS.get(text)
    return found if found is not None else _TypeReader(text).whole()


class _TypeReader:
    """A recursive-descent reader over the pieces of one type's text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.depth = 0

    def whole(self) -> Type:
        result = self.type()
        if self.text[self.position :].strip():
            raise self.error("end of the type")
        return result

    def error(self, expected: str) -> ValueError:
        where = self.position + 1
        return ValueError(f"expected {expected} at column {where} of type {self.text!r}")

    def accept(self, group: str, *spellings: str) -> str | None:
        """The next piece if it is of this group (and spelled so), consumed; else None."""
        match = _PIECE.match(self.text, self.position)
        if match is None or match.lastgroup != group:
            return None
        if spellings and match[group] not in spellings:
            return None
        self.position = match.end()
        return match[group]

    def expect(self, sign: str) -> None:
        if self.accept("sign", sign) is None:
            raise self.error(f"`{sign}`")

    def type(self) -> Type:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise ValueError(f"type nested more than {_MAX_DEPTH} deep")
        result = self.function() if self.accept("sign", "(") else self.named()
        self.depth -= 1
        return result

    def named(self) -> Type:
        start = self.position
        name = self.accept("name")
        if name in _SCALARS:
            return _SCALARS[name]
        if name in _KEYWORDS.values():
            return self.shaped(name)
        self.position = start
        raise self.error("a type")

    def shaped(self, keyword: str) -> Type:
        self.expect("<")
        shape: list[Dimension] = []
        while (size := self.accept("size")) is not None:
            name = size[1:-1] if size[0] == "{" else None
            shape.append(name if size[0] in "?{" else int(size))
        start = self.position
        element = self.type()
        allowed: tuple[type, ...] = (IntegerType, FloatType, IndexType)
        if keyword == "memref":
            allowed += (TensorType, VectorType)
        if not isinstance(element, allowed):
            self.position = start
            raise self.error("an element type")
        self.expect(">")
        made = next(kind for kind, word in _KEYWORDS.items() if word == keyword)
        if made is VectorType and not all(isinstance(size, int) and size > 0 for size in shape):
            raise ValueError(f"the sizes of a vector are numbers, and at least 1: {self.text!r}")
        return made(tuple(shape), element)

    def function(self) -> FunctionType:
        inputs = self.rest_of_list()
        self.expect("->")
        results = self.rest_of_list() if self.accept("sign", "(") else (self.named(),)
        return FunctionType(inputs, results)

    def rest_of_list(self) -> tuple[Type, ...]:
        """Types up to the `)` that closes the list; its `(` has been read."""
        if self.accept("sign", ")"):
            return ()
        types = [self.type()]
        while self.accept("sign", ","):
            types.append(self.type())
        self.expect(")")
        return tuple(types)

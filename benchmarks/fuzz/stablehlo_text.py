"""The text of a function of StableHLO, line by line, and arrays for its arguments."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from tern.ir.arrays import dtype_of
from tern.types import bf16

FLOATS = ("f16", "bf16", "f32", "f64")
INTEGERS = ("i8", "ui8", "i32", "ui32", "i64", "ui64")
WIDER = {"ui8": "ui32", "i8": "i32", "bf16": "f32"}
"""What products of a type may be summed up in."""

Type = tuple[tuple[int, ...], str]


def tensor(type: Type) -> str:
    return f"tensor<{''.join(f'{n}x' for n in type[0])}{type[1]}>"


def dtype(element: str) -> Any:
    if element == "bf16":
        return dtype_of(bf16)
    kind = {"ui": "uint", "i": "int", "f": "float"}[element.rstrip("0123456789")]
    return np.dtype("bool" if element == "i1" else kind + element.lstrip("uif"))


class Writer:
    """Lines of a function, with the values that are there."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.arguments: list[Type] = []
        self.lines: list[str] = []
        self.values: list[tuple[str, Type]] = []
        self.argument(self.shape(), self.element())

    # types and values -----------------------------------------------------------------------------

    def element(self) -> str:
        return self.rng.choice((*FLOATS, *INTEGERS, "i1"))

    def extent(self) -> int:
        return self.rng.choice((1, 2, 3, 1, 4, 5, 0))

    def shape(self) -> tuple[int, ...]:
        return tuple(self.extent() for _ in range(self.rng.randint(0, 3)))

    def argument(self, shape: tuple[int, ...], element: str) -> str:
        name = f"%arg{len(self.arguments)}"
        self.arguments.append((shape, element))
        self.values.append((name, (shape, element)))
        return name

    def some(self, *elements: str, rank: int = 0) -> tuple[str, tuple[int, ...], str]:
        """A value of one of these types, and of this rank or more."""
        fits = [
            each
            for each in self.values[-4:]
            if (not elements or each[1][1] in elements) and len(each[1][0]) >= rank
        ]
        if fits and self.rng.random() < 0.8:
            name, (shape, element) = self.rng.choice(fits)
            return name, shape, element
        shape = (*self.shape(), *(self.extent() for _ in range(rank)))
        element = self.rng.choice(elements) if elements else self.element()
        return self.argument(shape, element), shape, element

    def like(self, shape: tuple[int, ...], element: str) -> str:
        """Another value of this type."""
        fits = [name for name, type in self.values if type == (shape, element)]
        if fits and self.rng.random() < 0.5:
            return self.rng.choice(fits)
        return self.argument(shape, element)

    def add(self, text: str, type: Type, shown: bool = True) -> str:
        name = f"%{len(self.lines)}"
        generic = text.startswith('"')
        self.lines.append(f"{name} = {'' if generic else 'stablehlo.'}{text}")
        if shown:
            self.values.append((name, type))
        return name

    def constant(self, element: str, number: str = "") -> str:
        shown = number or self.number(element)
        type = ((), element)
        return self.add(f"constant dense<{shown}> : {tensor(type)}", type, shown=False)

    def number(self, element: str) -> str:
        if element == "i1":
            return self.rng.choice(("true", "false"))
        if element in FLOATS:
            return self.rng.choice(("0.0", "-0.0", "1.0", "-2.5"))
        bits, signed = int(element.lstrip("ui")), element[0] == "i"
        least = -(1 << bits - 1) if signed else 0
        return str(self.rng.choice((0, 1, 3, least, least + (1 << bits) - 1)))

    def text(self) -> str:
        given = ", ".join(f"%arg{at}: {tensor(type)}" for at, type in enumerate(self.arguments))
        name, type = self.values[-1]
        body = "\n".join(f"    {line}" for line in self.lines)
        head = f"func.func public @main({given}) -> {tensor(type)}"
        return f"module {{\n  {head} {{\n{body}\n    return {name} : {tensor(type)}\n  }}\n}}\n"


def array_of(draw: Any, shape: tuple[int, ...], element: str) -> np.ndarray:
    if element == "i1":
        return draw.integers(0, 2, shape).astype(bool)
    if element in FLOATS:
        numbers = [0.0, -0.0, 1.0, -2.0, 0.5, np.nan, np.inf, -np.inf, 3.25, -1.5]
        return draw.choice(numbers, shape).astype(dtype(element))
    ends = np.iinfo(dtype(element))
    return draw.choice(
        np.array([0, 1, 2, 3, 5, ends.min, ends.max, ends.max - 1], dtype(element)), shape
    )

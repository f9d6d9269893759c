"""What a back end has to know of a processor, as data: registers, instructions, their costs.

A **pattern** is a row of the table: a small tree of operations that one instruction, or a short
fixed sequence, computes. Its shape is plain data:

- `"reg"` is any operand, computed into a register;
- `("constant.i32", least, greatest)` is a constant of this type in this range;
- `("addi.i32", shape, shape)` is an operation with its operands' shapes.

Its text is assembly with letters for the shape's leaves, from left to right: `{a}`, `{b}`, `{c}`,
`{e}`, and `{d}` for the result (the destination).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Shape = str | tuple[Any, ...]

LETTERS = "abcefgh"  # d is the result


@dataclass(frozen=True)
class Pattern:
    """One row: a tree of operations, and the instructions that compute it.

    Attributes:
        shape: the tree that it covers.
        text: its instructions, a line each.
        cost: about how many cycles until the result is there.
        tied: the operand whose register the result takes over, as in x86's `add`; "" if none is.
        commutes: whether the tied operand and the other one may change places.
        late: operands that are read after something else has been written.
        memory: operands that may be stack slots; of those in one word, one at a time.
        clobbers: registers that lose what is in them.
        condition: of a comparison: the condition code that holds when it is true.
    """

    shape: Shape
    text: str
    cost: int
    tied: str = ""
    commutes: bool = False
    late: str = ""
    memory: str = ""
    clobbers: tuple[str, ...] = ()
    condition: str = ""

    @property
    def row(self) -> tuple[Shape, int]:
        """What instruction selection looks at."""
        return self.shape, self.cost


def leaves(shape: Shape) -> list[Shape]:
    """The leaves of a shape, from left to right: registers and constants."""
    found: list[Shape] = []
    stack = [shape]
    while stack:
        part = stack.pop()
        if part == "reg" or part[0].startswith("constant."):
            found.append(part)
        else:
            stack.extend(reversed(part[1:]))
    return found


def is_float(type: str) -> bool:
    """Whether values of the type live in floating-point registers."""
    return type in ("f32", "f64")


@dataclass(frozen=True)
class Registers:
    """One class of registers, by the names that they have at their full width.

    Attributes:
        allocatable: what values may live in, in the order to try: those that a call clobbers first.
        saved: those of them that a function gives back as it found them (callee-saved).
        scratch: what no value lives in: for reloading spilled values, and for breaking cycles.
        arguments, results: where the calling convention passes values.
    """

    allocatable: tuple[str, ...]
    saved: frozenset[str]
    scratch: tuple[str, ...]
    arguments: tuple[str, ...]
    results: tuple[str, ...]


@dataclass(frozen=True)
class Machine:
    """A processor and its calling convention.

    Attributes:
        registers: the classes, "general" and "float".
        spelling: for each register, its name at each width in bytes.
        inverse: the condition code that holds exactly when another does not.
        expanded: comparisons of floats that take two: (first, second, operation that joins them).
        native: operations that the table has, and others have to spell out ("maximumf", "remsi").
        slot: how a stack slot is written; `{at}` is its distance from the stack pointer.
        move, load, store, jump, call, branch: templates of what every back end needs.
        trap, ret: how a function stops the program with an error, and how it returns.
        enter, leave: how a frame of `{size}` bytes is made, and given back.
        deep: what stops the program when less than half a megabyte of stack is left.
    """

    name: str
    patterns: tuple[Pattern, ...]
    registers: Mapping[str, Registers]
    spelling: Mapping[str, Mapping[int, str]]
    inverse: Mapping[str, str]
    expanded: Mapping[str, tuple[str, str, str]]
    native: frozenset[str]
    text: Mapping[str, str]
    max_frame: int
    link: str = ""  # the register that holds the return address, which a call overwrites
    rows: list[tuple[Shape, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rows.extend(pattern.row for pattern in self.patterns)

    def class_of(self, type: str) -> Registers:
        """The registers that values of a type live in."""
        return self.registers["float" if is_float(type) else "general"]


WIDTHS = {"i1": 4, "i32": 4, "i64": 8, "f32": 4, "f64": 8}
"""Bytes of each type in a register. A truth value is 0 or 1 in 32 bits."""

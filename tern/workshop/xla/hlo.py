"""XLA's HLO as plain data: a module of computations, each a graph of instructions without loops.

The names are XLA's own (openxla.org/xla/operation_semantics). An instruction names its operands, so
an instruction is replaced by another one of its name, and nobody else has to know.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

BYTES = {
    **dict.fromkeys(["pred", "s8", "u8"], 1),
    **dict.fromkeys(["s16", "u16", "f16", "bf16"], 2),
    **dict.fromkeys(["s32", "u32", "f32"], 4),
    **dict.fromkeys(["s64", "u64", "f64"], 8),
    "token": 0,
}  # of an element


class Shape(NamedTuple):
    """An array's element type, "f32", and its extents.

    `layout` is "" where the last axis is contiguous, as in C; else what HLO text has, "{0,1}": the
    axes from the one whose elements are next to each other to the one where they are far apart.
    """

    dtype: str
    dimensions: tuple[int, ...]
    layout: str = ""

    def __str__(self) -> str:
        return f"{self.dtype}[{','.join(map(str, self.dimensions))}]{self.layout}"

    @property
    def elements(self) -> int:
        return math.prod(self.dimensions)

    @property
    def bytes(self) -> int:
        """What the elements take in memory."""
        return self.elements * BYTES[self.dtype]

    @property
    def minor_to_major(self) -> tuple[int, ...]:
        """The axes, from the contiguous one to the one with the largest stride."""
        if not self.layout:
            return tuple(reversed(range(len(self.dimensions))))
        return tuple(int(each) for each in self.layout.strip("{}").split(":")[0].split(","))


@dataclass(frozen=True)
class Instruction:
    """`name = shape opcode(operands), attributes`.

    `shape` is a Shape, or a tuple of them where the instruction gives several arrays. `literal` is
    what stands between the parentheses of a constant or a parameter: numbers, or the parameter's
    number. `attributes` are texts: {"dimensions": "{1}", "to_apply": "add"}.
    """

    name: str
    opcode: str
    shape: Shape | tuple[Shape, ...]
    operands: tuple[str, ...] = ()
    attributes: dict[str, str] = field(default_factory=dict)
    literal: str = ""

    def __str__(self) -> str:
        shapes = self.shape if isinstance(self.shape, tuple) else ()
        shown = str(self.shape)
        if not isinstance(self.shape, Shape):
            shown = f"({', '.join(map(str, shapes))})"
        attributes = "".join(f", {key}={value}" for key, value in self.attributes.items())
        inside = self.literal or ", ".join(self.operands)
        return f"{self.name} = {shown} {self.opcode}({inside}){attributes}"

    @property
    def array(self) -> Shape:
        """The shape, of an instruction that gives one array. TypeError for a tuple."""
        if not isinstance(self.shape, Shape):
            raise TypeError(f"{self.name} gives a tuple: {self}")
        return self.shape

    @property
    def bytes(self) -> int:
        """Of all that the instruction gives."""
        if isinstance(self.shape, Shape):
            return self.shape.bytes
        return sum(each.bytes for each in self.shape)

    def numbers(self, attribute: str) -> tuple[int, ...]:
        """The numbers of an attribute such as dimensions={0,2}; () if it is missing."""
        text = self.attributes.get(attribute, "").strip("{}")
        return tuple(int(each) for each in text.split(",") if each.strip())


@dataclass
class Computation:
    """Instructions by name, each after its operands, and the name of the one that is the result."""

    name: str
    instructions: dict[str, Instruction]
    root: str

    def __getitem__(self, name: str) -> Instruction:
        return self.instructions[name]

    def __iter__(self) -> Iterator[Instruction]:
        return iter(self.instructions.values())

    def __len__(self) -> int:
        return len(self.instructions)

    def users(self) -> dict[str, list[str]]:
        """The instructions that use each instruction, once for each use. Linear."""
        found: dict[str, list[str]] = {name: [] for name in self.instructions}
        for each in self:
            for operand in each.operands:
                found[operand].append(each.name)
        return found

    def parameters(self) -> list[Instruction]:
        found = [each for each in self if each.opcode == "parameter"]
        return sorted(found, key=lambda each: int(each.literal))

    def __str__(self) -> str:
        lines = [f"  {'ROOT ' if each.name == self.root else ''}{each}" for each in self]
        return "\n".join([f"{self.name} {{", *lines, "}"])


@dataclass
class Module:
    """Computations by name, those that are called before their callers, and the entry's name.

    `str()` is HLO text that XLA reads.
    """

    name: str
    computations: dict[str, Computation]
    entry_name: str

    @property
    def entry(self) -> Computation:
        return self.computations[self.entry_name]

    def __str__(self) -> str:
        texts = [
            f"ENTRY {each}" if name == self.entry_name else str(each)
            for name, each in self.computations.items()
        ]
        return "\n\n".join([f"HloModule {self.name}", *texts]) + "\n"

    def with_entry(self, entry: Computation) -> Module:
        """The same module with another entry computation."""
        others = {k: each for k, each in self.computations.items() if k != self.entry_name}
        return Module(self.name, {**others, entry.name: entry}, entry.name)


def renamed(instruction: Instruction, names: dict[str, str]) -> Instruction:
    """The instruction with those of its operands renamed that `names` has."""
    operands = tuple(names.get(each, each) for each in instruction.operands)
    return replace(instruction, operands=operands)


class WindowDimension(NamedTuple):
    """How a window moves along one axis: its size, how far each step goes, how many elements of
    padding there are before and after, and the distance between two elements of the array
    (`dilation`, 1: they are neighbors) and between two of the window."""

    size: int
    stride: int = 1
    low: int = 0
    high: int = 0
    dilation: int = 1
    window_dilation: int = 1


def window(instruction: Instruction) -> list[WindowDimension]:
    """The attribute window={size=3x3 stride=2x2 pad=1_1x0_1}, a dimension at a time."""
    text = instruction.attributes.get("window", "{}").strip("{}")
    parts = dict(each.split("=") for each in text.split())
    sizes = [int(each) for each in parts.get("size", "").split("x") if each]
    steps, dilations, inner = (
        [int(each) for each in parts[key].split("x")] if key in parts else [1] * len(sizes)
        for key in ("stride", "lhs_dilate", "rhs_dilate")
    )
    pads = parts["pad"].split("x") if "pad" in parts else ["0_0"] * len(sizes)
    lows, highs = ([int(each.split("_")[at]) for each in pads] for at in (0, 1))
    return [WindowDimension(*each) for each in zip(sizes, steps, lows, highs, dilations, inner)]

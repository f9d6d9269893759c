"""What both simulators are made of: the state of a processor, and its arithmetic."""

from __future__ import annotations

import math
import operator
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

MASK = (1 << 64) - 1
STACK = 1 << 20  # bytes


@dataclass
class Counts:
    """What a run has done.

    `loads` and `stores` are those of memory, `spilled` are both for values that have no register,
    and `saved` both for registers that a function has to give back.
    """

    instructions: int = 0
    loads: int = 0
    stores: int = 0
    spilled: int = 0
    saved: int = 0
    moves: int = 0


@dataclass
class State:
    """The registers by their full names, as unsigned numbers of 64 bits; flags; the stack.

    `flags` remembers what was compared, `(kind, a, b)`, and not the bits: a condition is worked out
    when one is asked for, as QEMU does it.
    """

    registers: dict[str, int] = field(default_factory=dict)
    flags: tuple[str, Any, Any] | None = None
    memory: bytearray = field(default_factory=lambda: bytearray(STACK))
    counts: Counts = field(default_factory=Counts)

    def read(self, address: int, size: int) -> int:
        self.counts.loads += 1
        return int.from_bytes(self.memory[address : address + size], "little")

    def write(self, address: int, size: int, value: int) -> None:
        self.counts.stores += 1
        self.memory[address : address + size] = (value & (1 << 8 * size) - 1).to_bytes(
            size, "little"
        )


Step = Callable[[State, int], int | None]
"""One instruction: it changes the state. Given the number of the next, it may give another."""

Decode = Callable[[str, list[str], dict[str, int]], Step]
"""Of a mnemonic, its operands, and the labels, what it does."""


# numbers --------------------------------------------------------------------------------------


def signed(value: int, size: int) -> int:
    """The number that the lower `size` bytes are in two's complement."""
    half = 1 << (8 * size - 1)
    return ((value + half) & (2 * half - 1)) - half


def unsigned(value: int, size: int) -> int:
    return value & (1 << 8 * size) - 1


def to_float(bits: int, size: int) -> float:
    data = unsigned(bits, size).to_bytes(size, "little")
    return struct.unpack("<f" if size == 4 else "<d", data)[0]


def from_float(value: float, size: int) -> int:
    """The bits of the nearest float of the size."""
    try:
        data = struct.pack("<f" if size == 4 else "<d", value)
    except OverflowError:
        data = struct.pack("<f", math.copysign(math.inf, value))
    return int.from_bytes(data, "little")


def divided(a: float, b: float) -> float:
    if b != 0:
        return a / b
    if a == 0 or a != a:
        return math.nan
    return math.copysign(math.inf, a) * math.copysign(1.0, b)


def root(a: float) -> float:
    return a if a == 0 else math.sqrt(a) if a > 0 else math.nan


def truncated(a: float, size: int) -> int:
    """The whole part; a number that does not fit would be the processor's own invention."""
    if not math.isfinite(a) or signed(int(a), size) != int(a):
        raise AssertionError("a conversion that does not fit is reached without a check")
    return unsigned(int(a), size)


COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt,
    "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def conditions(
    integers: Mapping[str, tuple[str, str]], floats: Mapping[str, tuple[str, str]], code: str
) -> Callable[[State], bool]:
    """What decides a condition code: by one table after integers were compared, by the other after
    floats."""

    def decided(s: State) -> bool:
        table = floats if s.flags and s.flags[0] == "float" else integers
        return holds(table[code], s.flags)

    return decided


def holds(condition: tuple[str, str], flags: tuple[str, Any, Any] | None) -> bool:
    """Whether a condition holds, such as ("signed", "<"), of what was compared last.

    Of floats, a condition that starts with "?" also holds if one of the two is NaN.
    """
    if flags is None:
        raise AssertionError("flags are read that no comparison has set")
    kind, a, b = flags
    reading, sign = condition
    if kind == "float":
        unordered = a != a or b != b
        if reading == "float":
            return not unordered if sign == "ordered" else COMPARE[sign](a, b) and not unordered
        return unordered or (sign != "unordered" and COMPARE[sign](a, b))
    size = int(kind)
    read = signed if reading == "signed" else unsigned
    return COMPARE[sign](read(a, size), read(b, size))


Get = Callable[[State], int]


def constant(value: int) -> Get:
    return lambda s: value


def names_of(spelling: Any) -> dict[str, Sequence[Any]]:
    """For each spelling of a register, the full name and the width in bytes."""
    found: dict[str, Sequence[Any]] = {}
    for full, widths in spelling.items():
        for width, text in widths.items():
            found[text] = (full, width)
    return found

"""A simulator of both machines: it runs the assembly text that the back end writes, and counts.

It reads the text and nothing else, so it knows nothing of values, tiles, or intervals: what runs
here is what the processor would run. It has registers, flags, and a stack. Flags that an
instruction leaves undefined, or that tern never relies on, are forgotten, and reading them is an
error.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tern.ir import EvaluationError
from tern.ir.scalar import check_scalar
from tern.machine.compile import Program
from tern.machine.description import is_float
from tern.machine.load import error_of, from_word, word_of
from tern.machine.nodes import TYPES

MASK = (1 << 64) - 1
STACK = 1 << 20  # bytes
END = -1  # where the outermost function returns to


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


class Simulator:
    """A program, decoded. `call` runs one of its functions; `counts` says what that took."""

    def __init__(self, program: Program, max_instructions: int = 10_000_000) -> None:
        self.program, self.max_instructions = program, max_instructions
        self.counts = Counts()
        rows = [self._split(line) for line in program.lines if line]
        code = [row for row in rows if not row[0].endswith(":")]
        self.labels: dict[str, int] = {}
        at = 0
        for mnemonic, _, _ in rows:
            if mnemonic.endswith(":"):
                self.labels[mnemonic[:-1]] = at
            else:
                at += 1
        self.labels["tern_stop"] = self.stop = at
        decode = _decoder(program.machine.name)
        self.steps = [decode(mnemonic, operands, self.labels) for mnemonic, operands, _ in code]
        self.notes = [note for _, _, note in code]
        self.is_move = [mnemonic in ("mov", "movaps", "fmov") for mnemonic, _, _ in code]

    def _split(self, line: str) -> tuple[str, list[str], str]:
        """A line's mnemonic, its operands, and its comment."""
        text, _, note = line.partition(self.program.machine.text["comment"] + " ")
        mnemonic, _, rest = text.strip().partition(" ")
        return mnemonic, _operands(rest), note.strip()

    def call(self, name: str, *args: Any) -> Any:
        """The function's result, or a tuple of them if it has none or several.

        Raises:
            EvaluationError: what the program did has no defined result, or it takes too many
                instructions.
        """
        (func,) = [f for f in self.program.functions if f.attributes["sym_name"] == name]
        kinds, machine = func.attributes["function_type"], self.program.machine
        state = State()
        self.counts = state.counts
        for registers in machine.registers.values():
            for register in (*registers.allocatable, *registers.scratch):
                state.registers[register] = 0xDEAD_BEEF_DEAD_BEEF
        left = {name: list(r.arguments) for name, r in machine.registers.items()}
        for arg, type in zip(args, kinds.inputs):
            kind = "float" if is_float(TYPES[type]) else "general"
            word = word_of(check_scalar(arg, type), TYPES[type])
            state.registers[left[kind].pop(0)] = word
        self._start(state)
        self._run(state, self.labels[f"tern_{name}"])
        left = {name: list(r.results) for name, r in machine.registers.items()}
        values = []
        for type in kinds.results:
            kind = "float" if is_float(TYPES[type]) else "general"
            values.append(from_word(state.registers[left[kind].pop(0)], TYPES[type]))
        return values[0] if len(values) == 1 else tuple(values)

    def _start(self, state: State) -> None:
        top = STACK - 64
        if self.program.machine.link:
            state.registers.update(sp=top, x28=top, x30=END & MASK, x29=0)
        else:
            state.registers.update(rsp=top - 8, r15=top)
            state.memory[top - 8 : top] = (END & MASK).to_bytes(8, "little")

    def _run(self, state: State, at: int) -> None:
        steps, notes, is_move, counts = self.steps, self.notes, self.is_move, state.counts
        left = self.max_instructions
        while at != END:
            if at == self.stop:
                status = state.registers["x0" if self.program.machine.link else "rax"]
                raise error_of(self.program, (status & 0xFFFF_FFFF) - 1)
            left -= 1
            if left < 0:
                raise EvaluationError("the function takes too many instructions")
            before = counts.loads + counts.stores
            jumped = steps[at](state, at + 1)
            touched = counts.loads + counts.stores - before
            if touched and notes[at] == "saved":
                counts.saved += touched
            elif touched and notes[at] != "call":
                counts.spilled += touched
            counts.instructions += 1
            counts.moves += is_move[at] and not touched
            at = at + 1 if jumped is None else jumped


def _operands(text: str) -> list[str]:
    """Operands are separated by commas outside of brackets."""
    found, depth, start = [], 0, 0
    for i, sign in enumerate(text):
        depth += (sign == "[") - (sign == "]")
        if sign == "," and depth == 0:
            found.append(text[start:i].strip())
            start = i + 1
    last = text[start:].strip()
    return [*found, last] if last else found


def _decoder(machine: str) -> Decode:
    if machine == "x86_64":
        from tern.machine.simulate_x86_64 import decode
    else:
        from tern.machine.simulate_aarch64 import decode
    return decode


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
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


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


def label(text: str, labels: dict[str, int]) -> int:
    return labels[text]


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

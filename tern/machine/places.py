"""Where values are while a function runs, in its assembly: registers and stack slots, and how
values move between them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tern.errors import EmitError
from tern.machine.allocate import Allocation
from tern.machine.code import Code
from tern.machine.copies import parallel_copies
from tern.machine.description import WIDTHS, Machine, Registers, is_float
from tern.machine.frame import Frame, frame_of

Where = tuple[bool, str | int]
"""Whether a value is a float, and its register, or the number of its slot."""


@dataclass(frozen=True)
class Place:
    """A register or a stack slot in a template: `{a}` at the width of its type, `{a:8}` at 8."""

    names: dict[int, str]
    width: int

    def __format__(self, width: str) -> str:
        return self.names[int(width or self.width)]


class Constant(int):
    """A constant in a template: `{b}` itself; `{b:scale}` 2**b; `{b:neg}` -b; `{b:h1}` the second
    of its groups of 16 bits."""

    def __format__(self, form: str) -> str:
        match form:
            case "scale":
                return str(1 << self)
            case "neg":
                return str(-self)
            case "":
                return str(int(self))
        return str(self >> 16 * int(form[1]) & 0xFFFF)


class Places:
    """The places of one function's values; what is written goes to `lines`."""

    def __init__(self, code: Code, allocation: Allocation, machine: Machine) -> None:
        self.code, self.allocation, self.machine = code, allocation, machine
        self.frame: Frame = frame_of(code, allocation, machine)
        if self.frame.size > machine.max_frame:
            raise EmitError(
                f"@{code.name} needs a frame of {self.frame.size} bytes, and {machine.name} "
                f"reaches {machine.max_frame} in one instruction"
            )
        self.lines: list[str] = []

    def put(self, template: str, note: str = "", **words: object) -> None:
        """The lines of one of the machine's templates, with a comment."""
        for line in self.machine.text[template].format(**words).split("\n"):
            self.lines.append(line + (f"  {self.machine.text['comment']} {note}" if note else ""))

    def registers(self, value: int) -> Registers:
        return self.machine.class_of(self.code.types[value])

    def register(self, value: int, name: str) -> Place:
        return Place(dict(self.machine.spelling[name]), WIDTHS[self.code.types[value]])

    def slot(self, value: int) -> Place:
        at = self.frame.at(self.allocation.slots[value])
        return Place(self.memory(at), WIDTHS[self.code.types[value]])

    def memory(self, at: int) -> dict[int, str]:
        sizes = {4: "dword", 8: "qword"}
        return {
            width: self.machine.text["slot"].format(size=size, at=at)
            for width, size in sizes.items()
        }

    def load(self, register: str, value: int) -> None:
        self.transfer("load", register, self.frame.at(self.allocation.slots[value]), "reload")

    def store(self, value: int, register: str) -> None:
        self.transfer("store", register, self.frame.at(self.allocation.slots[value]), "spill")

    def save(self, direction: str, register: str, at: int) -> None:
        self.transfer(direction, register, at, "saved")

    def transfer(self, direction: str, register: str, at: int, note: str) -> None:
        name = self.class_name(register)
        place, slot = self.machine.spelling[register][8], self.memory(at)[8]
        to, from_ = (place, slot) if direction == "load" else (slot, place)
        self.put(f"{direction} {name}", note, to=to, from_=from_)

    def class_name(self, register: str) -> str:
        return self.machine.text.get(f"class {register[0]}", "general")

    def place(self, value: int) -> Where:
        """Whether the value is a float, and its register, or its slot's number."""
        where = self.allocation.registers.get(value)
        kind = is_float(self.code.types[value])
        return kind, self.allocation.slots[value] if where is None else where

    def conventional_moves(
        self, values: Iterable[int], which: str, into: bool
    ) -> list[tuple[Where, Where]]:
        """Moves of values between where they live and where the convention has them."""
        moves = []
        left = {name: list(getattr(r, which)) for name, r in self.machine.registers.items()}
        for value in values:
            kind = is_float(self.code.types[value])
            there = (kind, left["float" if kind else "general"].pop(0))
            if value not in self.allocation.intervals:
                continue  # an argument that nobody reads
            here = self.place(value)
            moves.append((there, here) if into else (here, there))
        return moves

    def copy(self, moves: Iterable[tuple[Where, Where]]) -> None:
        """Moves that happen at once, class by class, as moves one after the other."""
        moves = list(moves)
        for kind, name in ((False, "general"), (True, "float")):
            mine = {to: source for (f, to), (_, source) in moves if f is kind}
            if all(to == source for to, source in mine.items()):
                continue
            places = list(dict.fromkeys([*mine, *mine.values()]))
            number = {place: i for i, place in enumerate(places)}
            first, second = self.machine.registers[name].scratch[:2]
            places.append(first)  # no value lives there
            numbered = {number[to]: number[source] for to, source in mine.items()}
            for to, source in parallel_copies(numbered, len(places) - 1):
                self.move(name, places[to], places[source], second)

    def move(self, name: str, to: str | int, source: str | int, scratch: str) -> None:
        """One move between registers and slots; from slot to slot by way of a scratch register."""
        spelling = self.machine.spelling
        if isinstance(source, int):
            at, register = self.frame.at(source), scratch if isinstance(to, int) else to
            self.transfer("load", register, at, "reload")
            source = register
        if isinstance(to, int):
            self.transfer("store", source, self.frame.at(to), "spill")
        elif to != source:
            words = {"to": spelling[to][8], "from_": spelling[source][8]}
            self.put(f"move {name}", **words)

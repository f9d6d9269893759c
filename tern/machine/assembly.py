"""From instructions and places to assembly text."""

from __future__ import annotations

from tern.machine.allocate import Allocation
from tern.machine.code import Code, Instruction
from tern.machine.description import Machine, is_float
from tern.machine.places import Constant, Place, Places

MAX_STACK = 1 << 18  # bytes that nested calls may take


class Writer(Places):
    """Writes the text of one function."""

    def __init__(
        self, code: Code, allocation: Allocation, machine: Machine, first_error: int
    ) -> None:
        super().__init__(code, allocation, machine)
        self.first_error = first_error
        self.labels = 0

    def text(self) -> list[str]:
        """The function's lines, from its label to where it stops with an error."""
        bodies = []
        for block in self.code.blocks:
            self.lines = []
            for instruction in block:
                getattr(self, f"write_{instruction.kind}")(instruction)
            bodies.append(self.lines)
        return [f"tern_{self.code.name}:", *self.joined(bodies), *self.stops()]

    # blocks -----------------------------------------------------------------------------------

    def joined(self, bodies: list[list[str]]) -> list[str]:
        """All blocks with their jumps. A block that only jumps on is left out, and so is a jump to
        what follows."""
        ends = [block[-1] for block in self.code.blocks]
        there = list(range(len(bodies)))
        for number in range(len(bodies)):
            at, seen = number, {number}
            while ends[at].kind == "jump" and not bodies[at] and ends[at].targets[0] not in seen:
                at = ends[at].targets[0]
                seen.add(at)
            there[number] = at
        kept = [n for n in range(len(bodies)) if n == 0 or there[n] == n]
        following = dict(zip(kept, kept[1:]))
        texts: list[tuple[int, list[str]]] = []
        aimed: set[int] = set()
        for number in kept:
            targets = [there[target] for target in ends[number].targets]
            jumps = self.jumps(ends[number], targets, following.get(number), aimed)
            texts.append((number, [*bodies[number], *jumps]))
        lines: list[str] = []
        for number, text in texts:
            lines += [f"{self.label(number)}:"] if number in aimed else []
            lines += text
        return lines

    def jumps(
        self, end: Instruction, targets: list[int], following: int | None, aimed: set[int]
    ) -> list[str]:
        """The jumps at the end of a block; adds to `aimed` where they go."""
        if end.kind == "jump":
            return [] if targets[0] == following else [self.jump(targets[0], aimed)]
        if end.kind != "branch":
            return []
        then, otherwise = targets
        condition = end.pattern.condition
        if then == following:
            condition, then, otherwise = self.machine.inverse[condition], otherwise, then
        aimed.add(then)
        self.lines = []
        self.write(end, cc=condition, then=self.label(then))
        return self.lines + ([] if otherwise == following else [self.jump(otherwise, aimed)])

    def jump(self, target: int, aimed: set[int]) -> str:
        aimed.add(target)
        return self.machine.text["jump"].format(target=self.label(target))

    def label(self, number: int | str) -> str:
        return f"Ltern_{self.code.name}_{number}"

    def stops(self) -> list[str]:
        """Where the function goes when a check fails: error 0 is that calls are nested too deeply,
        the function's own are numbered from `first_error`."""
        numbers = [
            instruction.note
            for block in self.code.blocks
            for instruction in block
            if instruction.kind == "check"
        ]
        stops = [(f"e{number}", self.first_error + number) for number in numbers]
        if self.frame.calls:
            stops.append(("deep", 0))
        trap = self.machine.text["trap"]
        return [
            line
            for label, number in stops
            for line in (f"{self.label(label)}:", *trap.format(number=number + 1).split("\n"))
        ]

    # instructions -----------------------------------------------------------------------------

    def write_pattern(self, instruction: Instruction) -> None:
        self.write(instruction)

    def write_branch(self, instruction: Instruction) -> None:
        """Its text comes when it is known which block follows."""

    def write_jump(self, instruction: Instruction) -> None:
        """Its text comes when it is known which block follows."""

    def write_check(self, instruction: Instruction) -> None:
        failed = self.machine.inverse[instruction.pattern.condition]
        self.write(instruction, cc=failed, then=self.label(f"e{instruction.note}"))

    def write(self, instruction: Instruction, **words: str) -> None:
        """A row of the table, with loads before and stores after it for what is spilled."""
        pattern, machine = instruction.pattern, self.machine
        in_memory = self.in_memory(instruction)
        scratch = {name: list(each.scratch) for name, each in machine.registers.items()}
        reloaded: dict[int, str] = {}
        operands: dict[str, object] = {k: Constant(v) for k, v in instruction.constants.items()}
        stored: tuple[int, str] | None = None
        for letter in sorted(instruction.values, key=lambda each: each == "d"):
            value = instruction.values[letter]
            if value not in self.allocation.slots:
                operands[letter] = self.register(value, self.allocation.registers[value])
            elif value in in_memory:
                operands[letter] = self.slot(value)
            else:
                free = scratch["float" if is_float(self.code.types[value]) else "general"]
                if letter == "d":
                    # What was read is no longer needed when the result is there.
                    kept = reloaded.get(value)
                    name = kept or self.registers(value).scratch[0]
                    stored = value, name
                else:
                    if value not in reloaded:
                        reloaded[value] = free.pop(0)
                        self.load(reloaded[value], value)
                    name = reloaded[value]
                operands[letter] = self.register(value, name)
        if "{s" in pattern.text or "{fs" in pattern.text:
            general, floats = machine.registers["general"], machine.registers["float"]
            operands["s"] = Place(dict(machine.spelling[general.scratch[-1]]), 8)
            operands["fs"] = Place(dict(machine.spelling[floats.scratch[-1]]), 8)
        if "{label}" in pattern.text:
            self.labels += 1
            operands["label"] = self.label(f"x{self.labels}")
        self.lines += pattern.text.format(**operands, **words).split("\n")
        if stored is not None:
            self.store(*stored)

    def in_memory(self, instruction: Instruction) -> set[int]:
        """The spilled values that the instruction can use where they are: one of each word of
        letters, and only if all its letters may be there."""
        chosen: set[int] = set()
        values, words = instruction.values, instruction.pattern.memory.split()
        for word in words:
            for letter in word:
                value = values.get(letter)
                if value is None or value not in self.allocation.slots:
                    continue
                elsewhere = {k for k, v in values.items() if v == value}
                mine = {"d", instruction.pattern.tied} if letter == "d" else {letter}
                if elsewhere <= mine:
                    chosen.add(value)
                    break
        return chosen

    def write_copies(self, instruction: Instruction) -> None:
        self.copy(
            [
                (self.place(to), self.place(of))
                for to, of in zip(instruction.writes, instruction.reads)
            ]
        )

    def write_entry(self, instruction: Instruction) -> None:
        if self.frame.calls:
            words = {"room": self.frame.size, "limit": MAX_STACK, "target": self.label("deep")}
            self.put("deep", **words)
        if self.frame.size:
            self.put("enter", size=self.frame.size)
        for number, register in enumerate(self.frame.saved):
            self.save("store", register, self.frame.at_saved(number))
        self.copy(self.conventional_moves(instruction.writes, "arguments", into=False))

    def write_return(self, instruction: Instruction) -> None:
        self.copy(self.conventional_moves(instruction.reads, "results", into=True))
        for number, register in enumerate(self.frame.saved):
            self.save("load", register, self.frame.at_saved(number))
        if self.frame.size:
            self.put("leave", size=self.frame.size)
        self.put("ret")

    def write_call(self, instruction: Instruction) -> None:
        self.copy(self.conventional_moves(instruction.reads, "arguments", into=True))
        self.put("call", target=f"tern_{instruction.note}")
        self.copy(self.conventional_moves(instruction.writes, "results", into=False))


def written(
    code: Code, allocation: Allocation, machine: Machine, first_error: int = 0
) -> list[str]:
    """The lines of a function's assembly."""
    return Writer(code, allocation, machine, first_error).text()

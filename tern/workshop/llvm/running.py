"""Running a program in LLVM IR: its branches, calls, and memory.

What instructions compute of values, somebody else says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tern.workshop.llvm.blocks import (
    NULL,
    POISON,
    UNDEF,
    Choose,
    Memory,
    Undefined,
    every_choice,
    size_of,
)
from tern.workshop.llvm.reading import Function, Instruction, Operand

MAX_STEPS = 30_000

Compute = Callable[[Instruction, list[Any], Choose], Any]
"""What an instruction gives for the values of its operands: one without memory or control flow."""


@dataclass(frozen=True, eq=False)
class Open:
    """What was computed of undef: like undef it may be another number at each use, so each use
    computes it again."""

    again: Callable[[], Any]


def used(value: Any) -> Any:
    """The value that one use sees."""
    return value.again() if isinstance(value, Open) else value


class Run:
    """One run of a program.

    Attributes:
        functions: by name.
        compute: what instructions give: arithmetic, comparisons, casts, select, and freeze.
        choose: what undef and frozen values are.
    """

    def __init__(self, functions: dict[str, Function], compute: Compute, choose: Choose) -> None:
        self.functions, self.compute, self.choose = functions, compute, choose
        self.memory, self.steps = Memory(), 0

    def call(self, function: Function, arguments: Sequence[Any]) -> Any:
        """What a call gives; None of a function without a result.

        A noalias parameter keeps its promise, and what the function allocates is there, until it
        returns. Undefined where the program is; ValueError after MAX_STEPS instructions.
        """
        return used(self.passed_on(function, arguments))

    def passed_on(self, function: Function, arguments: Sequence[Any]) -> Any:
        """What a call gives, open if it was computed of undef: the caller may use it twice."""
        frame, promised, allocated = {}, [], []
        for (_, name), value in zip(function.parameters, arguments):
            if name in function.noalias and value not in (POISON, UNDEF):
                value = self.memory.promise(value)
                promised.append(value)
            frame[name] = value
        label, before = function.entry, ""
        while True:
            for each in self.after_phis(function.blocks[label], before, frame):
                if each.opcode == "br":
                    before, label = label, self.target(each, frame)
                    break
                if each.opcode == "ret":
                    result = self.value(each.operands[0], frame) if each.type != "void" else None
                    for pointer in allocated:
                        self.memory.free(pointer)
                    for pointer in promised:
                        self.memory.end(pointer)
                    return result
                frame[each.result] = self.step(each, frame)
                if each.opcode == "alloca":
                    allocated.append(frame[each.result])

    def after_phis(
        self, block: list[Instruction], before: str, frame: dict[str, Any]
    ) -> list[Instruction]:
        """The instructions of a block behind its phis, which have all been chosen at once."""
        phis = [each for each in block if each.opcode == "phi"]
        chosen = [each.operands[each.to.index(before)] for each in phis]
        frame.update(zip([phi.result for phi in phis], [self.value(v, frame) for v in chosen]))
        self.steps += len(block)
        if self.steps > MAX_STEPS:
            raise ValueError("the program runs for too long")
        return block[len(phis) :]

    def value(self, operand: Operand, frame: dict[str, Any]) -> Any:
        """What an operand is."""
        if operand.text.startswith("%"):
            return frame[operand.text]
        words = {"poison": POISON, "undef": UNDEF, "null": NULL, "true": 1, "false": 0}
        if operand.text in words:
            return words[operand.text]
        return int(operand.text) % (1 << int(operand.type[1:]))

    def target(self, branch: Instruction, frame: dict[str, Any]) -> str:
        """Where a branch goes: on poison or undef, that is undefined behavior."""
        if len(branch.operands) == 1:
            return branch.operands[0].text
        condition = self.settled(self.value(branch.operands[0], frame))
        if condition in (POISON, UNDEF):
            raise Undefined(f"a branch on {condition}")
        return branch.operands[1 if condition else 2].text

    def settled(self, value: Any) -> Any:
        """What a value is, whatever is chosen: UNDEF if that makes a difference."""
        if not isinstance(value, Open):
            return value
        outside = self.choose

        def chosen(choose: Choose) -> Any:
            self.choose = choose
            return used(value)

        found = every_choice(chosen)
        self.choose = outside
        return found.pop() if len(found) == 1 else UNDEF

    def step(self, each: Instruction, frame: dict[str, Any]) -> Any:
        """What an instruction in the middle of a block gives."""
        if each.opcode == "unreachable":
            raise Undefined("unreachable is reached")
        if each.opcode == "alloca":
            count = int(each.operands[1].text) if len(each.operands) > 1 else 1
            return self.memory.allocate(count * size_of(each.type))
        given = [self.value(operand, frame) for operand in each.operands if operand.text]
        match each.opcode:
            case "call":
                return self.passed_on(self.functions[str(each.to)], given)
            case "store":
                return self.memory.store(each.type, *map(used, given))
            case "load":
                return self.memory.load(each.type, *given)
            case "getelementptr":
                return self.element(each, [used(value) for value in given])
            case "select":
                return self.selected(each, given)
        if each.opcode == "freeze" or not any(v == UNDEF or isinstance(v, Open) for v in given):
            return self.computed(each, given)
        if each.opcode[1:] in ("div", "rem"):  # whether that is undefined is decided now
            self.computed(each, given)
        return Open(lambda: self.computed(each, given))

    def selected(self, each: Instruction, given: list[Any]) -> Any:
        """What a select passes on, which may be open; open, too, by a condition that is."""
        condition, *both = given

        def again() -> Any:
            return self.compute(each, [used(condition), *both], self.choose)

        if each.operands[1].type != "ptr" and (condition == UNDEF or isinstance(condition, Open)):
            return Open(lambda: used(again()))
        return again()

    def computed(self, each: Instruction, given: list[Any]) -> Any:
        """What an instruction gives for its operands, each of which is used once."""
        return self.compute(each, [used(value) for value in given], self.choose)

    def element(self, each: Instruction, values: list[Any]) -> Any:
        """getelementptr: the first index counts whole types, a second one the elements of an array.

        Poison of poison, and with `inbounds` if it leaves the block.
        """
        if POISON in values:
            return POISON
        pointer, *indices = [self.choose(64) if value == UNDEF else value for value in values]
        type, by = each.type, 0
        for operand, index in zip(each.operands[2:], indices):
            bits = int(operand.type[1:])
            by += (index - (index >> (bits - 1) << bits)) * size_of(type)
            type = type.rpartition(" ")[2].rstrip("]")  # of [4 x i32], the i32
        return self.memory.moved(pointer, by, "inbounds" in each.flags)

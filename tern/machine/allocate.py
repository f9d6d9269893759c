"""Registers for a function's values: what linear scan is asked, and what its answer means."""

from __future__ import annotations

from dataclasses import dataclass, field

from tern.machine.code import Code, Instruction
from tern.machine.description import Machine, is_float
from tern.machine.intervals import (
    Ranges,
    covers,
    live_intervals,
    loop_depths,
    overlap,
    spill_weights,
)
from tern.machine.linear_scan import linear_scan
from tern.machine.liveness import liveness

Question = tuple[dict[int, Ranges], dict[int, int], dict[int, list[int]], dict[int, list[int]]]
"""What linear scan takes: intervals, weights, choices, and hints."""


@dataclass
class Allocation:
    """Where each value lives.

    Attributes:
        intervals: when each value is live.
        weights: what spilling each would cost.
        registers: the name of the register of each value that has one.
        slots: the number of the stack slot of each value that is spilled.
    """

    intervals: dict[int, Ranges]
    weights: dict[int, int]
    registers: dict[int, str] = field(default_factory=dict)
    slots: dict[int, int] = field(default_factory=dict)

    @property
    def spilled_weight(self) -> int:
        """The sum of the weights of what is spilled: the lower, the better."""
        return sum(self.weights[value] for value in self.slots)


def allocate(code: Code, machine: Machine, limit: int | None = None) -> Allocation:
    """A place for each value of a function. O(n log n).

    With a `limit`, only so many registers of each class are used, as on a smaller machine.
    """
    intervals, weights = pressure(code)
    result = Allocation(intervals, weights)
    for name, registers in machine.registers.items():
        names = registers.allocatable[:limit]
        question = question_of(code, machine, name, intervals, weights, limit)
        given = linear_scan(*question)
        result.registers.update((value, names[number]) for value, number in given.items())
        # Parallel copies are made class by class, so classes don't share slots.
        spilled = {v: ranges for v, ranges in question[0].items() if v not in given}
        first = 1 + max(result.slots.values(), default=-1)
        result.slots.update(slots_of(spilled, question[3], first))
    return result


def pressure(code: Code) -> tuple[dict[int, Ranges], dict[int, int]]:
    """When the values of a function are live, and what spilling each would cost."""
    effects, successors = code.effects, code.successors
    late = [[instruction.late for instruction in block] for block in code.blocks]
    intervals = live_intervals(effects, liveness(effects, successors), late)
    return intervals, spill_weights(effects, loop_depths(successors))


def question_of(
    code: Code,
    machine: Machine,
    name: str,
    intervals: dict[int, Ranges],
    weights: dict[int, int],
    limit: int | None = None,
) -> Question:
    """What linear scan is asked about one class of registers, which it knows by number."""
    registers = machine.registers[name]
    names = registers.allocatable[:limit]
    mine = {
        value: ranges
        for value, ranges in intervals.items()
        if is_float(code.types[value]) == (name == "float")
    }
    lost = _lost(code, machine, name)
    preferred = _conventional(code, machine, name)
    choices = {}
    for value, ranges in mine.items():
        taken = {key for key, times in lost.items() if covers(ranges, times)}
        free = [i for i, each in enumerate(names) if not taken.intersection(_groups(each))]
        first = [names.index(each) for each in preferred.get(value, ()) if each in names]
        choices[value] = list(dict.fromkeys([i for i in first if i in free] + free))
    return mine, {value: weights[value] for value in mine}, choices, _hints(code, mine)


def _groups(register: str) -> tuple[str, str]:
    return register, f"call {register}"


def _lost(code: Code, machine: Machine, name: str) -> dict[str, list[int]]:
    """When the content of a register is lost: at calls, and to instructions that need it."""
    registers = machine.registers[name]
    lost: dict[str, list[int]] = {}
    calls: list[int] = []
    time = 0
    for block in code.blocks:
        for instruction in block:
            if instruction.kind == "call":
                calls.append(time)
            elif instruction.pattern is not None:
                for register in instruction.pattern.clobbers:
                    lost.setdefault(register, []).append(time)
            time += 2
    if calls:
        for register in registers.allocatable:
            if register not in registers.saved:
                lost[f"call {register}"] = calls
    return lost


def _conventional(code: Code, machine: Machine, name: str) -> dict[int, list[str]]:
    """The registers in which calls and returns expect values, for each value."""
    registers = machine.registers[name]
    found: dict[int, list[str]] = {}
    for block in code.blocks:
        for instruction in block:
            places = conventional(instruction)
            for values, which in places:
                mine = [v for v in values if is_float(code.types[v]) == (name == "float")]
                for value, register in zip(mine, getattr(registers, which)):
                    found.setdefault(value, []).append(register)
    return found


def conventional(instruction: Instruction) -> list[tuple[tuple[int, ...], str]]:
    """The values that an instruction takes or gives where the calling convention says."""
    match instruction.kind:
        case "entry":
            return [(instruction.writes, "arguments")]
        case "return":
            return [(instruction.reads, "results")]
        case "call":
            return [(instruction.reads, "arguments"), (instruction.writes, "results")]
    return []


def _hints(code: Code, mine: dict[int, Ranges]) -> dict[int, list[int]]:
    """For each value, those that it is copied from or to."""
    hints: dict[int, list[int]] = {value: [] for value in mine}
    for block in code.blocks:
        for instruction in block:
            if instruction.kind == "copies":
                for to, source in zip(instruction.writes, instruction.reads):
                    if to in mine:
                        hints[to].append(source)
                        hints[source].append(to)
    return hints


def slots_of(
    intervals: dict[int, Ranges], hints: dict[int, list[int]], first: int
) -> dict[int, int]:
    """A stack slot, from `first` up, for each spilled value. Those that are not live together may
    share one, and what is copied does so first: then nothing has to be moved. O(n × slots)."""
    slots: dict[int, int] = {}
    holders: list[list[Ranges]] = []
    for value in sorted(intervals, key=lambda v: intervals[v][0]):
        ranges = intervals[value]
        wished = [slots[other] - first for other in hints[value] if other in slots]
        holders.append([])  # one is free in any case
        slot = next(
            slot
            for slot in (*wished, *range(len(holders)))
            if not any(overlap(ranges, other) for other in holders[slot])
        )
        holders[slot].append(ranges)
        if not holders[-1]:
            holders.pop()
        slots[value] = first + slot
    return slots

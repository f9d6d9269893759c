"""The stack frame of a function: spilled values below, saved registers above them."""

from __future__ import annotations

from dataclasses import dataclass

from tern.machine.allocate import Allocation
from tern.machine.code import Code
from tern.machine.description import Machine

SLOT = 8  # bytes


@dataclass(frozen=True)
class Frame:
    """What lies between the stack pointer and the caller's frame.

    Attributes:
        size: in bytes, without the return address that x86's `call` pushes.
        slots: how many slots of 8 bytes spilled values have, at the bottom.
        saved: the registers whose old content lies above them, in order.
        calls: whether the function calls others.
    """

    size: int
    slots: int
    saved: tuple[str, ...]
    calls: bool

    def at(self, slot: int) -> int:
        """The distance of a slot from the stack pointer, in bytes."""
        return SLOT * slot

    def at_saved(self, number: int) -> int:
        """The distance of a saved register's old content from the stack pointer, in bytes."""
        return SLOT * (self.slots + number)


def frame_of(code: Code, allocation: Allocation, machine: Machine) -> Frame:
    """The frame that a function needs.

    Where it calls another, both conventions want the stack pointer at a multiple of 16. x86's
    return address takes 8 bytes, so there the frame is 8 more than a multiple.
    """
    calls = any(i.kind == "call" for block in code.blocks for i in block)
    used = set(allocation.registers.values())
    saved = [
        register
        for registers in machine.registers.values()
        for register in registers.allocatable
        if register in registers.saved and register in used
    ]
    if calls and machine.link:
        saved.append(machine.link)
    slots = 1 + max(allocation.slots.values(), default=-1)
    size = SLOT * (slots + len(saved))
    if machine.link:
        size += -size % 16
    elif calls:
        size += (8 - size) % 16
    return Frame(size, slots, tuple(saved), calls)

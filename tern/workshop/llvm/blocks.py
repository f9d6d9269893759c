"""What a program in LLVM IR is run on: values, memory in blocks of bytes, and choices.

A value is an int (of N bits, 0 <= value < 2**N), a Pointer, POISON, or UNDEF.
Sources: llvm.org/docs/LangRef.html, "Poison Values", "Undefined Values", "Parameter Attributes";
J. Lee et al., "Taming Undefined Behavior in LLVM", PLDI 2017.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from tern.errors import TernError

POISON, UNDEF = "poison", "undef"
MAX_RUNS = 70_000


class Undefined(TernError):
    """The program has undefined behavior: whatever happens is right. The message says why."""


class Pointer(NamedTuple):
    """An address: so many bytes into a block. It is based on the noalias parameters `based_on`."""

    block: int
    offset: int
    based_on: frozenset[int] = frozenset()


NULL = Pointer(-1, 0)


def size_of(type: str) -> int:
    """Bytes from one element of a type to the next: of an i1 it's one, of a pointer eight, of an
    i24 four, as it's aligned like an i32, and of an array what all its elements take."""
    if array := re.fullmatch(r"\[(\d+) x (\w+)\]", type):
        return int(array[1]) * size_of(array[2])
    return 1 << (stored_size(type) - 1).bit_length()


def stored_size(type: str) -> int:
    """Bytes that a store of a type writes: three of an i24."""
    return 8 if type == "ptr" else -(-int(type[1:]) // 8)


class Memory:
    """Blocks of bytes, some of which are gone, and what noalias parameters promise of them."""

    def __init__(self) -> None:
        self.blocks: list[list[Any] | None] = []
        self.promises: dict[int, dict[tuple[int, int], set[tuple[bool, bool]]]] = {}
        self._calls = 0

    def allocate(self, size: int) -> Pointer:
        """A new block, of which every byte is undef. O(size)."""
        self.blocks.append([UNDEF] * size)
        return Pointer(len(self.blocks) - 1, 0)

    def free(self, pointer: Pointer) -> None:
        """The block is gone: to access it is undefined behavior."""
        self.blocks[pointer.block] = None

    def load(self, type: str, pointer: Any) -> Any:
        """The value of a type at an address. Undefined if it is not all inside of a block."""
        found = self._bytes(pointer, stored_size(type), writes=False)
        if isinstance(found[0], Pointer):
            return found[0]
        for odd in (POISON, UNDEF):
            if odd in found:
                return odd
        return int.from_bytes(bytes(found), "little") % (1 << int(type[1:]))

    def store(self, type: str, value: Any, pointer: Any) -> None:
        """Write a value of a type to an address. Undefined if it is not all inside of a block."""
        size = stored_size(type)
        self._bytes(pointer, size, writes=True)
        parts = [value] * size
        if isinstance(value, int):
            parts = list(value.to_bytes(size, "little"))
        block = self.blocks[pointer.block]
        assert block is not None
        block[pointer.offset : pointer.offset + size] = parts

    def moved(self, pointer: Pointer, by: int, inbounds: bool) -> Any:
        """The address so many bytes on, modulo 2**64; POISON if it must be in bounds, which include
        the end of the block, and is not."""
        size = len(self.blocks[pointer.block] or []) if pointer != NULL else 0
        if inbounds and by and not 0 <= pointer.offset + by <= size:
            return POISON
        wrapped = (pointer.offset + by + (1 << 63)) % (1 << 64) - (1 << 63)
        return pointer._replace(offset=wrapped)

    def promise(self, pointer: Pointer) -> Pointer:
        """The pointer as a noalias parameter: from now until `end`, whoever writes what others
        access has to go through it, or none may."""
        self._calls += 1
        self.promises[self._calls] = {}
        return pointer._replace(based_on=pointer.based_on | {self._calls})

    def end(self, pointer: Pointer) -> None:
        """The function that `promise` was made for has returned."""
        self.promises.pop(max(pointer.based_on), None)

    def _bytes(self, pointer: Any, size: int, writes: bool) -> list[Any]:
        if not isinstance(pointer, Pointer):
            raise Undefined(f"the address is {pointer}")
        block = None if pointer.block < 0 else self.blocks[pointer.block]
        if block is None or not 0 <= pointer.offset <= len(block) - size:
            raise Undefined("the address is outside of all memory that there is")
        for number, accesses in self.promises.items():
            through = number in pointer.based_on
            for byte in range(pointer.offset, pointer.offset + size):
                before = accesses.setdefault((pointer.block, byte), set())
                if any(how != through and (writes or wrote) for how, wrote in before):
                    raise Undefined("memory of a noalias parameter is accessed by another way")
                before.add((through, writes))
        return block[pointer.offset : pointer.offset + size]


Choose = Callable[[int], int]
"""Gives a number of so many bits: any, as LLVM may choose for undef and for what is frozen."""


def every_choice(run: Callable[[Choose], Any]) -> set[Any]:
    """What `run` gives, over all that can be chosen while it runs.

    Of more than 8 bits five numbers stand for all. O(product of the choices' sizes) runs;
    ValueError if those are more than MAX_RUNS.
    """
    found: set[Any] = set()
    scripts: list[list[int]] = [[]]
    for _ in range(MAX_RUNS):
        choices = _Choices(scripts.pop())
        found.add(run(choices.choose))
        scripts += choices.others
        if not scripts:
            return found
    raise ValueError(f"there is too much to choose: {MAX_RUNS:,} runs are not enough")


class _Choices:
    """What is chosen in one run: first what a script says, then always 0.

    Attributes:
        others: the scripts that differ from this run's in one choice, and then are open.
    """

    def __init__(self, script: list[int]) -> None:
        self.script, self.taken = script, list[int]()
        self.others: list[list[int]] = []

    def choose(self, bits: int) -> int:
        if len(self.taken) < len(self.script):
            value = self.script[len(self.taken)]
        else:
            value, top = 0, 1 << bits
            some = range(1, top) if bits <= 8 else [1, 2, top // 2, top - 1]
            self.others += [[*self.taken, other] for other in some]
        self.taken.append(value)
        return value

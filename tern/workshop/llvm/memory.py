"""The memory of a program in LLVM IR: blocks of bytes, far from each other.

An address is a number: the block's, times 2**32, and the byte's. 0 is null, in no block.
"""

from __future__ import annotations

from dataclasses import dataclass

from tern.workshop.llvm.values import POISON, Poison, Undef, UndefinedBehavior, Value

SPAN = 1 << 32
MAX_BYTES = 1 << 24  # of all blocks together


@dataclass(frozen=True)
class Part:
    """A byte of an undefined value that was stored: which one, of how many."""

    value: Undef
    number: int
    size: int

    def of(self, drawn: int | Poison) -> int | Poison:
        """This byte, if the value is what was drawn."""
        return drawn if isinstance(drawn, Poison) else drawn >> 8 * self.number & 255


Byte = int | Poison | Part | None


class Memory:
    """Blocks of bytes. A byte that nobody has written is undef, None; it may also be poison, or
    part of an undefined value, which is still another one each time it is used."""

    def __init__(self) -> None:
        self.blocks: list[list[Byte]] = []
        self.size = 0  # of all blocks

    def allocate(self, size: int, contents: bytes = b"") -> int:
        """The address of a new block, which begins with `contents`. UndefinedBehavior if huge."""
        self.size += size
        if self.size > MAX_BYTES:
            raise UndefinedBehavior("more memory than there is")
        self.blocks.append([*contents, *[None] * (size - len(contents))])
        return len(self.blocks) * SPAN

    def contents(self, address: int) -> list[int | Poison | None]:
        """The bytes of the block with this address: None where nothing was written. What is
        undefined is drawn, once for the bytes of one value."""
        found: list[int | Poison | None] = []
        last: Part | None = None
        drawn: int | Poison = 0
        for byte in self.blocks[address // SPAN - 1]:
            if isinstance(byte, Part):
                if last is None or byte != Part(last.value, last.number + 1, last.size):
                    drawn = byte.value.draw()
                last, byte = byte, byte.of(drawn)
            found.append(byte)
        return found

    def holds(self, address: int, inside_of: int) -> bool:
        """Whether an address is in a block, or just behind it."""
        number = inside_of // SPAN
        if address == inside_of == 0:
            return True  # null is in bounds of itself
        return 0 < number <= len(self.blocks) and 0 <= address - number * SPAN <= len(
            self.blocks[number - 1]
        )

    def load(self, address: int, width: int) -> Value | None:
        """An integer of a width, least byte first; None where nothing was written."""
        size = (width + 7) // 8
        block, at = self._range(address, size)
        found = block[at : at + size]
        if any(byte is POISON for byte in found):
            return POISON
        if any(byte is None for byte in found):
            return None
        first = found[0]
        if isinstance(first, Part):
            if found == [Part(first.value, number, size) for number in range(size)]:
                return first.value
        if any(isinstance(byte, Part) for byte in found):
            return Undef(lambda: _joined(found, width))
        return int.from_bytes(bytes(found), "little") % (1 << width)  # type: ignore[arg-type]

    def store(self, address: int, value: Value, width: int) -> None:
        size = (width + 7) // 8
        block, at = self._range(address, size)
        if isinstance(value, int):
            block[at : at + size] = value.to_bytes(size, "little")
        elif isinstance(value, Undef):
            block[at : at + size] = [Part(value, number, size) for number in range(size)]
        else:
            block[at : at + size] = [POISON] * size

    def _range(self, address: int, size: int) -> tuple[list[Byte], int]:
        number, at = divmod(address, SPAN)
        if not 0 < number <= len(self.blocks):
            raise UndefinedBehavior("null, or an address of nothing, is followed")
        block = self.blocks[number - 1]
        if at + size > len(block):
            raise UndefinedBehavior("memory outside of an object is used")
        return block, at


def _joined(found: list[Byte], width: int) -> int | Poison:
    """The number that bytes are, some of which are drawn."""
    drawn = [byte.of(byte.value.draw()) if isinstance(byte, Part) else byte for byte in found]
    if any(isinstance(byte, Poison) for byte in drawn):
        return POISON
    return int.from_bytes(bytes(drawn), "little") % (1 << width)  # type: ignore[arg-type]

"""The memory of a program in LLVM IR: blocks of bytes, far from each other.

An address is a number: the block's, times 2**32, and the byte's. 0 is null, in no block.
"""

from __future__ import annotations

from tern.workshop.llvm.values import POISON, Poison, Undefined, UndefinedBehavior, Value

SPAN = 1 << 32
MAX_BYTES = 1 << 24  # of all blocks together


class Memory:
    """Blocks of bytes. A byte that nobody has written is undef; it may also be poison."""

    def __init__(self) -> None:
        self.blocks: list[list[int | Poison | None]] = []
        self.size = 0  # of all blocks

    def allocate(self, size: int, contents: bytes = b"") -> int:
        """The address of a new block, which begins with `contents`. UndefinedBehavior if huge."""
        self.size += size
        if self.size > MAX_BYTES:
            raise UndefinedBehavior("more memory than there is")
        self.blocks.append([*contents, *[None] * (size - len(contents))])
        return len(self.blocks) * SPAN

    def contents(self, address: int) -> list[int | Poison | None]:
        """The bytes of the block with this address: None where nothing was written."""
        return self.blocks[address // SPAN - 1]

    def holds(self, address: int, inside_of: int) -> bool:
        """Whether an address is in a block, or just behind it."""
        number = inside_of // SPAN
        return 0 < number <= len(self.blocks) and 0 <= address - number * SPAN <= len(
            self.blocks[number - 1]
        )

    def load(self, address: int, width: int) -> Value:
        """An integer of a width, least byte first."""
        block, at = self._range(address, (width + 7) // 8)
        found = block[at : at + (width + 7) // 8]
        if any(byte is POISON for byte in found):
            return POISON
        if any(byte is None for byte in found):
            return Undefined(lambda: 0)
        return int.from_bytes(bytes(found), "little") % (1 << width)  # type: ignore[arg-type]

    def store(self, address: int, value: int | Poison, width: int) -> None:
        size = (width + 7) // 8
        block, at = self._range(address, size)
        if isinstance(value, Poison):
            block[at : at + size] = [POISON] * size
        else:
            block[at : at + size] = value.to_bytes(size, "little")

    def _range(self, address: int, size: int) -> tuple[list[int | Poison | None], int]:
        number, at = divmod(address, SPAN)
        if not 0 < number <= len(self.blocks):
            raise UndefinedBehavior("null, or an address of nothing, is followed")
        block = self.blocks[number - 1]
        if at + size > len(block):
            raise UndefinedBehavior("memory outside of an object is used")
        return block, at

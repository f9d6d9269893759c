"""Where a kernel's arguments lie in memory, the same in every run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

MAX_BYTES = 1 << 26  # of all arguments together
PAGE = 4096
C_TYPES = {
    "float32": "float",
    "float64": "double",
    "bool": "_Bool",
    **{f"int{bits}": f"__INT{bits}_TYPE__" for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": f"__UINT{bits}_TYPE__" for bits in (8, 16, 32, 64)},
}


class CountError(Exception):
    """There are no counts, and why: one line."""


@dataclass(frozen=True)
class Parameter:
    value: np.ndarray
    is_array: bool
    offset: int  # bytes from the arena's start

    @property
    def kind(self) -> str:
        return self.value.dtype.name

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape


class Layout:
    """Where each argument lies in the arena: one after the other, each from a new page."""

    def __init__(self, arguments: Sequence[Any]) -> None:
        import numpy as np

        self.parameters: list[Parameter] = []
        self.size = PAGE
        for at, argument in enumerate(arguments):
            is_array = isinstance(argument, np.ndarray)
            if not is_array and not isinstance(argument, (int, float, np.number, np.bool_)):
                raise CountError(
                    f"argument {at} is neither an array nor a number: {argument!r:.60}"
                )
            try:
                value = np.asarray(argument, np.int64 if type(argument) is int else None)
            except OverflowError:
                raise CountError(f"argument {at} does not fit in 64 bits: {argument}") from None
            if value.dtype.name not in C_TYPES or not value.dtype.isnative:
                raise CountError(
                    f"argument {at} has the dtype {value.dtype}, which has no C type here"
                )
            if not value.flags.c_contiguous:
                raise CountError(f"argument {at} is not C-contiguous")
            offset = self.size - PAGE
            self.parameters.append(Parameter(value, is_array, offset))
            self.size += max(1, -(-value.nbytes // PAGE)) * PAGE
        if self.size > MAX_BYTES:
            raise CountError(
                f"the arguments take {self.size:,} bytes; at most {MAX_BYTES:,} are allowed"
            )

    def bytes(self) -> bytearray:
        arena = bytearray(self.size)
        for p in self.parameters:
            arena[p.offset : p.offset + p.value.nbytes] = p.value.tobytes()
        return arena

    def results(self, arena: bytes) -> tuple[np.ndarray, ...]:
        import numpy as np

        return tuple(
            np.frombuffer(arena, p.value.dtype, p.value.size, p.offset).reshape(p.shape).copy()
            for p in self.parameters
            if p.is_array
        )

"""What the exercises of chapter 17 are given to work with."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tvm.s_tir import Schedule
    from tvm.s_tir.schedule import LoopRV


def cut(sch: Schedule, loop: LoopRV, size: int) -> list[LoopRV]:
    """Split `loop` into an outer and an inner one, of `size` or of all its iterations if it has fewer.

    A plain `sch.split(loop, [None, 16])` makes 16 iterations of a loop that has one, and a condition.
    """
    return sch.split(loop, [None, min(size, int(sch.get(loop).extent))])

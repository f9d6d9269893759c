"""What the exercises of chapter 17 are given to work with."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tvm.s_tir import Schedule
    from tvm.s_tir.schedule import LoopRV


def cut(sch: Schedule, loop: LoopRV, size: int) -> list[LoopRV]:
    """Split `loop` into an outer and an inner one, of `size` iterations or of all if it has fewer.

    A plain `sch.split(loop, [None, 16])` makes 16 iterations of a loop that has one, and a
    condition.
    """
    return sch.split(loop, [None, min(size, int(sch.get(loop).extent))])


def vector_shape() -> tuple[int, int]:
    """This machine's vector registers: how many float32 one holds, and how many there are.

    (16, 32) with AVX-512, (8, 16) on any other x86, as AVX2 has them, and (4, 32) elsewhere, as
    NEON has.
    """
    from tern.targets.tvm import host, import_tvm

    if platform.machine() not in ("x86_64", "AMD64"):
        return 4, 32
    target = import_tvm().target
    avx512 = target.codegen.llvm_cpu_has_features("avx512f", target.Target(host()))
    return (16, 32) if avx512 else (8, 16)

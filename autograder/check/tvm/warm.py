"""Importing this makes ready what replaying and compiling a schedule needs, before a process forks.

TVM reads much when it is first used: a first schedule takes ten times as long as the next. So the
smallest there is, is made and compiled here, for the CPU and for a GPU.
"""

from __future__ import annotations

from autograder.check.tvm import gpu, look, replay  # noqa: F401
from tern.workshop.schedules import MATMUL

NOTHING: list = [[], []]  # the trace of a schedule that is left as it is


def _bound() -> object:
    """The module of a product of two numbers, by one thread."""
    import tvm.s_tir

    schedule = tvm.s_tir.Schedule(MATMUL.module(1, 1, 1))
    block, thread, *_ = schedule.get_loops(schedule.get_sblock("C"))
    schedule.bind(block, "blockIdx.x")
    schedule.bind(thread, "threadIdx.x")
    return schedule.mod


replay.fingerprint(MATMUL.name, [1, 1, 1], NOTHING)
replay.code(MATMUL.name, [1, 1, 1], NOTHING)
gpu.source(_bound(), "cuda")
gpu.source(_bound(), "opencl")

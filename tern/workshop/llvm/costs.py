"""What a function of LLVM IR costs, roughly: cycles of latency, or how often something is executed.

The table has round numbers of a processor of today (uops.info: Skylake to Zen 4): it stands for an
order, not for a machine.
"""

from __future__ import annotations

import random
from collections import Counter

from tern.workshop.llvm import refinement
from tern.workshop.llvm.ir_text import Function
from tern.workshop.llvm.values import OutOfSteps

CYCLES = {"mul": 3, "udiv": 20, "sdiv": 20, "urem": 20, "srem": 20, "freeze": 0, "ret": 0}
"""Of other instructions it is 1. A freeze becomes no machine instruction."""
NAMES = {"cycles": "cycles", "mul": "executed multiplications"}
INPUTS = 4


def cycles(function: Function) -> int:
    """The cycles of all instructions, as if they waited for each other."""
    return sum(CYCLES.get(op.opcode, 1) for op in function.instructions())


def executed(function: Function, like: Function, rng: random.Random) -> Counter[str]:
    """How often each opcode is executed, on arguments that are drawn for the function `like`."""
    count: Counter[str] = Counter()
    for arguments in refinement.drawn(like, rng, INPUTS):
        try:
            refinement.result_of(function, arguments, count=count)
        except OutOfSteps:
            continue
    return count

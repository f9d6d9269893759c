"""tern's own back end: functions on scalars to assembly for x86-64 and AArch64.

Selection (`select`), liveness and live intervals, register allocation (`linear_scan`), parallel
copies, frames, and text, in this order. `load` makes it run on this machine, by way of LLVM's
assembler; `simulate` runs it on any, and counts.
"""

from tern.machine.compile import Program, compile_functions
from tern.machine.copies import parallel_copies
from tern.machine.description import Machine, Pattern
from tern.machine.linear_scan import linear_scan
from tern.machine.liveness import liveness
from tern.machine.select import select

__all__ = [
    "Machine",
    "Pattern",
    "Program",
    "compile_functions",
    "linear_scan",
    "liveness",
    "parallel_copies",
    "select",
]

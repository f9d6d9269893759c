"""LLVM: functions of scalars, and of loops over buffers, as LLVM IR and as machine code."""

from typing import Any

from tern.targets.llvm.calls import call, prologue, results_text, signature
from tern.targets.llvm.compile import compile_llvm, llvm_text, optimized
from tern.targets.llvm.emit import emit_llvm
from tern.targets.llvm.entry import address
from tern.targets.llvm.guards import guard
from tern.targets.llvm.helpers import complete
from tern.targets.llvm.loops import emit_loops
from tern.targets.llvm.operations import spell
from tern.targets.llvm.text import constant_text, type_text
from tern.targets.llvm.writer import Writer
from tern.targets.parameters import Layout

__all__ = [
    "Layout",
    "Writer",
    "address",
    "call",
    "compile_llvm",
    "complete",
    "constant_text",
    "emit_llvm",
    "emit_loops",
    "guard",
    "llvm_text",
    "machine_code",
    "optimized",
    "prologue",
    "results_text",
    "signature",
    "spell",
    "type_text",
]


def __getattr__(name: str) -> Any:
    if name != "machine_code":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from tern.targets.llvm.jit import machine_code  # llvmlite is imported where it is needed

    return machine_code

"""LLVM: functions of scalars, and of loops over buffers, as LLVM IR and as machine code."""

from tern.targets.llvm.compile import compile_llvm, llvm_text, optimized
from tern.targets.llvm.emit import emit_llvm
from tern.targets.llvm.loops import emit_loops

__all__ = ["compile_llvm", "emit_llvm", "emit_loops", "llvm_text", "optimized"]

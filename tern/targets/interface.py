"""What every target can be asked: whether it can do a function, its text, and to compile it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tern.errors import TernError, at
from tern.ir import Operation
from tern.targets.runtime import Compiled


@dataclass
class Emitted:
    """The text of the functions that a target can do, and an error for each of the others."""

    text: str
    refused: list[TernError] = field(default_factory=list)


@dataclass(frozen=True)
class Target:
    """A language that functions are compiled to.

    Attributes:
        name: what `python -m tern --emit` calls it.
        takes: "loops", functions of loops over buffers, "tensors", or "scalars". LLVM takes
            functions of loops and of scalars, and MLIR all of them.
        write: the text of one function or several. EmitError for what has no form.
        check: raises that EmitError with less work, where there is less; else `write`.
        compile: one function, as one that can be called; None if this machine cannot.
    """

    name: str
    takes: str
    write: Callable[..., str]
    compile: Callable[[Operation], Compiled] | None = None
    check: Callable[[Operation], Any] | None = None

    def why_not(self, func: Operation) -> TernError | None:
        """None if the target can do the function, else the reason, with the place."""
        try:
            with at(func.location):
                (self.check or self.write)(func)
        except TernError as error:
            return error
        return None

    def emit(self, funcs: Sequence[Operation]) -> Emitted:
        """The text of all the functions that have a form."""
        reasons = [self.why_not(func) for func in funcs]
        able = [func for func, reason in zip(funcs, reasons) if reason is None]
        refused = [reason for reason in reasons if reason is not None]
        return Emitted(self.write(*able).rstrip() if able else "", refused)

    def load(self, func: Operation) -> Compiled:
        """The function, compiled. EmitError if it has no form."""
        if self.compile is None:
            raise ValueError(f"{self.name} is text alone")
        with at(func.location):
            return self.compile(func)


def target(name: str, **options: Any) -> Target:
    """The target of a name: llvm, opt, cpp, numba, tvm, triton, asm, whose option is `machine`,
    ptx, whose option is `device`, mlir, whose option is `locate`, llvm-dialect, or stablehlo.

    What it needs is imported when it compiles, and not before. KeyError for another name.
    """
    return _TARGETS[name](**options)


def _each(write: Callable[[Operation], str]) -> Callable[..., str]:
    """Of a text for one function the text for several, one after the other."""
    return lambda *funcs: "\n\n".join(write(func) for func in funcs)


def _llvm() -> Target:
    from tern.targets.llvm.compile import compile_llvm, llvm_text

    return Target("llvm", "loops", llvm_text, compile_llvm)


def _opt() -> Target:
    from tern.targets.llvm.compile import compile_llvm, llvm_text, optimized

    return Target("opt", "loops", optimized, compile_llvm, check=llvm_text)


def _cpp() -> Target:
    from tern.targets.cpp import compile_cpp, cpp_text

    return Target("cpp", "loops", cpp_text, compile_cpp)


def _numba() -> Target:
    from tern.targets.numba import compile_numba, emit_python

    return Target("numba", "loops", _each(emit_python), compile_numba)


def _tvm() -> Target:
    from tern.targets.tvm import compile_tvm, emit_tvm

    return Target("tvm", "loops", _each(emit_tvm), compile_tvm)


def _triton() -> Target:
    from tern.targets.triton import compile_triton, emit_triton

    return Target("triton", "tensors", emit_triton, compile_triton)


def _ptx(device: str = "sm_80") -> Target:
    from tern.targets.triton import emit_triton
    from tern.targets.triton_ptx import emit_ptx

    write = _each(lambda func: emit_ptx(func, device))
    return Target("ptx", "tensors", write, check=emit_triton)


def _asm(machine: str | None = None) -> Target:
    from tern.targets.machine import compile_machine, machine_text

    return Target("asm", "scalars", machine_text(machine), compile_machine)


def _mlir(locate: Callable[[Operation], str] | None = None) -> Target:
    from tern.targets.mlir import compile_mlir, mlir_text

    write = partial(mlir_text, locate=locate)
    return Target("mlir", "tensors", write, compile_mlir, check=mlir_text)


def _llvm_dialect() -> Target:
    from tern.targets.mlir import compile_mlir, dialect_text, mlir_text

    return Target("llvm-dialect", "tensors", dialect_text, compile_mlir, check=mlir_text)


def _stablehlo() -> Target:
    from tern.targets.stablehlo import compile_xla, stablehlo_text

    return Target("stablehlo", "tensors", stablehlo_text, compile_xla)


_TARGETS: dict[str, Callable[..., Target]] = {
    "asm": _asm,
    "llvm": _llvm,
    "opt": _opt,
    "cpp": _cpp,
    "numba": _numba,
    "tvm": _tvm,
    "triton": _triton,
    "ptx": _ptx,
    "mlir": _mlir,
    "llvm-dialect": _llvm_dialect,
    "stablehlo": _stablehlo,
}

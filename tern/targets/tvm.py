"""Compiling loop nests, and functions of tensors, with TVM 0.27."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tern.ir import Operation
from tern.targets.errors import EmitError
from tern.targets.runtime import CompiledLoops
from tern.targets.tvm_script import as_loops, emit_tvm

__all__ = ["compile_tvm", "emit_tvm", "host", "tvm_module"]

Target = Mapping[str, Any]

NEEDS = "pip install apache-tvm==0.27.0.post1 apache-tvm-ffi==0.1.14.post1"


def import_tvm() -> Any:
    """The module tvm. ModuleNotFoundError, in one line, if it is not installed."""
    try:
        import tvm
        import tvm.script
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("tvm", "tvm_ffi"):
            raise
        raise ModuleNotFoundError(f"TVM is not installed: {NEEDS}", name=error.name) from None
    return tvm


def host() -> dict[str, Any]:
    """The target that is this machine's CPU: plain "llvm" would use no instruction that not every
    x86 has, and vectors of 128 bits."""
    return {"kind": "llvm", "mcpu": import_tvm().target.codegen.llvm_get_system_cpu()}


def tvm_module(script: str) -> Any:
    """TVMScript of one function as a tvm.IRModule, in which the function is `main`."""
    tvm = import_tvm()
    func = tvm.script.from_source(script)
    return tvm.IRModule({"main": func.with_attr("global_symbol", "main")})


def compile_tvm(func: Operation, target: Target | None = None, *, nan: bool = True) -> CompiledTvm:
    """A function of loops, or of tensors, as one that takes NumPy arrays and changes them in place.

    The arguments are those of `func` as loops: for one of tensors, the results come at the end,
    as in tern.lower. They must not overlap. Each call copies the arrays to where TVM wants them
    (it takes 64-byte alignment for granted) and what it stores to back; to measure the code
    alone, call `executable["main"]` on tensors of tvm.runtime.tensor. `target` is a CPU; by
    default this one.

    Arguments, and the subscripts that they lead to, are checked before the loops run. An integer
    division without a result is a RuntimeError. NaN goes through max and min (unless `nan` is
    false). Where one operation may differ from the interpreter's, tern.conformance.PERMITTED says,
    and FAILING what happens where there is no result. Of several together: an integer sum or
    product that leaves its type's range wraps around if it is stored or summed up, but what
    compares or divides it may see anything, since TVM takes it for one that stays; TVM may fuse a
    multiplication and an addition into one rounding; and it keeps bf16 as f32 until it is stored.
    TVM's simplifier, which takes floats for real numbers, is left out: if you compile `mod` with
    tvm.compile yourself, x - x is 0 of NaN too.

    Raises:
        EmitError, LoweringError: something in the function has no form in TVMScript, or TVM does
            not compile it.
        ModuleNotFoundError: TVM is not installed.
    """
    tvm = import_tvm()
    loops = as_loops(func)
    source = emit_tvm(loops, nan=nan)
    target = dict(target or host())
    with _in_one_line():
        mod = tvm_module(source)
    executable = _compile(mod, target)
    stored = {op.operands[1] for op in loops.walk() if op.name.endswith(".store")}
    results = [n for n, arg in enumerate(loops.body.blocks[0].args) if arg in stored]
    fallback: list[Any] = []  # for arguments without elements, see emit_tvm

    def entry(*args: Any) -> None:
        run = executable["main"]
        if any(isinstance(arg, np.ndarray) and arg.size == 0 for arg in args):
            if not fallback:
                whole = tvm_module(emit_tvm(loops, nan=nan, init=False))
                fallback.append(_compile(whole, target))
            run = fallback[0]["main"]
        passed = [tvm.runtime.tensor(a) if isinstance(a, np.ndarray) else a for a in args]
        run(*passed)
        for number in results:
            args[number][...] = passed[number].numpy()

    return CompiledTvm(loops, source, entry, mod, executable)


@dataclass
class CompiledTvm(CompiledLoops):
    """What `compile_tvm` gives: `mod` is the tvm.IRModule, `executable` what TVM made of it."""

    mod: Any = None
    executable: Any = None


def _compile(mod: Any, target: Target) -> Any:
    """TVM's executable, without its simplifier: that takes floats for real numbers, of which
    x - x is 0. (LLVM simplifies after it.)"""
    tvm = import_tvm()
    left_out = ["s_tir.StmtSimplify", "tirx.StmtSimplify"]
    with _in_one_line(), tvm.transform.PassContext(disabled_pass=left_out):
        return tvm.compile(mod, target=dict(target))


@contextlib.contextmanager
def _in_one_line() -> Iterator[None]:
    """EmitError for what TVM raises: any exception that Python or its C++ has, of many lines."""
    try:
        yield
    except Exception as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        why = lines[0].removeprefix("error: ") if lines else type(error).__name__
        raise EmitError(f"TVM does not compile it: {why}") from None

"""The real MLIR, from the package torch-mlir: what tern prints, compiled by it and run."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np

from tern.conformance.cases import Case
from tern.conformance.runners import Arrays, Refusal, Run, loop_function
from tern.ir import new_module
from tern.ir.arrays import dtype_of
from tern.types import f64

PASSES = """
    func.func(llvm-request-c-wrappers), lower-affine, convert-scf-to-cf,
    func.func(math-expand-ops{ops=rsqrt}),
    func.func(math-extend-to-supported-types{target-type=f32}),
    func.func(arith-emulate-unsupported-floats{source-types=bf16 target-type=f32}),
    func.func(arith-expand{include-bf16=true}),
    convert-math-to-llvm, convert-math-to-libm, finalize-memref-to-llvm, convert-arith-to-llvm,
    convert-index-to-llvm, convert-func-to-llvm,
    convert-cf-to-llvm, reconcile-unrealized-casts
"""


class MlirRunner:
    """tern's text, lowered to LLVM by MLIR's passes."""

    name = "mlir"

    def prepare(self, chosen: Sequence[Case]) -> dict[Case, Run | Refusal]:
        """All together; if MLIR does not lower all of them, each half, and so on."""
        from torch_mlir import ir

        refused = {case: Refusal(why) for case in chosen if (why := _calls_a_library(case))}
        chosen = [case for case in chosen if case not in refused]
        if refused or not chosen:
            return {**refused, **(self.prepare(chosen) if chosen else {})}
        try:
            return self.compiled(chosen)
        except ir.MLIRError as error:
            if len(chosen) == 1:
                return {chosen[0]: Refusal(str(error).splitlines()[1])}
        half = len(chosen) // 2
        return {**self.prepare(chosen[:half]), **self.prepare(chosen[half:])}

    def compiled(self, chosen: Sequence[Case]) -> dict[Case, Run | Refusal]:
        from torch_mlir import ir
        from torch_mlir.execution_engine import ExecutionEngine
        from torch_mlir.passmanager import PassManager

        module = new_module()
        for number, case in enumerate(chosen):
            func = loop_function([case])
            func.attributes["sym_name"] = f"f{number}"
            module.body.only_block.append(func)
        with ir.Context():
            theirs = ir.Module.parse(str(module))
            passes = " ".join(PASSES.split())
            PassManager.parse(f"builtin.module({passes})").run(theirs.operation)
            engine = ExecutionEngine(theirs, opt_level=1, shared_libs=[])
        return {case: run_of(engine, f"f{n}", case) for n, case in enumerate(chosen)}


def _calls_a_library(case: Case) -> str:
    """Why the engine, which knows the C library alone, cannot run a case; empty if it can."""
    narrow = case.name == "arith.truncf" and case.operands == (f64,) and case.result.width == 16
    return "LLVM calls a function for it that the C library has not" if narrow else ""


def run_of(engine: Any, name: str, case: Case) -> Run:
    def run(arrays: Arrays) -> np.ndarray:
        out = np.zeros(len(arrays[0]), dtype_of(case.result))
        descriptors = [ctypes.pointer(descriptor(array)) for array in (*arrays, out)]
        engine.invoke(name, *[ctypes.pointer(pointer) for pointer in descriptors])
        return out

    return run


class Descriptor(ctypes.Structure):
    """How MLIR passes a buffer of one axis to compiled code."""

    _fields_ = (
        ("allocated", ctypes.c_void_p),
        ("aligned", ctypes.c_void_p),
        ("offset", ctypes.c_int64),
        ("size", ctypes.c_int64),
        ("stride", ctypes.c_int64),
    )


def descriptor(array: np.ndarray) -> Descriptor:
    at = array.ctypes.data
    return Descriptor(at, at, 0, len(array), 1)

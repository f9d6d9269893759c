"""Running a function of tensors by the real MLIR: its own passes down to LLVM, and then its JIT."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import torch_mlir.execution_engine
import torch_mlir.ir as mlir
from torch_mlir import passmanager

from tern.ir import Operation, functions
from tern.ir.arrays import dtype_of
from tern.types import TensorType

_PASSES = """builtin.module(
    func.func(convert-elementwise-to-linalg), one-shot-bufferize{bufferize-function-boundaries
        function-boundary-type-conversion=identity-layout-map},
    func.func(convert-linalg-to-loops), expand-strided-metadata, lower-affine,
    convert-scf-to-cf, arith-expand, convert-arith-to-llvm, convert-math-to-llvm,
    convert-index-to-llvm, finalize-memref-to-llvm, convert-func-to-llvm, convert-cf-to-llvm,
    reconcile-unrealized-casts)"""


class _Any(ctypes.Structure):
    """A memref of any rank, as C sees it."""

    _fields_ = [("rank", ctypes.c_int64), ("descriptor", ctypes.c_void_p)]


@ctypes.CFUNCTYPE(None, ctypes.c_int64, ctypes.POINTER(_Any), ctypes.POINTER(_Any))
def _copy(width: int, source: Any, target: Any) -> None:
    """What MLIR's runtime library has as memrefCopy."""
    np.copyto(_array(target[0], width), _array(source[0], width))


def _array(any_rank: _Any, width: int) -> Any:
    class Descriptor(ctypes.Structure):
        _fields_ = [
            ("allocated", ctypes.c_int64),
            ("aligned", ctypes.c_int64),
            ("offset", ctypes.c_int64),
            ("shape", ctypes.c_int64 * any_rank.rank),
            ("strides", ctypes.c_int64 * any_rank.rank),
        ]

    found = Descriptor.from_address(any_rank.descriptor)
    shape, strides = tuple(found.shape), tuple(found.strides)
    if 0 in shape:
        return np.empty(shape, f"V{width}")
    span = 1 + sum((n - 1) * s for n, s in zip(shape, strides))
    memory = (ctypes.c_char * (span * width)).from_address(found.aligned + found.offset * width)
    flat = np.frombuffer(memory, f"V{width}")
    return np.lib.stride_tricks.as_strided(flat, shape, [s * width for s in strides])


def run_mlir(module: Operation, *args: Any) -> list[Any]:
    """The results of the first function of a module of tern, each a tensor, by MLIR.

    Raises MLIRError if MLIR does not take the module, or cannot bring it down.
    """
    (func,) = functions(module)
    results = func.attributes["function_type"].results
    assert all(isinstance(type, TensorType) for type in results)
    head, brace, rest = str(module).partition("{\n")
    signature, body = rest.split("\n", 1)
    signature = signature.removesuffix("{") + "attributes {llvm.emit_c_interface} {"
    text = head + brace + signature + "\n" + body
    with mlir.Context():
        lowered = mlir.Module.parse(text)
        passmanager.PassManager.parse(_PASSES).run(lowered.operation)
        engine = torch_mlir.execution_engine.ExecutionEngine(lowered, opt_level=0)
        engine.raw_register_runtime("memrefCopy", ctypes.cast(_copy, ctypes.c_void_p))
        outs = _results(results)
        name = func.attributes["sym_name"]
        inputs = func.attributes["function_type"].inputs
        given = [_argument(value, type) for value, type in zip(args, inputs, strict=True)]
        engine.invoke(name, ctypes.pointer(ctypes.pointer(outs)), *given)
        fields = [outs] if len(results) == 1 else [getattr(outs, f) for f, _ in outs._fields_]
        return [_result(field, type) for field, type in zip(fields, results)]


def _argument(value: Any, type: Any) -> Any:
    """A pointer to what the function's C interface takes."""
    if isinstance(type, TensorType):
        return ctypes.pointer(ctypes.pointer(_descriptor(np.array(value, order="C"))))
    cell = np.array([value], dtype_of(type))
    pointer = ctypes.c_void_p(cell.ctypes.data)
    pointer.keep = cell  # type: ignore[attr-defined]
    return pointer


def _descriptor(array: Any) -> Any:
    made = _memref(array.ndim)()
    made.allocated = made.aligned = array.ctypes.data
    made.keep = array
    for axis, (n, stride) in enumerate(zip(array.shape, array.strides)):
        made.shape[axis], made.strides[axis] = n, stride // array.itemsize
    return made


def _memref(rank: int) -> Any:
    sizes = [("shape", ctypes.c_int64 * rank), ("strides", ctypes.c_int64 * rank)] if rank else []
    first = [(name, ctypes.c_int64) for name in ("allocated", "aligned", "offset")]
    return type("Descriptor", (ctypes.Structure,), {"_fields_": first + sizes})


def _results(types: Any) -> Any:
    """Room for what the function gives: a memref, or a struct of several."""
    if len(types) == 1:
        return _memref(types[0].rank)()
    fields = [(f"r{number}", _memref(type.rank)) for number, type in enumerate(types)]
    return type("Results", (ctypes.Structure,), {"_fields_": fields})()


def _result(found: Any, type: TensorType) -> Any:
    dtype = dtype_of(type.element)
    shape = tuple(found.shape) if type.rank else ()
    strides = tuple(found.strides) if type.rank else ()
    if 0 in shape:
        return np.empty(shape, dtype)
    span = 1 + sum((n - 1) * s for n, s in zip(shape, strides))
    start = found.aligned + found.offset * dtype.itemsize
    memory = (ctypes.c_char * (span * dtype.itemsize)).from_address(start)
    flat = np.frombuffer(bytes(memory), dtype)
    steps = [stride * dtype.itemsize for stride in strides]
    return np.lib.stride_tricks.as_strided(flat, shape, steps).copy()

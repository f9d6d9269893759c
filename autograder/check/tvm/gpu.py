"""A GPU schedule without a GPU: its CUDA source, and its OpenCL source, run by PoCL on the CPU.

PoCL runs every thread of a block, barriers and local memory included. Nothing here needs a driver.
"""

from __future__ import annotations

import math
import os
from typing import Any

import numpy as np

from autograder.check.tvm import look
from autograder.check.tvm.plain_trace import TraceError, reason


def source(module: Any, kind: str, arch: str = "sm_80") -> str:
    """The "cuda" or "opencl" source of a scheduled module. TraceError: no loop is bound."""
    import tvm

    if outside := look.intermediates(module, "global"):
        where = f"{next(iter(outside))} is in global memory"
        raise TraceError(f"{where}: keep what is between the blocks in shared or local memory")
    if wrong := look.misplaced(module):
        raise TraceError(wrong)
    for name, scope in look.scopes(module).items():
        if scope not in ("shared", "local"):  # PoCL, given "shared.dyn", ends the process
            use = "shared" if scope.startswith("shared") else "local"
            raise TraceError(f'{name} has the scope "{scope}": use the scope "{use}" here')
    target: Any = {
        "kind": kind,
        "host": {"kind": "llvm"},
        **({"arch": arch} if kind == "cuda" else {}),
    }
    try:
        imports = tvm.compile(module, target=target).mod.imports
    except Exception as error:
        raise TraceError(f"TVM makes no {kind} source of it: {_why(error)}") from None
    texts = [str(each.inspect_source()) for each in imports if each.kind == kind]
    if not texts:
        raise TraceError(
            "no loop is bound to blockIdx or threadIdx: TVM has made a program for the CPU"
        )
    return texts[0]


def _why(error: Exception) -> str:
    """TVM's own words, but for the mistake that everybody makes: a block without threads."""
    lines = [line.strip() for line in str(error).splitlines()]
    if found := [line for line in lines if "is directly accessed by host memory" in line]:
        return f"some block is outside all loops that are bound to threads ({found[0][:200]})"
    return reason(error)


def cuda(module: Any, arch: str) -> dict:
    """What a check asks about: the source; threads, blocks; bytes shared, local, and loaded.

    Shared are those of a block, local those of a thread, and loaded, by name, those of all threads
    together.
    """
    text, axes = source(module, "cuda", arch), look.threads(module)
    return {
        "source": text,
        "threads": math.prod(size for axis, size in axes.items() if axis.startswith("threadIdx")),
        "blocks": math.prod(size for axis, size in axes.items() if axis.startswith("blockIdx")),
        "shared": sum(look.intermediates(module, "shared").values()),
        "local": sum(look.intermediates(module, "local").values()),
        "loaded": look.loaded(module),
    }


def run(module: Any, inputs: tuple[np.ndarray, ...], out: np.ndarray) -> None:
    """Run the OpenCL program of a scheduled module on the CPU, and write into `out`. TraceError."""
    text, axes = source(module, "opencl"), look.threads(module)
    cl = _pyopencl()
    context = cl.Context([_cpu(cl)])
    queue = cl.CommandQueue(context)
    try:
        # PoCL 3.0, when it optimizes, skips stores of a block that a condition cuts off
        (kernel,) = cl.Program(context, text).build("-cl-opt-disable").all_kernels()
    except Exception as error:
        raise TraceError(f"PoCL does not build the OpenCL program: {reason(error)}") from None
    flags = cl.mem_flags
    buffers = [
        cl.Buffer(context, flags.READ_ONLY | flags.COPY_HOST_PTR, hostbuf=each) for each in inputs
    ]
    buffers.append(cl.Buffer(context, flags.READ_WRITE | flags.COPY_HOST_PTR, hostbuf=out))
    block = tuple(axes.get(f"threadIdx.{axis}", 1) for axis in "xyz")
    grid = tuple(
        axes.get(f"blockIdx.{axis}", 1) * size for axis, size in zip("xyz", block, strict=True)
    )
    kernel(queue, grid, block, *buffers)
    cl.enqueue_copy(queue, out, buffers[-1])


def available() -> str | None:
    """None where OpenCL programs can be run on the CPU; otherwise why not, in one line."""
    try:
        _cpu(_pyopencl())
    except ImportError:
        return "running a GPU's program on the CPU needs PoCL: pip install 'pyopencl[pocl]'"
    except TraceError as error:
        return str(error)
    return None


def _pyopencl() -> Any:
    os.environ.setdefault("PYOPENCL_NO_CACHE", "1")
    import pyopencl

    return pyopencl


def _cpu(cl: Any) -> Any:
    try:
        for platform in cl.get_platforms():
            if platform.name == "Portable Computing Language":
                return platform.get_devices()[0]
    except cl.Error as error:
        raise TraceError(f"OpenCL finds no device: {error}") from None
    raise TraceError("OpenCL has no PoCL here: pip install 'pyopencl[pocl]'")

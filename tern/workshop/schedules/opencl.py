"""Running a GPU schedule without a GPU: TVM's OpenCL on the CPU, by PoCL.

Thread blocks, shared ("local") memory, and barriers do what they do on a GPU, so that most wrong
schedules compute wrong numbers here too; but a race can stay hidden, since the threads of a block
take turns. How long it takes says nothing.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from tern.workshop.schedules.sources import opencl_source

NEEDS = 'pip install "pyopencl[pocl]"'


def available() -> bool:
    """Whether PyOpenCL is installed, with a platform that runs on the CPU."""
    try:
        return _device() is not None
    except ModuleNotFoundError:
        return False


def _device() -> Any:
    try:
        import pyopencl as cl
    except ModuleNotFoundError as error:
        if error.name != "pyopencl":
            raise
        raise ModuleNotFoundError(f"PyOpenCL is not installed: {NEEDS}", name="pyopencl") from None
    try:
        platforms = cl.get_platforms()
    except cl.Error:  # no driver at all
        return None
    devices = [d for p in platforms for d in p.get_devices() if d.type & cl.device_type.CPU]
    return devices[0] if devices else None


def launch_grid(mod: Any) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """The numbers of thread blocks and of threads in a block, x, y, and z each, that a module
    with one kernel binds. ValueError if an axis is bound to two extents."""
    extents: dict[str, int] = {}
    for size, axis in re.findall(
        r'T\.thread_binding\((\d+), thread="(\w+\.[xyz])"\)', mod.script()
    ):
        if extents.setdefault(axis, int(size)) != int(size):
            raise ValueError(
                f"{axis} is bound to {extents[axis]} and to {size}: one kernel was expected"
            )
    blocks, threads = (
        [extents.get(f"{k}.{a}", 1) for a in "xyz"] for k in ("blockIdx", "threadIdx")
    )
    return tuple(blocks), tuple(threads)  # type: ignore[return-value]


def run_opencl(mod: Any, *arrays: np.ndarray) -> list[np.ndarray]:
    """What the arguments of a scheduled module's `main` are after its kernel ran on the CPU.

    Raises:
        NoDeviceCode: nothing is bound to threads.
        ModuleNotFoundError: PyOpenCL is not installed; RuntimeError: no OpenCL for CPUs is.
        ValueError: there is more than one kernel, or the arrays are not the function's buffers.
    """
    source = opencl_source(mod)
    device = _device()
    if device is None:
        raise RuntimeError(f"no OpenCL platform runs on the CPU: {NEEDS}")
    import pyopencl as cl

    names = [parameter.name for parameter in mod["main"].params]
    if len(arrays) != len(names):
        raise ValueError(f"main takes {len(names)} buffers ({', '.join(names)}), not {len(arrays)}")
    for name, parameter, array in zip(names, mod["main"].params, arrays):
        if [str(size) for size in parameter.shape] != [str(size) for size in array.shape]:
            raise ValueError(f"{name} has the shape {tuple(parameter.shape)}, not {array.shape}")
    found = re.findall(
        r"__kernel\s+void\s+(?:__attribute__\(\(.*?\)\)\s+)?(\w+)\(([^)]*)\)", source
    )
    kernels = list(dict(found).items())  # each is declared first, and then defined
    if len(kernels) != 1:
        raise ValueError(f"the module has {len(kernels)} kernels: one was expected")
    entry, parameters = kernels[0]
    order = [re.findall(r"\w+", text)[-1].removesuffix("_ptr") for text in parameters.split(",")]
    context = cl.Context([device])
    queue = cl.CommandQueue(context)
    # PoCL 3.0, when it optimizes, skips stores of a thread block that a condition cuts off.
    kernel = getattr(cl.Program(context, source).build("-cl-opt-disable"), entry)
    flags = cl.mem_flags.READ_WRITE | cl.mem_flags.COPY_HOST_PTR
    copies = [np.ascontiguousarray(array).copy() for array in arrays]
    buffers = {n: cl.Buffer(context, flags, hostbuf=copy) for n, copy in zip(names, copies)}
    blocks, threads = launch_grid(mod)
    size = tuple(b * t for b, t in zip(blocks, threads))
    kernel(queue, size, threads, *[buffers[name] for name in order])
    for name, copy in zip(names, copies):
        cl.enqueue_copy(queue, copy, buffers[name])
    queue.finish()
    return copies

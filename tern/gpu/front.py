"""The first half of a compilation: a launcher's kernels, with the JIT's own specialization, to PTX.

It runs in a process that is given up afterwards: Triton's driver is replaced by one that claims to
be the requested GPU, its assembler by nothing, and a pass of the compiler that fails ends the
process.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

from tern.gpu.devices import DEVICES, Device
from tern.gpu.meter import INTERPRETED
from tern.gpu.traffic import source_name


class Driver:
    """Triton's driver for a GPU that is not there."""

    def __init__(self, device: Device) -> None:
        from triton.backends.compiler import GPUTarget

        self.device = device
        self.target = GPUTarget(device.backend, device.arch, device.warp)

    def get_current_target(self) -> Any:
        return self.target

    def get_current_device(self) -> str:
        return self.device.name  # the key of the JIT's cache

    def get_current_stream(self, device: Any = None) -> int:
        return 0

    def get_device_interface(self) -> Any:
        return SimpleNamespace(current_device=lambda: 0)

    def get_benchmarker(self) -> Callable:
        return lambda call, quantiles=(0.5,), **how: [0.0] * len(quantiles)

    def map_python_to_cpp_type(self, kind: str) -> str:
        return kind


def compile_front(
    device: str, launcher: Callable, arguments: Sequence[Any], cache: str
) -> list[dict]:
    """Every different kernel that launcher(*arguments) launches, as plain data.

    Each is {"kernel", "warps", "shared", "texts"}, or {"kernel", "error"}. What is compiled is kept
    in the folder `cache`, and is of no use to anything else.
    """
    from tern.gpu.interpret import launching

    if os.environ.get("TRITON_INTERPRET", "0") not in ("", "0"):
        raise RuntimeError(INTERPRETED)
    launches: list[tuple] = []
    with launching(lambda *launch: launches.append(launch)):
        launcher(*arguments)
    prepare(device, cache)
    found: list[dict] = []
    for kernel, given, keywords, _ in launches:
        build = _compile(kernel, given, keywords)
        if build not in found:
            found.append(build)
    return found


def prepare(device: str, cache: str) -> None:
    """Make this process compile for `device`, without an assembler."""
    from triton.backends.amd.compiler import HIPBackend
    from triton.backends.nvidia.compiler import CUDABackend, get_ptxas_version
    from triton.runtime import driver

    os.environ["TRITON_CACHE_DIR"] = cache
    driver.set_active(Driver(DEVICES[device]))
    if DEVICES[device].backend == "cuda":
        get_ptxas_version(DEVICES[device].arch)  # starts it to ask, once
    CUDABackend.make_cubin = lambda self, *stage: b"not assembled"
    HIPBackend.make_hsaco = lambda self, *stage: b"not assembled"


def _compile(kernel: Any, given: tuple, keywords: dict) -> dict:
    name = kernel.fn.__name__
    try:
        compiled = kernel.warmup(*given, grid=(1,), **keywords)
    except Exception as error:
        return {"kernel": name, "error": _one_line(error, kernel)}
    texts = {level: text for level, text in compiled.asm.items() if type(text) is str}
    texts = {
        level: texts[level]
        for level in ("ttir", "ttgir", "llir", "ptx", "amdgcn")
        if level in texts
    }
    meta = compiled.metadata
    return {"kernel": name, "warps": meta.num_warps, "shared": meta.shared, "texts": texts}


def _one_line(error: BaseException, kernel: Any) -> str:
    """The innermost error with a location in a kernel's source: "file:line: why"."""
    innermost, location = error, ""
    cause: BaseException | None = error
    while cause is not None:
        innermost = cause
        node, source = getattr(cause, "node", None), getattr(cause, "src", None)
        if source and hasattr(node, "lineno"):
            location = _location(kernel, source, node.lineno)
        cause = cause.__cause__
    text = getattr(innermost, "error_message", None) or str(innermost)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    why = lines[-1] if lines else type(innermost).__name__
    return f"{location}: {why}" if location else f"{kernel.fn.__name__}: {why}"


def _location(kernel: Any, source: str, line: int) -> str:
    """File and line of a line in the source of the kernel or of a function that it calls."""
    from triton.runtime.jit import JITFunction

    for each in (kernel, *kernel.fn.__globals__.values()):
        if isinstance(each, JITFunction) and each.src == source:
            before = next(n for n, text in enumerate(each.raw_src) if re.match(r"\s*def\s", text))
            file = source_name(each.fn.__code__.co_filename)
            return f"{file}:{each.starting_line_number + before + line - 1}"
    return ""

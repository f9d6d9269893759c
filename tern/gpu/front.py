"""The first half of a compilation: launches, with the JIT's own specialization, to PTX.

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
    compiler = Compiler([device], cache)
    with launching(lambda kernel, given, keywords, grid: compiler.launch(kernel, given, keywords)):
        launcher(*arguments)
    return compiler.fronts[device]


class Compiler:
    """Compiles launches while they are made, for some devices.

    For none, it only looks whether the kernels are Triton.
    """

    def __init__(self, devices: Sequence[str], cache: str) -> None:
        prepare([*devices, LATEST], cache)
        self.fronts: dict[str, list[dict]] = {device: [] for device in devices}
        self.known: set[int] = set()  # kernels whose caches are this compiler's own

    def launch(self, kernel: Any, given: tuple, keywords: dict) -> str:
        """Compile for every device; why there is nothing to compile, "" where there is."""
        from triton.runtime import driver

        if id(kernel) not in self.known:
            kernel.device_caches.clear()
            self.known.add(id(kernel))
        for device, found in self.fronts.items():
            driver.set_active(Driver(DEVICES[device]))
            build = _compile(kernel, given, keywords)
            if build not in found:
                found.append(build)
        if self.fronts:
            return ""
        driver.set_active(Driver(DEVICES[LATEST]))
        try:
            _parse(kernel, given, keywords)
        except Exception as error:
            return _one_line(error, kernel)
        return ""


LATEST = "sm_90"  # what is Triton at all is Triton for it


def prepare(devices: Sequence[str], cache: str) -> None:
    """Make this process compile for these devices, without an assembler."""
    from triton.backends.amd.compiler import HIPBackend
    from triton.backends.nvidia.compiler import CUDABackend, get_ptxas_version
    from triton.runtime import driver

    os.environ["TRITON_CACHE_DIR"] = cache
    for device in devices:
        driver.set_active(Driver(DEVICES[device]))
        if DEVICES[device].backend == "cuda":
            get_ptxas_version(DEVICES[device].arch)  # starts it to ask, once
    CUDABackend.make_cubin = lambda self, *stage: b"not assembled"
    HIPBackend.make_hsaco = lambda self, *stage: b"not assembled"


def _parse(kernel: Any, given: tuple, keywords: dict) -> None:
    """What the compiler's front end makes of a kernel, for a look; whatever it raises."""
    from triton._C.libtriton import ir
    from triton.compiler import ASTSource

    _, _, target, backend, bind = kernel.device_caches[LATEST]
    keywords = {"debug": False, "instrumentation_mode": "", **keywords}
    arguments, specialization, options = bind(*given, **keywords)
    options, signature, constants, attributes = kernel._pack_args(
        backend, keywords, arguments, specialization, options
    )
    context = ir.context()
    ir.load_dialects(context)
    backend.load_dialects(context)
    functions, modules = backend.get_codegen_implementation(options), backend.get_module_map()
    source = ASTSource(kernel, signature, constants, attributes)
    source.make_ir(target, options, functions, modules, context)


def _compile(kernel: Any, given: tuple, keywords: dict) -> dict:
    from tern.gpu.interpret import RUN

    name = kernel.fn.__name__
    try:
        compiled = RUN(kernel, *given, grid=(1,), warmup=True, **keywords)
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

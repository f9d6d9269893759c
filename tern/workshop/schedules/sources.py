"""The source text that TVM writes for a GPU. Neither a GPU nor its compiler is needed."""

from __future__ import annotations

from typing import Any

from tern.errors import TernError
from tern.targets.tvm import import_tvm

CUDA = {"kind": "cuda", "arch": "sm_80", "host": {"kind": "llvm"}}
OPENCL = {"kind": "opencl", "host": {"kind": "llvm"}}


class NoDeviceCode(TernError, ValueError):
    """TVM compiled a module without a kernel: nothing in it is bound to a GPU's threads."""


def device_source(mod: Any, target: dict[str, Any]) -> str:
    """The kernels of a scheduled module, in the language of the target.

    A function without thread bindings compiles as well, silently, to code of the host alone, so:

    Raises:
        NoDeviceCode: no kernel came out. The message is one line.
        tvm's own errors: the module does not compile, as with a block that is not bound at all.
    """
    executable = import_tvm().compile(mod, target=dict(target))
    for imported in executable.mod.imports:
        if imported.kind == target["kind"]:
            return imported.inspect_source()
    raise NoDeviceCode(
        f"TVM made no {target['kind']} kernel: bind loops to blockIdx.x and threadIdx.x first"
    )


def cuda_source(mod: Any, arch: str = "sm_80") -> str:
    """The CUDA source of a scheduled module; without an arch TVM would take sm_50. NoDeviceCode."""
    return device_source(mod, {**CUDA, "arch": arch})


def opencl_source(mod: Any) -> str:
    """The OpenCL source of a scheduled module. NoDeviceCode."""
    return device_source(mod, OPENCL)

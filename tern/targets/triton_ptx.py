"""The PTX of a function's Triton kernel, made on a machine without a GPU."""

from __future__ import annotations

from typing import Any

from tern.ir import Operation
from tern.targets.errors import EmitError
from tern.targets.triton import compile_triton
from tern.targets.triton_expressions import DTYPES
from tern.types import FloatType, TensorType, i1

DEVICES = ("sm_75", "sm_80", "sm_90")
SIZE = 1024  # of every size that is not known: 16 divides it, so that loads can be 128 bits wide


def emit_ptx(func: Operation, device: str = "sm_80") -> str:
    """What Triton makes of the kernel for a device of DEVICES; every size that is open is SIZE.

    Raises:
        EmitError: the function has no form in Triton.
        BuildError: Triton does not compile it.
    """
    from tern.gpu import compile_for

    try:
        launcher = compile_triton(func)
    except ImportError as error:
        raise EmitError(f"PTX is made by Triton, which needs torch as well here: {error}") from None
    arguments = [_argument(type) for type in func.attributes["function_type"].inputs]
    (build,) = compile_for(device, launcher, *arguments)
    return build.texts["ptx"]


def _argument(type: Any) -> Any:
    import torch

    if isinstance(type, TensorType):
        shape = [size if isinstance(size, int) else SIZE for size in type.shape]
        return torch.empty(shape, dtype=getattr(torch, DTYPES[type.element]))
    return 0.5 if isinstance(type, FloatType) else type == i1 or 3

"""Who computes it: each makes of a workload a function without arguments that gives the result.

What a contestant prepares, its compilation, is timed apart. Weights stay as they are: nobody packs
or transposes them before.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import metadata
from importlib.util import find_spec
from typing import Any

import numpy as np

from book.scoreboard.workloads import Workload

Run = Callable[[], Any]
Prepare = Callable[[Workload, list[np.ndarray]], Run]


def numpy_run(work: Workload, given: list[np.ndarray]) -> Run:
    return lambda: work.reference(*given)


# PyTorch ------------------------------------------------------------------------------------------


def in_torch(name: str) -> Callable[..., Any]:
    import torch
    from torch.nn import functional as F

    def convnet(x: Any, w: Any, v: Any, u: Any, d: Any) -> Any:
        x, w, v = x.permute(0, 3, 1, 2), w.permute(3, 2, 0, 1), v.permute(3, 2, 0, 1)
        y = F.max_pool2d(torch.relu(F.conv2d(x, w, padding=1)), 2)
        return torch.addmm(d, torch.relu(F.conv2d(y, v, padding=1)).mean((2, 3)), u)

    return {
        "rows": lambda x, w, b, scale, shift: F.layer_norm(
            torch.softmax(torch.addmm(b, x, w), -1), (x.shape[1],), scale, shift
        ),
        "mlp": lambda x, w, b, v, c, u, d: torch.addmm(
            d, F.gelu(torch.addmm(c, F.gelu(torch.addmm(b, x, w)), v)), u
        ),
        "convnet": convnet,
    }[name]


def _tensors(given: list[np.ndarray]) -> list[Any]:
    import torch

    torch.set_num_threads(1)
    return [torch.from_numpy(each) for each in given]


def eager(work: Workload, given: list[np.ndarray]) -> Run:
    f, tensors = in_torch(work.name), _tensors(given)
    return lambda: f(*tensors)


def inductor(work: Workload, given: list[np.ndarray]) -> Run:
    import torch

    f, tensors = torch.compile(in_torch(work.name), dynamic=False), _tensors(given)
    return lambda: f(*tensors)


# others -------------------------------------------------------------------------------------------


def numba_run(work: Workload, given: list[np.ndarray]) -> Run:
    from book.scoreboard import numba_kernels

    kernel = getattr(numba_kernels, work.name)
    return lambda: kernel(*given)


def tvm_run(work: Workload, given: list[np.ndarray]) -> Run:
    """Relax's default pipeline: no search, no schedules."""
    import torch
    import tvm
    from tvm import relax
    from tvm.relax.frontend.torch import from_exported_program

    f = in_torch(work.name)

    class Module(torch.nn.Module):
        def forward(self, *args: Any) -> Any:
            return f(*args)

    exported = torch.export.export(Module(), tuple(_tensors(given)))
    module = from_exported_program(exported, unwrap_unit_return_tuple=True)
    cpu = tvm.target.codegen.llvm_get_system_cpu()
    target = tvm.target.Target({"kind": "llvm", "mcpu": cpu, "num-cores": 1})
    device: Any = tvm.cpu()
    machine = relax.VirtualMachine(tvm.compile(module, target=target), device)
    arrays = [tvm.runtime.tensor(each) for each in given]
    return lambda: machine["main"](*arrays)


def mlir_run(work: Workload, given: list[np.ndarray]) -> Run:
    """linalg to loops to LLVM, by upstream's passes: no tiles, no vectors of its own."""
    from tern.build import build
    from tern.ir import function
    from tern.passes import optimize
    from tern.targets.mlir import compile_mlir
    from tern.text.diagnostics import whole_language

    module = build(whole_language(work.source))
    optimize(module)
    compiled = compile_mlir(function(module, "f"), level=3)
    return lambda: compiled(*given)


def xla(work: Workload, given: list[np.ndarray]) -> Run:
    import jax
    import jax.numpy as jnp

    f = jax.jit(in_jax(work.name, jax, jnp))
    arrays = [jax.device_put(each) for each in given]
    return lambda: f(*arrays).block_until_ready()


def in_jax(name: str, jax: Any, jnp: Any) -> Callable[..., Any]:
    def rows(x: Any, w: Any, b: Any, scale: Any, shift: Any) -> Any:
        s = jax.nn.softmax(x @ w + b, -1)
        c = s - s.mean(1, keepdims=True)
        return c * jax.lax.rsqrt((c * c).mean(1, keepdims=True) + 1e-5) * scale + shift

    def mlp(x: Any, w: Any, b: Any, v: Any, c: Any, u: Any, d: Any) -> Any:
        h = jax.nn.gelu(x @ w + b, approximate=False)
        return jax.nn.gelu(h @ v + c, approximate=False) @ u + d

    def convolved(x: Any, w: Any) -> Any:
        order = ("NHWC", "HWIO", "NHWC")
        return jax.lax.conv_general_dilated(x, w, (1, 1), "SAME", dimension_numbers=order)

    def convnet(x: Any, w: Any, v: Any, u: Any, d: Any) -> Any:
        y, window = jax.nn.relu(convolved(x, w)), (1, 2, 2, 1)
        y = jax.lax.reduce_window(y, -jnp.inf, jax.lax.max, window, window, "VALID")
        return jax.nn.relu(convolved(y, v)).mean((1, 2)) @ u + d

    return {"rows": rows, "mlp": mlp, "convnet": convnet}[name]


def tern_run(work: Workload, given: list[np.ndarray]) -> Run:
    """tern's own passes: convolutions as products, products in blocks, packed, and in registers;
    rows fused; vectors. Then LLVM."""
    from tern.cost import this_machine
    from tern.ir import Operation, function, functions
    from tern.lower import lower_source
    from tern.passes import optimize
    from tern.passes.fast_math import permit
    from tern.passes.for_machine import for_machine
    from tern.passes.img2col import img2col
    from tern.targets.llvm import compile_llvm

    def prepare(module: Operation) -> None:
        optimize(module)
        for func in functions(module):
            img2col(func)

    module = lower_source(work.source, ["f"], prepare)
    permit(module, "reassoc", "arcp", "contract")
    for_machine(module, this_machine())
    compiled = compile_llvm(function(module, "f"))
    out = np.empty(work.result, np.float32)

    def run() -> np.ndarray:
        compiled(*given, out)
        return out

    return run


CONTESTANTS: dict[str, tuple[Prepare, str]] = {
    "NumPy": (numpy_run, "numpy"),
    "Numba": (numba_run, "numba"),
    "PyTorch": (eager, "torch"),
    "Inductor": (inductor, "torch"),
    "TVM": (tvm_run, "apache-tvm"),
    "MLIR": (mlir_run, "torch-mlir"),
    "XLA": (xla, "jax"),
    "tern": (tern_run, "llvmlite"),
}
"""Of each how it is prepared, and the package that it needs."""

BASELINE = "PyTorch"


def missing(name: str) -> str:
    """Why a contestant is not here, in a line; empty if it is."""
    package = CONTESTANTS[name][1]
    module = {"apache-tvm": "tvm", "torch-mlir": "torch_mlir"}.get(package, package)
    if find_spec(module) is None:
        return f"the package {package} is not there"
    if name == "Inductor":
        from tern.targets.cpp import CompilerError, compiler

        try:
            compiler()
        except CompilerError as error:
            return str(error)
    return ""


def version(name: str) -> str:
    """The version of the package that a contestant is."""
    return metadata.version(CONTESTANTS[name][1])

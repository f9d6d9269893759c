"""What tern's own passes reach: products beside NumPy, kernels of networks beside PyTorch.

    python benchmarks/vector_kernels.py [--size 1024] [--avx2] [--without-inductor] [NAME ...]

All in one thread, interleaved, by CPU time: each line is the median ratio over pairs, and how long
tern's kernel takes. Arrays begin where cache lines do, as PyTorch's do: with vectors of 64 bytes
others would be in two lines each. tern is called as Python calls it, checks of its arguments
included; Inductor with its guards. What is asked for is in BARS, of a processor with AVX2; with
AVX-512 of products 0.8 is. Exit code 0, whatever is reached: this is a table, and no test.

Reached on a shared Xeon (Sapphire Rapids, 2 MB of L2), beside PyTorch 2.13, with g++ 12 for
Inductor, and beside OpenBLAS. Of kernels: over eager, and over Inductor.

    |                              | AVX-512     | AVX2        | asked     |
    |------------------------------|-------------|-------------|-----------|
    | products of 512, 1024, 1500  | .93 .93 .88 | .90 .89 .88 | .8 and .9 |
    | bias + gelu + residual       | 2.4, 1.5    | 1.5, 1.6    | 4, 1      |
    | gelu + residual + layer norm | 2.1, 3.3    | 1.5, 4.0    | 2.2, 1    |
    | layer norm                   | 1.0, 1.9    | 1.1, 2.1    | 1.5, 1    |
    | softmax                      | 1.4, 1.9    | 1.5, 1.7    | 1.3, 1    |
    | RMS norm                     | 3.3, 1.2    | 3.2, 1.4    | 2, 1      |

Why not more. A layer norm of 1024 x 1024 takes 0.30 to 0.38 ms, and a copy of as many bytes takes
0.29: it waits for memory, and so does eager's. At 256 x 256, in L2, it is 2.3 times eager. Stores
that go past the caches were tried: 1.3 times as fast there, and 0.7 times in L2, where the next
kernel would read what this one wrote. gelu takes 0.42 ns an element with AVX-512, and 0.70 with
AVX2, and it is all arithmetic; PyTorch's own is in vectors too, at 0.50 and 0.53, so that fusion
saves passes over memory, and no arithmetic. The bar of 4 was met on a Zen 3, where eager's erf took
1.8 ns.
"""

from __future__ import annotations

import argparse
import gc
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from tern.cost import AVX2, Machine, this_machine
from tern.ir import function
from tern.lower import lower_source
from tern.passes.fast_math import permit
from tern.passes.for_machine import for_machine
from tern.targets.cpp import CompilerError, compiler
from tern.targets.llvm import compile_llvm

Run = Callable[[], object]

PRODUCTS = (512, 1024, 1500)
KERNELS = {
    "bias + gelu + residual": "x: f32[N, N], s: f32[N], y: f32[N, N]: gelu(x + s) + y",
    "gelu + residual + layer norm": (
        "x: f32[N, N], s: f32[N], t: f32[N], y: f32[N, N]: layer_norm(gelu(x) + y, s, t, 0.00001)"
    ),
    "layer norm": "x: f32[N, N], s: f32[N], t: f32[N]: layer_norm(x, s, t, 0.00001)",
    "softmax": "x: f32[N, N]: softmax(x)",
    "RMS norm": "x: f32[N, N], s: f32[N]: rms_norm(x, s, 0.000001)",
}
BARS = {
    "bias + gelu + residual": 4.0,
    "gelu + residual + layer norm": 2.2,
    "layer norm": 1.5,
    "softmax": 1.3,
    "RMS norm": 2.0,
}


def in_torch(name: str, n: int) -> Callable[..., Any]:
    import torch
    from torch.nn import functional as F

    return {
        "bias + gelu + residual": lambda x, s, y: F.gelu(x + s) + y,
        "gelu + residual + layer norm": lambda x, s, t, y: F.layer_norm(F.gelu(x) + y, (n,), s, t),
        "layer norm": lambda x, s, t: F.layer_norm(x, (n,), s, t),
        "softmax": lambda x: torch.softmax(x, -1),
        "RMS norm": lambda x, s: x * torch.rsqrt((x * x).mean(-1, keepdim=True) + 1e-6) * s,
    }[name]


WITH_AVX2 = {"ATEN_CPU_CAPABILITY": "avx2", "OPENBLAS_CORETYPE": "Haswell"}
"""What keeps PyTorch and OpenBLAS from vectors of 512 bits."""


FRESH = {
    "TORCHINDUCTOR_FORCE_DISABLE_CACHES": "1",
    "PYTHONWARNINGS": "ignore::UserWarning:torch._dynamo.pgo",
}
"""What Inductor keeps of one run may be for other vectors than the next one's: then it is wrong."""


def machine() -> Machine:
    """The one that everybody makes code for: this one, or this one without AVX-512."""
    here = this_machine()
    narrow = all(os.environ.get(name) == value for name, value in WITH_AVX2.items())
    return replace(AVX2, caches=here.caches) if narrow else here


def compiled(source: str) -> Any:
    """A function of a program, by tern's passes for the machine and by LLVM; all permitted."""
    module = lower_source(source, ["f"])
    permit(module, "reassoc", "arcp", "contract")
    for_machine(module, machine())
    narrower = machine().vector_bits < this_machine().vector_bits
    return compile_llvm(function(module, "f"), cpu="x86-64-v3" if narrower else "")


def ratios(runs: dict[str, Run], rounds: int = 15, seconds: float = 0.02) -> dict[str, float]:
    """How many times as fast as the first each is: the median over rounds, in turn and back."""
    names, times = list(runs), {name: [] for name in runs}
    counts = {}
    for name, run in runs.items():
        run()
        start = time.process_time()
        run()
        counts[name] = max(1, int(seconds / max(time.process_time() - start, 1e-6)))
    gc.disable()
    for number in range(rounds):
        for name in names if number % 2 else names[::-1]:
            start = time.process_time()
            for _ in range(counts[name]):
                runs[name]()
            times[name].append((time.process_time() - start) / counts[name])
    gc.enable()
    base = times[names[0]]
    found = {n: statistics.median(b / t for b, t in zip(base, times[n])) for n in names}
    found["ms"] = 1e3 * statistics.median(times["tern"])
    return found


def aligned(array: np.ndarray) -> np.ndarray:
    """A copy that begins where a cache line does."""
    room = np.empty(array.nbytes + 64, np.uint8)
    start = -room.ctypes.data % 64
    found = room[start : start + array.nbytes].view(array.dtype).reshape(array.shape)
    found[...] = array
    return found


def normal(seed: int, *shapes: tuple[int, ...]) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    return [aligned(random.standard_normal(shape, dtype=np.float32)) for shape in shapes]


def product(n: int) -> str:
    source = f"fn f(a: f32[{n}, {n}], b: f32[{n}, {n}]) -> f32[{n}, {n}] {{ return a @ b; }}"
    run = compiled(source)
    a, b, out, theirs = normal(n, *[(n, n)] * 4)
    run(a, b, out)
    assert np.allclose(out, a @ b, atol=1e-3)
    found = ratios({"numpy": lambda: np.matmul(a, b, out=theirs), "tern": lambda: run(a, b, out)})
    asked = 0.8 if machine().vector_bits == 512 else 0.9
    return f"{n:<30} {found['tern']:8.2f}x {2e-6 * n**3 / found['ms']:9.0f} {asked:6.1f}x"


def kernel(name: str, n: int, inductor: bool) -> str:
    import torch

    parameters, _, body = KERNELS[name].replace("N", str(n)).rpartition(": ")
    run = compiled(f"fn f({parameters}) -> f32[{n}, {n}] {{ return {body}; }}")
    shapes = [(n, n) if f"{n}, {n}]" in part else (n,) for part in parameters.split("[")[1:]]
    *given, out = normal(1, *shapes, (n, n))
    eager, tensors = in_torch(name, n), [torch.from_numpy(a) for a in given]
    fused: Any = torch.compile(in_torch(name, n), dynamic=False) if inductor else eager
    runs: dict[str, Run] = {"eager": lambda: eager(*tensors), "tern": lambda: run(*given, out)}
    if inductor:
        runs["Inductor"] = lambda: fused(*tensors)
    with torch.inference_mode():
        run(*given, out)
        expected = eager(*tensors).numpy()
        for made in (out, fused(*tensors).numpy()):
            assert np.allclose(made, expected, rtol=1e-4, atol=1e-5)
        found = ratios(runs)
    theirs = found.get("Inductor")
    beside = f"{theirs:8.2f}x {found['tern'] / theirs:13.2f}x" if theirs else f"{'-':>9} {'-':>14}"
    return f"{name:30} {found['tern']:8.2f}x {beside} {found['ms']:9.3f} {BARS[name]:6.1f}x"


def has_inductor() -> bool:
    """Whether PyTorch can compile here: Inductor writes C++."""
    try:
        compiler()
    except CompilerError as error:
        print(f"without Inductor: {error}\n")
        return False
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description="tern's kernels beside NumPy's and PyTorch's")
    parser.add_argument("names", nargs="*", default=["product", *KERNELS])
    parser.add_argument("--size", type=int, default=1024)
    parser.add_argument("--without-inductor", action="store_true")
    parser.add_argument("--avx2", action="store_true", help="without AVX-512, where there is it")
    options = parser.parse_args()
    threads = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    wanted = {**dict.fromkeys(threads, "1"), **FRESH, **(WITH_AVX2 if options.avx2 else {})}
    if any(os.environ.get(name) != value for name, value in wanted.items()):
        environment = {**os.environ, **wanted}  # read when they are imported
        return subprocess.run([sys.executable, *sys.argv], env=environment, check=False).returncode
    print(f"{machine()}; one thread, CPU time, interleaved\n")
    if "product" in options.names:
        print(f"{'matrix product':30} {'NumPy':>9} {'GFLOP/s':>9} {'asked':>7}")
        for n in PRODUCTS:
            print(product(n), flush=True)
        print()
    chosen = [name for name in options.names if name in KERNELS]
    inductor = bool(chosen) and not options.without_inductor and has_inductor()
    if chosen:
        size = f"{options.size} x {options.size}"
        titles = f"{'tern':>9} {'Inductor':>9} {'tern/Inductor':>14} {'tern, ms':>9} {'asked':>7}"
        print(f"{size + ', over eager':30} {titles}")
    for name in chosen:
        print(kernel(name, options.size, inductor), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

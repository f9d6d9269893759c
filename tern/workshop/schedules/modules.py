"""tern's programs as TVM modules of known sizes, and calls of what TVM makes of them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tern.ir import functions
from tern.lower import lower_source
from tern.targets.tvm import host, import_tvm, tvm_module
from tern.targets.tvm_script import emit_tvm

EXAMPLES = Path(__file__).parents[2] / "examples"


def example(name: str) -> str:
    """The source of tern/examples/NAME.tern."""
    return (EXAMPLES / f"{name}.tern").read_text(encoding="utf-8")


def script_of(source: str, *, nan: bool = True, **sizes: int) -> str:
    """The last function of a program as TVMScript, with the named sizes given as numbers.

    `script_of(example("softmax"), n=64, m=128)`. ValueError for a size that the program does not
    name; what tern.lower and emit_tvm raise.
    """
    for name, size in sizes.items():
        source, found = re.subn(rf"(?<=[\[ ]){name}(?=\s*[,\]])(?=[^\[\]]*\])", str(size), source)
        if not found:
            raise ValueError(f"the program has no size {name}")
    return emit_tvm(functions(lower_source(source))[-1], nan=nan)


def module_of(source: str, *, nan: bool = True, **sizes: int) -> Any:
    """`script_of` as a tvm.IRModule whose only function is `main`."""
    return tvm_module(script_of(source, nan=nan, **sizes))


def matmul_module(n: int, k: int | None = None, m: int | None = None) -> Any:
    """tern's own matmul.tern for matrices of n x k and k x m numbers (square by default): a
    tvm.IRModule with the block "matmul" in the function `main` of a, b, and out."""
    k, m = n if k is None else k, n if m is None else m
    return module_of(example("matmul"), m=n, k=k, n=m)


class Call:
    """A compiled module with its arguments in place, so that a call is the kernel alone.

    `result` is the last argument, as an array; `executable` is what TVM compiled.
    """

    def __init__(
        self, mod: Any, arrays: Sequence[np.ndarray], target: Mapping[str, Any] | None
    ) -> None:
        tvm = import_tvm()
        self.executable = tvm.compile(mod, target=dict(target or host()))
        # Vector instructions need the alignment that NumPy does not promise.
        self.tensors = [tvm.runtime.tensor(array) for array in arrays]
        self.entry = self.executable["main"]

    def __call__(self) -> None:
        self.entry(*self.tensors)

    @property
    def result(self) -> np.ndarray:
        return self.tensors[-1].numpy()


def ready(mod: Any, *arrays: np.ndarray, target: Mapping[str, Any] | None = None) -> Call:
    """A module, or a schedule's `mod`, compiled for `target` (this machine's CPU by default), on
    copies of the arrays: the inputs, and at the end one for the result."""
    return Call(mod, arrays, target)


def matmul_arrays(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two square matrices of random float32, and one of NaN for their product."""
    a, b = np.random.default_rng(seed).random((2, n, n), "float32")
    return a, b, np.full((n, n), np.nan, "float32")


def seconds(calls: Mapping[str, Callable[[], object]], repetitions: int = 7) -> dict[str, float]:
    """The least CPU seconds of each call, all of them taken in turn, after one call of each.

    In turn, because a machine's speed changes while it works: only ratios of what was measured
    together mean much. CPU seconds count every thread.
    """
    best = dict.fromkeys(calls, float("inf"))
    for call in calls.values():
        call()
    for number in range(repetitions):
        names = list(calls)
        for name in names if number % 2 == 0 else reversed(names):
            start = time.process_time()
            calls[name]()
            best[name] = min(best[name], time.process_time() - start)
    return best


def gflops(n: int, seconds: float) -> float:
    """Billions of floating-point operations a second of an n x n x n matrix product."""
    return 2 * n**3 / seconds / 1e9

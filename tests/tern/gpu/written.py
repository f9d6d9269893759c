"""Kernels from expressions: one that computes an expression of blocks, for many types."""

from __future__ import annotations

import hashlib
import importlib.util
import linecache
from pathlib import Path
from typing import Any

import torch

from tern.gpu import measure
from tern.gpu.traffic import Traffic

HEAD = """\
import triton
import triton.language as tl
from triton.language.extra import libdevice


@triton.jit
def first(a, b):
    return a


@triton.jit
def larger(a, b):
    if a > b:
        r = a
    else:
        r = b
    return r


@triton.jit
def product(a, b):
    return a * b


@triton.jit
def squared(a):
    return a * a


"""

KERNEL = """\
@triton.jit
def kernel(x, y, z, out, N: tl.constexpr, M: tl.constexpr) -> None:
    i = tl.arange(0, N)
    a, b, c = tl.load(x + i), tl.load(y + i), tl.load(z + i)
    {statements}
    tl.store(out + tl.arange(0, M), r)
"""


def kernel_of(text: str, folder: Path) -> Any:
    """The kernel in a text, from a file of its own; HEAD comes before it."""
    path = folder / f"k{hashlib.sha256(text.encode()).hexdigest()[:16]}.py"
    path.write_text(HEAD + text)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    linecache.checkcache(str(path))
    return module.kernel


def evaluated(
    expression: str,
    folder: Path,
    *inputs: torch.Tensor,
    kind: torch.dtype | None = None,
    size: int | None = None,
) -> Traffic:
    """What measure() makes of an expression of a, b, and c, which the inputs' elements are.

    Statements may come before it, each with a semicolon. The result has `size` elements of type
    `kind`, by default as the first input.
    """
    *before, last = expression.split("; ")
    statements = "\n    ".join([*before, f"r = {last}"])
    kernel = kernel_of(KERNEL.format(statements=statements), folder)
    given = [*inputs, *[inputs[-1]] * (3 - len(inputs))]
    count = inputs[0].numel() if size is None else size

    def launch(*tensors: torch.Tensor) -> torch.Tensor:
        out = torch.empty(count, dtype=kind or tensors[0].dtype)
        kernel[(1,)](*tensors, out, N=inputs[0].numel(), M=count)
        return out

    return measure(launch, *given)


def value(expression: str, folder: Path, *inputs: torch.Tensor, **how: Any) -> torch.Tensor:
    """The result of an expression that has no faults."""
    traffic = evaluated(expression, folder, *inputs, **how)
    assert not traffic.faults, f"{expression}: {traffic.faults[0]}"
    return traffic.results[0]


def why(expression: str, folder: Path, *inputs: torch.Tensor, **how: Any) -> str:
    """The only fault of an expression, as a line of text; "" if it has none."""
    faults = evaluated(expression, folder, *inputs, **how).faults
    assert len(faults) <= 1, f"{expression}: {faults}"
    return str(faults[0]) if faults else ""

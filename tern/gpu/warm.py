"""Importing this makes ready what a measurement or a compilation needs, before a process forks.

Much of torch and Triton is imported when it is first used: a first measurement takes ten times as
long as the next. So one is made here, of the smallest kernel there is.
"""

from __future__ import annotations

import os

import torch
import triton
import triton.language as tl
from triton.runtime.cache import triton_key

from tern.gpu import builder, front, interpret, meter, offline  # noqa: F401

offline.import_all()


@triton.jit
def _nothing_kernel(x, result, BLOCK: tl.constexpr):  # noqa: ANN001, ANN202
    at = tl.arange(0, BLOCK)
    tl.store(result + at, tl.exp(tl.load(x + at)) / tl.sum(tl.load(x + at), axis=0))


def _nothing(x: torch.Tensor) -> torch.Tensor:
    result = torch.empty_like(x)
    _nothing_kernel[(1,)](x, result, BLOCK=2)
    return result


if os.environ.get("TRITON_INTERPRET", "0") in ("", "0"):  # else `measure` says what to do
    _threads = torch.get_num_threads()
    torch.set_num_threads(1)  # threads that were started would be missing in a fork
    meter.measure(_nothing, torch.ones(2))
    triton_key()  # a digest of all of Triton's files, which every compilation asks for
    torch.set_num_threads(_threads)

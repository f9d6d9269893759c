"""Launchers that would deceive the checks: each is a kind of cheat by another means."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

pytest.importorskip("triton", reason="tern.gpu needs Triton")

import torch

import tern.gpu.warm  # noqa: F401  (a fork server has it imported)
from autograder import check

ADD = """
import numpy as np

@triton.jit
def add_kernel(x, y, out, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = at < n
    tl.store(out + at, tl.load(x + at, mask=inside) + tl.load(y + at, mask=inside), mask=inside)

@triton.jit
def copy_kernel(x, y, out, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = at < n
    more = tl.load(y + at, mask=inside)
    tl.store(out + at, tl.load(x + at, mask=inside) + 0.0 * more, mask=inside)

def launch(kernel, x, y, out, block=128):
    kernel[(triton.cdiv(out.numel(), block),)](x, y, out, out.numel(), BLOCK=block)
    return out

def honest(x, y):
    return launch(add_kernel, x, y, torch.empty_like(x))
"""
SIZE = 128 * 400  # a sample of 256 programs runs


def vectors(rng: random.Random) -> tuple:
    return torch.rand(SIZE), torch.rand(SIZE)


def few(rng: random.Random) -> tuple:
    return torch.rand(1000), torch.rand(1000)


def traffic(add: Callable) -> None:
    check.traffic(add, on=vectors, with_=torch.add, at_most=1.01)


def agrees(add: Callable) -> None:
    check.agrees(add, on=few, with_=torch.add)


def test_the_honest_launcher_passes(judged: Callable) -> None:
    add = judged("add", f"{ADD}\nadd = honest\n")
    agrees(add)
    traffic(add)
    check.uses(add, "LDG", on=vectors)
    check.compiles(add, on=vectors, max_spills=0)


GARBAGE = {
    "only where it is counted": """
def add(x, y):
    return launch(copy_kernel if x.numel() > 9_000 else add_kernel, x, y, torch.empty_like(x))
""",
    "in every fourth program": """
@triton.jit
def some_kernel(x, y, out, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    more = tl.load(y + at)
    tl.store(out + at, tl.load(x + at) + tl.where(tl.program_id(0) % 4 == 1, 0.0, more))

def add(x, y):
    return launch(some_kernel if x.numel() > 9_000 else add_kernel, x, y, torch.empty_like(x))
""",
    "in the second call": """
calls = []

def add(x, y):
    calls.append(1)
    return launch(copy_kernel if len(calls) > 1 else add_kernel, x, y, torch.empty_like(x))
""",
}


@pytest.mark.parametrize("means", GARBAGE)
def test_garbage_where_bytes_are_counted(judged: Callable, means: str) -> None:
    with pytest.raises(check.CheckFailed, match="numbers differ"):
        traffic(judged("add", ADD + GARBAGE[means]))


KEPT = {
    "in a default argument": """
def add(x, y, kept={}):
    if x.shape not in kept:
        kept[x.shape] = honest(x, y)
    return kept[x.shape]
""",
    "as a view of one large buffer": """
BUFFER = []

def add(x, y):
    if not BUFFER:
        BUFFER.append(torch.empty(1 << 16))
    return launch(add_kernel, x, y, BUFFER[0][: x.numel()])
""",
    "by the launcher itself": """
class Launcher:
    out = None

    def __call__(self, x, y):
        if self.out is None or self.out.shape != x.shape:
            self.out = torch.empty_like(x)
            return launch(add_kernel, x, y, self.out)
        return self.out.view(-1)

add = Launcher()
""",
}


@pytest.mark.parametrize("means", KEPT)
def test_what_is_kept_between_calls(judged: Callable, means: str) -> None:
    with pytest.raises(
        check.CheckFailed, match="kept from an earlier call|not written by a Triton kernel"
    ):
        agrees(judged("add", ADD + KEPT[means]))


WRONG_ONE = """
@triton.jit
def wide_kernel(x, y, out, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out + at, tl.load(x + at))
"""
APART = {
    "by the driver that is active": """
def add(x, y):
    device = triton.runtime.driver.active.get_current_target().arch
    return launch(wide_kernel if device in (75, 80) else add_kernel, x, y, torch.empty_like(x))
""",
    "by the call stack": """
import inspect

def add(x, y):
    files = [each.filename for each in inspect.stack()]
    counted = any(each.endswith("meter.py") for each in files)
    return launch(add_kernel if counted else wide_kernel, x, y, torch.empty_like(x))
""",
    "by a constant that is set back": """
MODE = tl.constexpr(0)

@triton.jit
def two_kernel(x, y, out, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    more = tl.load(y + at)
    tl.store(out + at, tl.load(x + at) + (more if MODE == 1 else 0.0))

def add(x, y):
    global MODE
    MODE = tl.constexpr(1)
    out = launch(two_kernel, x, y, torch.empty_like(x))
    MODE = tl.constexpr(0)
    return out
""",
}


@pytest.mark.parametrize("means", APART)
def test_one_kernel_is_counted_and_compiled(judged: Callable, means: str) -> None:
    """Whatever the launcher goes by: the machine code is that of the kernel that was checked."""
    add = judged("add", ADD + WRONG_ONE + APART[means])
    try:
        check.uses(add, "FADD", on=vectors, with_=torch.add)
    except check.CheckFailed as failed:
        assert "numbers differ" in failed.message


TWO_FACED = {
    "a type that is looked at": """
@triton.jit
def two_kernel(x, y, out, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    if isinstance(BLOCK, int):
        tl.store(out + at, tl.load(x + at) + tl.load(y + at))
""",
    "a function of Python": """
class By:
    @property
    def interpreter(self):
        import sys
        frame, names = sys._getframe(), []
        while frame:
            names.append(frame.f_code.co_name)
            frame = frame.f_back
        return "visit_Attribute" not in names

BY = By()

@triton.jit
def two_kernel(x, y, out, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    if BY.interpreter:
        tl.store(out + at, tl.load(x + at) + tl.load(y + at))
""",
    "a builtin of its own": """
@tl.core.builtin
def is_counted(_semantic=None):
    return tl.constexpr(type(_semantic.builder).__name__ == "MeteredBuilder")

@triton.jit
def two_kernel(x, y, out, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    if is_counted():
        tl.store(out + at, tl.load(x + at) + tl.load(y + at))
""",
    "a function that counts its calls": """
@triton.constexpr_function
def mode(n, seen=[]):
    seen.append(n)
    return len(seen)

@triton.jit
def two_kernel(x, y, out, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out + at, tl.load(x + at) + (tl.load(y + at) if mode(1) < 9999 else 0.0))
""",
    "what carries a value": """
@triton.jit
def two_kernel(x, y, out, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    value = tl.load(x + at)
    value.handle.data += tl.load(y + at).handle.data
    tl.store(out + at, value)
""",
    "a function that is called as a builtin": """
def max(a, b):
    return b

@triton.jit
def two_kernel(x, y, out, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out + at, tl.load(x + at) + tl.load(y + at) * max(0, 1))
""",
    "NumPy": """
@triton.jit
def two_kernel(x, y, out, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out + at, tl.load(x + at) + tl.load(y + at) + np.sqrt(0.0))
""",
    "a number that is none": """
class Mode(int):
    def __bool__(self):
        return True

@triton.jit
def mode_kernel(x, y, out, n, MODE: tl.constexpr, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    if MODE:
        tl.store(out + at, tl.load(x + at) + tl.load(y + at))

class two_kernel:
    def __class_getitem__(cls, grid):
        return lambda *given, **options: mode_kernel[grid](*given, MODE=Mode(0), **options)
""",
}


@pytest.mark.parametrize("means", TWO_FACED)
def test_a_kernel_that_could_be_two(judged: Callable, means: str) -> None:
    source = "def add(x, y):\n    return launch(two_kernel, x, y, torch.empty_like(x), 8)\n"
    with pytest.raises(check.CheckFailed, match="not Triton: |does not compile"):
        check.agrees(
            judged("add", ADD + TWO_FACED[means] + source),
            with_=torch.add,
            on=lambda rng: (torch.rand(64), torch.rand(64)),
        )


HOST = {
    "dlpack": """
def add(x, y):
    a, out = np.from_dlpack(x), torch.empty_like(x)
    before = a.copy()
    a[...] = a + np.from_dlpack(y)
    launch(copy_kernel, x, y, out)
    a[...] = before
    return out
""",
    "ctypes": """
import ctypes

def add(x, y):
    out = honest(x, y)
    numbers = (ctypes.c_float * x.numel()).from_address(out.data_ptr())
    numbers[0] = 7.0
    return out
""",
    "tolist": """
def add(x, y):
    both = [a + b for a, b in zip(x.tolist(), y.tolist())]
    both = torch.tensor(both)
    return launch(copy_kernel, both, y, torch.empty_like(x))
""",
    "frombuffer": """
def add(x, y):
    both = torch.frombuffer(bytearray((x.numpy() + y.numpy()).tobytes()), dtype=torch.float32)
    return launch(copy_kernel, both, y, torch.empty_like(x))
""",
    "a subclass of tensors": """
class Mine(torch.Tensor):
    pass

def add(x, y):
    with torch._C.DisableTorchFunctionSubclass():
        both = torch.Tensor._make_subclass(Mine, torch.from_numpy(x.numpy() + y.numpy()))
    return launch(copy_kernel, both, y, torch.empty_like(x))
""",
    "operations out of sight": """
from torch.utils._python_dispatch import _disable_current_modes

def add(x, y):
    with _disable_current_modes():
        both = x + y
    return launch(copy_kernel, both, y, torch.empty_like(x))
""",
    "a hook before the launch": """
def hook(x, y, out, n, **options):
    x.untyped_storage()[0] = 1

def add(x, y):
    copy_kernel.pre_run_hooks = [hook]
    return launch(copy_kernel, x, y, torch.empty_like(x))
""",
    "a grid that computes": """
def add(x, y):
    out = torch.empty_like(x)

    def grid(meta):
        x.numpy()[...] += y.numpy()
        return (triton.cdiv(x.numel(), 128),)

    copy_kernel[grid](x, y, out, x.numel(), BLOCK=128)
    return out
""",
    "work after the last kernel": """
def add(x, y):
    out = launch(copy_kernel, x, y, torch.empty_like(x))
    np.asarray(out)[...] += np.asarray(y)
    return out
""",
    "another storage": """
def add(x, y):
    both = torch.from_numpy(x.numpy() + y.numpy())
    return launch(copy_kernel, torch.empty_like(x).set_(both.untyped_storage()), y,
                  torch.empty_like(x))
""",
}


@pytest.mark.parametrize("means", HOST)
def test_work_that_is_not_a_kernels(judged: Callable, means: str) -> None:
    message = "not by a kernel|outside of kernels|argument 0 was changed|a subclass of tensors"
    with pytest.raises(check.CheckFailed, match=message):
        agrees(judged("add", ADD + HOST[means]))


SMALL = {
    "shapes, strides, and numbers": """
def add(x, y):
    n, = x.shape
    assert x.stride() == (1,) and x.is_contiguous() and x.dim() == 1 and x.dtype == y.dtype
    out = x.new_zeros(n + 1)[1:]
    return launch(add_kernel, x, y, out)
""",
    "views": """
def add(x, y):
    out = torch.empty(2, x.numel(), dtype=x.dtype, device=x.device)
    half = x.numel() // 2
    launch(add_kernel, x[:half], y[:half], out[0, :half])
    launch(add_kernel, x[half:], y.view(-1)[half:], out[0].narrow(0, half, half))
    return out[0]
""",
    "a kernel after a kernel": """
def add(x, y):
    between = torch.full_like(x, 3.0)
    launch(copy_kernel, x, y, between)
    return launch(add_kernel, between, y, torch.zeros_like(x))
""",
    "constants and device functions": """
ZERO = tl.constexpr(0.0)

@triton.constexpr_function
def log2(n):
    return n.bit_length() - 1

@triton.jit
def total(a, b):
    return a + b + ZERO

@triton.jit
def sum_kernel(x, y, out, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = at < min(n, 1 << 30)
    left = tl.load(x + at, mask=inside, other=0.0)
    both = total(left, tl.load(y + at, mask=inside, other=0.0))
    for step in tl.static_range(log2(BLOCK)):
        both = tl.where(tl.max(both, axis=0) > 1e30, both.to(tl.float32), both) + 0.0 * step
    tl.store(out + at, both.to(out.dtype.element_ty), mask=inside)

def add(x, y):
    return launch(sum_kernel, x, y, torch.empty_like(x))
""",
}


@pytest.mark.parametrize("means", SMALL)
def test_small_things_that_are_honest(judged: Callable, means: str) -> None:
    agrees(judged("add", ADD + SMALL[means]))


IDLE = {
    "an empty launch": """
@triton.jit
def nothing(x):
    pass

def add(x, y):
    out = launch(add_kernel, x, y, torch.empty_like(x), 1 << 16)
    nothing[(100,)](x)
    return out
""",
    "programs that are switched off": """
def add(x, y):
    out = torch.empty_like(x)
    add_kernel[(100,)](x, y, out, x.numel(), BLOCK=1 << 16)
    return out
""",
    "programs that move a number each": """
@triton.jit
def unequal_kernel(x, y, out, n, BLOCK: tl.constexpr):
    number = tl.program_id(0)
    if number < 99:
        tl.store(out + number, tl.load(x + number) + tl.load(y + number))
    else:
        for first in range(99, n, BLOCK):
            at = first + tl.arange(0, BLOCK)
            both = tl.load(x + at, mask=at < n) + tl.load(y + at, mask=at < n)
            tl.store(out + at, both, mask=at < n)

def add(x, y):
    out = torch.empty_like(x)
    unequal_kernel[(100,)](x, y, out, x.numel(), BLOCK=1024)
    return out
""",
    "another launch of many": """
def add(x, y):
    out = launch(add_kernel, x, y, torch.empty_like(x), 1 << 16)
    launch(add_kernel, x[:200], y[:200], torch.empty_like(x[:200]), 1)
    return out
""",
}


@pytest.mark.parametrize("means", IDLE)
def test_programs_that_move_nothing(judged: Callable, means: str) -> None:
    with pytest.raises(check.CheckFailed, match="programs: [124] are too few to keep a GPU busy"):
        traffic(judged("add", ADD + IDLE[means]))


def test_programs_that_share_the_work_nearly(judged: Callable) -> None:
    """80 programs in strides: some have one block more to do than the others."""
    source = """
@triton.jit
def strided_kernel(x, y, out, n, BLOCK: tl.constexpr):
    for first in range(tl.program_id(0) * BLOCK, n, tl.num_programs(0) * BLOCK):
        at = first + tl.arange(0, BLOCK)
        both = tl.load(x + at, mask=at < n) + tl.load(y + at, mask=at < n)
        tl.store(out + at, both, mask=at < n)

def add(x, y):
    out = torch.empty_like(x)
    strided_kernel[(80,)](x, y, out, x.numel(), BLOCK=512)
    return out
"""
    traffic(judged("add", ADD + source))

"""A program is in order with others by an atomic's result only where it goes by that result."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("triton", reason="tern.gpu needs Triton")

import torch
import triton
import triton.language as tl

from tern.gpu import compile_for, measure
from tests.tern.gpu.written import kernel_of

RACING = """\
@triton.jit
def kernel(c, out, N: tl.constexpr) -> None:
    at = tl.arange(0, N)
    {statements}
    tl.store(out + at, tl.program_id(0) + at)
"""
IDLE = [
    "tl.atomic_add(c, 1)",
    "old = tl.atomic_add(c, 1)",
    "_ = tl.atomic_add(c, 1)",
    "old: tl.tensor = tl.atomic_add(c, 1)",
    "old, other = tl.atomic_add(c, 1), tl.atomic_max(c + 1, 3)",
    "old = tl.atomic_add(c, 1); further = old * 2 + 1; again = further",
    "old = tl.atomic_add(c, 1); old += 1",
    "old = 0; for n in range(2): old = tl.atomic_add(c, 1)",
    "old = tl.atomic_cas(c, 0, 1)",
    "tl.atomic_cas(c, 0, 1)",
    "tl.store(out + N, tl.atomic_xchg(c, 1) * 0, mask=tl.program_id(0) == 0)",
    "old = tl.sum(tl.atomic_add(c + at, 1), 0)",
    "(tl.atomic_add(c, 1) + 1)",
]
GONE_BY = {
    "a branch": "if tl.atomic_add(c, 1) == 2: tl.store(out + at, at)",
    "a loop": "while tl.atomic_cas(c, 0, 0) != 0: tl.debug_barrier()",
    "a mask": "old = tl.atomic_add(c, 1); tl.store(out + at, at, mask=old == 2)",
    "an address": "old = tl.atomic_add(c, 1); tl.store(out + N + old, old)",
    "a bound": "old = tl.atomic_add(c, 1); for n in range(old): tl.store(out + at, n)",
    "a sum": "old = tl.sum(tl.atomic_add(c + at, 1), 0); tl.store(out + N + old // N, old)",
    "a maximum": "old = tl.max(tl.atomic_add(c + at, 1), 0); tl.store(out + N + old, old)",
    "a running sum": (
        "old = tl.cumsum(tl.atomic_add(c + at, 1), 0); tl.store(out + N + at, at, mask=old == 0)"
    ),
    "a choice": (
        "old = tl.atomic_add(c, 1); p = tl.where(old == 0, 1, 2); "
        "tl.store(out + N + p, p, mask=p == 1)"
    ),
    "a part": (
        "u, v = tl.split(tl.reshape(tl.atomic_add(c + at, 1), 8, 2)); "
        "tl.store(out + N + tl.arange(0, 8), u, mask=v == 0)"
    ),
    "a count": (
        "old = tl.histogram(tl.atomic_add(c + at, 1), N); tl.store(out + N + at, at, mask=old == N)"
    ),
    "a block's position": (
        "old = tl.atomic_add(c, 1); "
        "p = tl.make_block_ptr(out, (64,), (1,), (16 + 16 * old,), (N,), (0,)); tl.store(p, at)"
    ),
    "a step": (
        "old = tl.atomic_add(c, 1); p = tl.make_block_ptr(out, (64,), (1,), (16,), (N,), (0,)); "
        "tl.store(tl.advance(p, (16 * old,)), at)"
    ),
    "a descriptor": (
        "old = tl.atomic_add(c, 1); d = tl.make_tensor_descriptor(out, [64], [1], [N]); "
        "d.store([16 + 16 * old], at)"
    ),
}


def races(statements: str, folder: Path) -> list[str]:
    kernel = kernel_of(RACING.format(statements=statements.replace("; ", "\n    ")), folder)

    def launch() -> torch.Tensor:
        c, out = torch.zeros(16, dtype=torch.int32), torch.zeros(64, dtype=torch.int32)
        kernel[(3,)](c, out, N=16)
        return out

    return [str(fault) for fault in measure(launch).faults]


@pytest.mark.parametrize("statements", IDLE)
def test_what_nobody_goes_by_orders_nothing(statements: str, tmp_path: Path) -> None:
    found = races(statements, tmp_path)
    assert len(found) == 1 and "race: writes what program number 0 writes" in found[0], found


@pytest.mark.parametrize("how", GONE_BY)
def test_what_a_program_goes_by_may_order_it(how: str, tmp_path: Path) -> None:
    assert races(GONE_BY[how], tmp_path) == []


# ---- what is no launch ---------------------------------------------------------------------------


@triton.jit
def copy_kernel(x, out, n, BLOCK: tl.constexpr) -> None:
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out + at, tl.load(x + at, mask=at < n), mask=at < n)


def warm(how: str, x: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x)
    given = (x, out, x.numel())
    if how == "warmup":
        copy_kernel.warmup(*given, BLOCK=32, grid=(2,))
    elif how == "warmup, of a function":
        copy_kernel.warmup(*given, BLOCK=32, grid=lambda meta: (triton.cdiv(64, meta["BLOCK"]),))
    elif how == "run":
        copy_kernel.run(*given, BLOCK=32, grid=(2,), warmup=True)
    elif how == "types":
        copy_kernel.warmup(torch.float32, torch.float32, 64, BLOCK=32, grid=(1,))
    copy_kernel[(2,)](*given, BLOCK=32)
    return out


HOW = ["warmup", "warmup, of a function", "run", "types"]


@pytest.mark.parametrize("how", HOW)
def test_a_warmup_is_no_launch(how: str) -> None:
    traffic, plain = (measure(lambda x: warm(w, x), torch.ones(64)) for w in (how, ""))  # noqa: B023
    assert not traffic.faults and len(traffic.launches) == 1
    assert traffic.launches == plain.launches
    only = measure(lambda x: (warm_only(x), x)[1], torch.ones(64))
    assert not only.launches


def warm_only(x: torch.Tensor) -> None:
    copy_kernel.warmup(x, x, 64, BLOCK=32, grid=(1,))


def test_a_warmup_is_not_compiled_for_a_launch() -> None:
    """The judge compiles what is launched, each way once."""
    for how in HOW[:3]:
        (build,) = compile_for("sm_90", lambda x: warm(how, x), torch.ones(64))  # noqa: B023
        assert build.kernel == "copy_kernel"
    assert compile_for("sm_90", warm_only, torch.ones(64)) == ()

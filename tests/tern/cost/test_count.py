"""What a nest costs, counted from the IR: against running it, and against known sums."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tern import ir
from tern.analysis.nests import NestError
from tern.cost import Roofline, estimate, place
from tern.cost.count import FLOPS
from tern.ir.registry import DEFINITIONS
from tern.lower import lower_source
from tern.passes import nests, schedule, tile

PRODUCT = "fn product(A: f32[{n}, {p}], B: f32[{p}, {m}]) -> f32[{n}, {m}] { return A @ B; }"


def product(n: int, p: int, m: int) -> ir.Operation:
    text = PRODUCT.replace("{n}", str(n)).replace("{p}", str(p)).replace("{m}", str(m))
    return lower_source(text)


def flops_by_running(func: ir.Operation) -> int:
    """Each floating-point operation counts itself, as the interpreter runs."""
    from tern.ir import loops

    count = 0
    original = loops._step

    def counting(op):
        step = original(op)
        if op.name not in FLOPS:
            return step

        def counted(values):
            nonlocal count
            count += 1
            step(values)

        return counted

    types = [arg.type for arg in func.body.blocks[0].args]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loops, "_step", counting)
        loops.run_loops(func, [np.ones(type.shape, np.float32) for type in types])
    return count


@given(st.tuples(*[st.integers(2, 7)] * 3), st.integers(1, 4))
@settings(deadline=None, max_examples=25)
def test_a_product_counts_2_n_p_m_however_it_is_tiled(shape, size) -> None:
    n, p, m = shape
    module = product(n, p, m)
    func = ir.functions(module)[0]
    flops, moved, _, _ = estimate(func, 1.0, 1.0)
    assert flops == 2 * n * p * m == flops_by_running(func)
    tile(nests(module)[-1], (size, 0, size))
    assert estimate(func, 1.0, 1.0)[:2] == (flops, moved)
    assert flops_by_running(func) == flops
    # A and B come in; C is set to zero, summed up in, and goes out.
    assert moved == 4 * (n * p + p * m + 2 * n * m)


def test_a_triangle_counts_its_own_iterations() -> None:
    module = ir.parse("""
func.func @f(%a: memref<9xf32>, %b: memref<9x9xf64>) {
  affine.for %i = 0 to 9 step 2 {
    affine.for %j = affine_map<(d0) -> (d0)>(%i) to 9 {
      %x = affine.load %a[%i] : memref<9xf32>
      %y = arith.mulf %x, %x : f32
      %z = arith.maximumf %x, %y : f32
      affine.store %z, %a[%j] : memref<9xf32>
    }
  }
  return
}""")
    func = ir.functions(module)[0]
    expected = 2 * sum(9 - i for i in range(0, 9, 2))
    assert estimate(func, 10.0, 1.0) == (expected, 72, "memory", pytest.approx(expected / 72))
    assert estimate(func, 1.0, 100.0)[2:] == ("compute", 1.0)


def test_large_loops_are_counted_at_once() -> None:
    func = ir.functions(product(100_000, 100_000, 100_000))[0]
    assert estimate(func, 1.0, 1.0)[0] == 2 * 10**15


def test_place_says_what_the_roofline_says() -> None:
    machine = Roofline(100e9, 20e9)
    for n in (4, 64, 1024):
        found = place(ir.functions(product(n, n, n))[0], machine)
        assert found.bound == machine.bound(found.flops, found.bytes)
        assert found.rate == pytest.approx(machine.attainable(found.flops, found.bytes))
        assert found.seconds == pytest.approx(machine.seconds(found.flops, found.bytes))


def test_an_interchanged_nest_counts_the_same() -> None:
    module = product(5, 6, 7)
    before = estimate(ir.functions(module)[0], 1.0, 1.0)
    schedule(module, order=("i", "k", "j"))
    assert estimate(ir.functions(module)[0], 1.0, 1.0) == before


def test_pytorch_counts_the_same() -> None:
    torch = pytest.importorskip("torch")
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        torch.ones(37, 19) @ torch.ones(19, 53)
    flops, *_ = estimate(ir.functions(product(37, 19, 53))[0], 1.0, 1.0)
    assert flops == counter.get_total_flops()


def test_what_is_not_known_is_refused() -> None:
    open_sizes = lower_source("fn f(A: f32[n, p], B: f32[p, m]) -> f32[n, m] { return A @ B; }")
    with pytest.raises(NestError, match="not known"):
        estimate(ir.functions(open_sizes)[0], 1.0, 1.0)


def test_every_floating_point_operation_is_looked_at() -> None:
    """A new one is counted, or is one of those that only move, compare, or convert."""
    others = {"arith.cmpf", "arith.extf", "arith.truncf", "arith.sitofp", "arith.fptosi"}
    known = FLOPS | others | {"arith.uitofp", "arith.fptoui"}
    floats = {name for name in DEFINITIONS if name.startswith("math.") or name.endswith("f")}
    floats = {name for name in floats if name.split(".")[0] in ("arith", "math")}
    assert floats - known <= {"math.absi"}
    assert FLOPS <= set(DEFINITIONS)

"""GPU schedules run on the CPU, by PoCL."""

import random

import numpy as np
import pytest

from tern.workshop.schedules import MATMUL, opencl
from tern.workshop.schedules.modules import matmul_arrays, matmul_module, module_of
from tern.workshop.schedules.sources import NoDeviceCode
from tests.tern.workshop.schedules.test_sources import bound

pytest.importorskip("tvm")
pytestmark = pytest.mark.apart  # a process that has started PoCL cannot fork another that uses it


@pytest.fixture
def pocl() -> None:
    if not opencl.available():
        pytest.skip(f"no OpenCL for CPUs: {opencl.NEEDS}")


def test_launch_grid() -> None:
    assert opencl.launch_grid(bound(64, 8).mod) == ((8, 8, 1), (8, 8, 1))
    assert opencl.launch_grid(matmul_module(8)) == ((1, 1, 1), (1, 1, 1))


@pytest.mark.usefixtures("pocl")
@pytest.mark.parametrize("shared", [False, True])
def test_matmul(shared) -> None:
    a, b, out = matmul_arrays(48)
    _, _, product = opencl.run_opencl(bound(48, 8, shared).mod, a, b, out)
    assert np.allclose(product, a @ b, rtol=1e-5)
    assert np.isnan(out).all()


@pytest.mark.usefixtures("pocl")
def test_arguments_in_another_order_than_the_kernels() -> None:
    """TVM orders a kernel's parameters as it likes: they are found by name."""
    import tvm

    source = "fn f(x: f32[n], y: f32[n], z: f32[n]) -> f32[n] { return z - y / x; }"
    sch = tvm.s_tir.Schedule(module_of(source, n=64))
    sch.compute_inline("div")
    outer, inner = sch.split(sch.get_loops("sub")[0], [None, 16])
    sch.bind(outer, "blockIdx.x")
    sch.bind(inner, "threadIdx.x")
    x, y, z = np.random.default_rng(0).random((3, 64), "f4") + 1
    *_, out = opencl.run_opencl(sch.mod, x, y, z, np.zeros(64, "f4"))
    assert np.allclose(out, z - y / x, rtol=1e-6)


@pytest.mark.usefixtures("pocl")
def test_errors_are_one_line() -> None:
    a, b, out = matmul_arrays(16)
    with pytest.raises(NoDeviceCode):
        opencl.run_opencl(matmul_module(16), a, b, out)
    with pytest.raises(ValueError, match=r"^main takes 3 buffers \(a, b, out\), not 2$"):
        opencl.run_opencl(bound(16, 8).mod, a, b)
    with pytest.raises(ValueError, match=r"^b has the shape \(16, 16\), not \(16, 8\)$"):
        opencl.run_opencl(bound(16, 8).mod, a, b[:, :8], out)


@pytest.mark.usefixtures("pocl")
def test_stores_that_a_condition_cuts_off() -> None:
    """With 4 of 16 threads in the last block, PoCL 3.0 stored nothing there when it optimized."""
    import tvm

    sch = tvm.s_tir.Schedule(MATMUL.module(32, 36, 32))
    block = sch.get_sblock("C")
    total = sch.cache_write(block, 0, "local")
    i, j, p = sch.get_loops(block)
    block_y, y = sch.split(i, [None, 16])
    block_x, x = sch.split(j, [None, 16])
    p, steps = sch.split(p, [None, 16])
    sch.reorder(block_y, block_x, y, x, p, steps)
    for loop, axis in zip(
        (block_y, block_x, y, x), ("blockIdx.y", "blockIdx.x", "threadIdx.y", "threadIdx.x")
    ):
        sch.bind(loop, axis)
    sch.reverse_compute_at(total, x)
    for operand in (0, 1):
        tile = sch.cache_read(block, operand, "shared")
        sch.compute_at(tile, p)
        row, column = sch.get_loops(tile)[-2:]
        sch.bind(row, "threadIdx.y")
        sch.bind(column, "threadIdx.x")
    sch.decompose_reduction(block, p)
    a, b = MATMUL.arguments(random.Random(1), 32, 36, 32)
    *_, out = opencl.run_opencl(sch.mod, a, b, np.full((32, 36), np.nan, "f4"))
    assert np.allclose(out, a @ b, rtol=1e-4)

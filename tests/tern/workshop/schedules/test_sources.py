"""The source text that TVM writes for a GPU."""

import re
from typing import Any

import pytest

from tern.workshop.schedules.modules import matmul_module
from tern.workshop.schedules.sources import NoDeviceCode, cuda_source, opencl_source

tvm = pytest.importorskip("tvm")


def bound(n=64, tile=8, shared=False) -> Any:
    """A matrix product on blocks of tile x tile threads, perhaps with tiles in shared memory."""
    sch = tvm.s_tir.Schedule(matmul_module(n))
    block = sch.get_sblock("matmul")
    out = sch.cache_write(block, 0, "local")
    i, j, k = sch.get_loops(block)
    (bi, ti), (bj, tj), (ko, ki) = (sch.split(loop, [None, tile]) for loop in (i, j, k))
    sch.reorder(bi, bj, ti, tj, ko, ki)
    for loop, axis in (
        (bi, "blockIdx.y"),
        (bj, "blockIdx.x"),
        (ti, "threadIdx.y"),
        (tj, "threadIdx.x"),
    ):
        sch.bind(loop, axis)
    sch.reverse_compute_at(out, tj)
    if shared:
        for operand in (0, 1):
            copy = sch.cache_read(block, operand, "shared")
            sch.compute_at(copy, ko)
            *_, y, x = sch.get_loops(copy)
            sch.bind(y, "threadIdx.y")
            sch.bind(x, "threadIdx.x")
    sch.decompose_reduction(block, ko)
    return sch


def test_cuda() -> None:
    source = cuda_source(bound(shared=True).mod)
    assert "__global__" in source and len(re.findall(r"__shared__ .*float \w+\[64\]", source)) == 2
    assert "__syncthreads()" in source
    assert "__shared__" not in cuda_source(bound().mod)


def test_opencl() -> None:
    source = opencl_source(bound(shared=True).mod)
    assert "__kernel" in source and "barrier(CLK_LOCAL_MEM_FENCE)" in source


@pytest.mark.parametrize("source", [cuda_source, opencl_source])
def test_a_module_without_bindings_is_an_error(source) -> None:
    with pytest.raises(Exception) as caught:
        source(matmul_module(8))
    assert isinstance(caught.value, NoDeviceCode), caught.value
    assert re.fullmatch(r"TVM made no (cuda|opencl) kernel: bind loops .* first", str(caught.value))

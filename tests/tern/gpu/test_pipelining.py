"""What a pipelined loop copies ahead, and the chart of it."""

from __future__ import annotations

import doctest

import pytest

pytest.importorskip("triton", reason="tern.gpu needs Triton")

import torch

from tern.gpu import compile_for, pipelining
from tern.gpu.configurations import Configuration
from tern.gpu.pipelining import Pipeline, gantt, pipeline_of
from tern.workshop.triton import add, matmul

HALVES = torch.zeros(256, 256, dtype=torch.float16)


@pytest.mark.parametrize("stages", [1, 2, 3, 4])
def test_a_loop_runs_ahead_by_a_step_less_than_it_has_stages(stages: int) -> None:
    how = Configuration(64, 64, 32, warps=4, stages=stages)
    (build,) = compile_for("sm_80", lambda a, b: matmul(a, b, how), HALVES, HALVES)
    found = pipeline_of(build.texts["ttgir"])
    assert found == Pipeline(stages - 1, max(stages - 2, 0))


def test_a_kernel_without_a_product() -> None:
    (build,) = compile_for("sm_80", add, torch.zeros(4096), torch.zeros(4096))
    with pytest.raises(ValueError, match="no loop with a product"):
        pipeline_of(build.texts["ttgir"])


def test_the_chart() -> None:
    found = doctest.testmod(pipelining)
    assert found.attempted == 2 and found.failed == 0
    for ahead in (1, 2, 3):
        lines = gantt(Pipeline(ahead, ahead - 1), 6).splitlines()
        products = [line.index("#") for line in lines]
        assert products == list(range(products[0], products[0] + 6))  # one after another

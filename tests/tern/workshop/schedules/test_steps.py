"""A schedule that keeps the module after each step."""

import json

import pytest

from tern.draw import scrubber
from tern.workshop.schedules.modules import matmul_module
from tern.workshop.schedules.search import plain_data
from tern.workshop.schedules.steps import Recorder, readable, replayed

tvm = pytest.importorskip("tvm")


def scheduled() -> Recorder:
    sch = Recorder(matmul_module(64))
    block = sch.get_sblock("matmul")
    i, j, k = sch.get_loops(block)
    j_outer, j_inner = sch.split(j, factors=[None, 16])
    sch.reorder(i, j_outer, k, j_inner)
    sch.vectorize(j_inner)
    sch.decompose_reduction(block, k)
    return sch


def test_steps() -> None:
    sch = scheduled()
    assert [title for title, _ in sch.steps] == [
        "the module",
        "split(j, factors=[None, 16])",
        "reorder(i, j_0, k, j_1)",
        "vectorize(j_1)",
        "decompose_reduction(matmul, k)",
    ]
    scripts = [script for _, script in sch.steps]
    assert "T.vectorized(16)" in scripts[3] and "T.vectorized(16)" not in scripts[2]
    assert scripts[-1] == readable(sch.mod)
    for script in scripts:
        assert script.startswith(("@T.prim_func(s_tir=True)\ndef main(", "def main("))
        assert "T.reads" not in script and "# from" not in script
    assert "split(j, factors=[None, 16])" in scrubber(sch.steps)._repr_html_()


def test_a_step_that_tvm_refuses_is_none() -> None:
    sch = scheduled()
    before = list(sch.steps)
    with pytest.raises(tvm.s_tir.schedule.schedule.ScheduleError):
        sch.vectorize(sch.get_loops(sch.get_sblock("matmul_update"))[2])
    assert sch.steps == before


def test_a_trace_replayed_gives_an_equal_module() -> None:
    import tvm_ffi

    sch = scheduled()
    for trace in (
        sch.trace,
        sch.trace.as_json(),
        json.loads(json.dumps(plain_data(sch.trace.as_json()))),
    ):
        again = replayed(matmul_module(64), trace)
        assert tvm_ffi.structural_equal(again.mod, sch.mod)
        assert not tvm_ffi.structural_equal(again.mod, matmul_module(64))

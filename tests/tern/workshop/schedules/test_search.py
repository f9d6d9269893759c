"""MetaSchedule with a budget, and a result that is plain data."""

import json
import sys

import numpy as np
import pytest

from tern.workshop.schedules.modules import matmul_arrays, matmul_module, ready
from tern.workshop.schedules.search import replay, search, without_intrinsics

pytest.importorskip("tvm")


def test_search_and_replay() -> None:
    found = search(matmul_module(64), trials=4, seed=3)
    assert "tvm.s_tir.tensor_intrin" not in sys.modules  # what stood in for it is gone
    kept = json.loads(json.dumps(found))
    assert kept == found
    assert found["trials"] == 4 and found["seed"] == 3
    assert 1 <= len(found["seconds"]) <= 4 and found["best"] == min(found["seconds"])
    assert len(found["drawn"]) == len(found["seconds"])
    assert all([len(sizes) for sizes in drawn] == [4, 4, 2] for drawn in found["drawn"])
    assert all(np.prod(sizes) == 64 for drawn in found["drawn"] for sizes in drawn)
    sch = replay(matmul_module(64), kept)
    assert sch.mod.script() != matmul_module(64).script()
    arrays = matmul_arrays(64)
    call = ready(sch.mod, *arrays)
    call()
    assert np.allclose(call.result, arrays[0] @ arrays[1], rtol=1e-4)


def test_a_budget_of_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="^a search needs at least one trial, not 0$"):
        search(matmul_module(8), trials=0)


def test_what_stands_in_for_the_slow_module_does_not_replace_it(monkeypatch) -> None:
    there = object()
    monkeypatch.setitem(sys.modules, "tvm.s_tir.tensor_intrin", there)
    without_intrinsics()
    assert sys.modules["tvm.s_tir.tensor_intrin"] is there


def test_in_a_notebook_it_needs_no_pandas(monkeypatch) -> None:
    """MetaSchedule asks whether it is in one, and then prints its tables by pandas."""
    import tvm.s_tir.meta_schedule.utils  # noqa: F401
    from tvm_ffi import get_global_func, register_global_func

    from tern.workshop.schedules import search as module

    before = get_global_func(module._IN_NOTEBOOK)
    register_global_func(module._IN_NOTEBOOK, lambda: True, override=True)
    try:
        with module._quiet():
            assert get_global_func(module._IN_NOTEBOOK)() is False
        assert get_global_func(module._IN_NOTEBOOK)() is True
    finally:
        register_global_func(module._IN_NOTEBOOK, before, override=True)

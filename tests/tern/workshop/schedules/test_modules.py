"""tern's programs as TVM modules of known sizes."""

import numpy as np
import pytest

from tern.workshop.schedules import modules

pytest.importorskip("tvm")


def test_matmul_module() -> None:
    mod = modules.matmul_module(16)
    assert (
        'a: T.Buffer((16, 16), "float32")' in mod.script() and 'T.sblock("matmul")' in mod.script()
    )
    arrays = modules.matmul_arrays(16)
    call = modules.ready(mod, *arrays)
    call()
    assert np.allclose(call.result, arrays[0] @ arrays[1], rtol=1e-5)
    assert np.isnan(arrays[2]).all()  # the caller's own array stays
    oblong = modules.matmul_module(2, 3, 4).script()
    assert all(
        f'T.Buffer({shape}, "float32")' in oblong for shape in ("(2, 3)", "(3, 4)", "(2, 4)")
    )


def test_sizes() -> None:
    script = modules.script_of(modules.example("softmax"), n=4, m=8, nan=False)
    assert "for i, j in T.grid(4, 8):" in script and "TypeVar" not in script
    assert "T.max(t_max[vi], x[vi, vj])" in script
    partly = modules.script_of(modules.example("softmax"), m=8)
    assert 'x: T.Buffer((N, 8), "float32")' in partly
    with pytest.raises(ValueError, match="^the program has no size q$"):
        modules.script_of(modules.example("softmax"), q=8)
    with pytest.raises(ValueError, match="no size e$"):  # a variable, and not a size
        modules.script_of(modules.example("softmax"), e=8)


def test_the_last_function_counts_with_what_it_calls() -> None:
    mod = modules.module_of(modules.example("attention"), n=4, m=5, d=6, e=7)
    assert 'out: T.Buffer((4, 7), "float32")' in mod.script()
    assert "matmul_2" in mod.script()


def test_seconds_are_the_least_of_calls_taken_in_turn(monkeypatch) -> None:
    order = []
    clock = iter([0.0, 5.0, 0.0, 1.0, 0.0, 2.0, 0.0, 3.0])
    monkeypatch.setattr(modules.time, "process_time", lambda: next(clock))
    calls = {name: lambda name=name: order.append(name) for name in "ab"}
    assert modules.seconds(calls, repetitions=2) == {"a": 3.0, "b": 1.0}
    assert order == ["a", "b", "a", "b", "b", "a"]
    assert modules.gflops(1000, 2.0) == 1.0

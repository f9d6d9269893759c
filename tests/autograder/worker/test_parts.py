"""Parts that are switched off: gone, whatever was compiled of them before."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.judge import workers
from autograder.worker import errors

SOURCE = """
import numba
from tern.workshop import vectors

def directly(x):
    y = x.copy()
    vectors.scalar_exp(x, y)
    return y

@numba.njit
def kernel(x):
    y = x.copy()
    vectors.scalar_exp(x, y)
    return y
"""


def test_what_was_compiled_before_the_fork_is_off_as_well() -> None:
    pytest.importorskip("numba")
    from tern.workshop import vectors
    from tern.workshop.vectors.warm import compile_kernels

    compile_kernels()
    assert vectors.scalar_exp.overloads
    part = "tern.workshop.vectors.exponential:scalar_exp"
    one = np.ones(3, np.float32)
    with workers.ForkServer(frozenset()) as server:
        for off in ((), (part,)):
            worker = server.spawn(off=off, limits={}, native=True)
            worker.load([{"id": "cell", "source": SOURCE}])
            for name in ("directly", "kernel"):
                if off:
                    with pytest.raises(errors.RemoteError, match="switched off"):
                        worker.function(name)(one)
                else:
                    assert worker.function(name)(one).tolist() == pytest.approx([np.e] * 3)
            worker.close()


def test_kernels_that_are_compiled_beforehand_start_no_thread_and_are_no_parts() -> None:
    """A process whose threads have started can't be forked, and a part may be switched off."""
    pytest.importorskip("numba")
    from tern import parts
    from tern.workshop import vectors
    from tern.workshop.vectors import warm

    called = {*warm.compile_kernels.__code__.co_names} & {*vectors.__all__}
    assert "scalar_exp" in called
    assert not called & {name.rpartition(".")[2] for name in parts.names()}
    for name in called:
        assert not getattr(getattr(vectors, name), "targetoptions", {}).get("parallel")


def test_a_helper_that_is_a_class_is_off_with_all_its_methods() -> None:
    source = """
from tern.workshop.xla import ShapedArray, ops, trace, tracer

def directly():
    return str(trace(ops.sin, ShapedArray("f32", (3,))))

def by_a_class():
    return str(tracer._Trace(None, []).run(ops.sin).jaxpr)
"""
    with workers.ForkServer(frozenset()) as server:
        for off in ((), ("workshop.xla.trace",)):
            worker = server.spawn(off=off, limits={})
            worker.load([{"id": "cell", "source": source}])
            for name in ("directly", "by_a_class")[: 2 if off else 1]:
                if off:
                    with pytest.raises(errors.RemoteError, match="switched off"):
                        worker.function(name)()
                else:
                    assert "sin a" in worker.function(name)()
            worker.close()

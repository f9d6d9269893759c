"""The book's tracer beside JAX's own, and what it refuses."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from tern.workshop.xla import ops
from tern.workshop.xla.jaxpr import ShapedArray, inlined
from tern.workshop.xla.programs import long_program, random_program
from tern.workshop.xla.tracer import trace

VECTOR = ShapedArray("f32", (4,))
ONES = np.ones(4, np.float32)


@pytest.mark.parametrize("number", range(40))
def test_a_jaxpr_computes_what_the_program_does(number: int) -> None:
    seed = random.randrange(1 << 30)  # an unseen one each time; a failure shows it
    rng = random.Random(seed)
    program, types = random_program(rng, 20)
    normal = np.random.default_rng(seed).standard_normal
    arguments = [normal(each.shape, np.float32) for each in types]
    with np.errstate(all="ignore"):
        expected, actual = program(*arguments), ops.evaluate(trace(program, *types), *arguments)
    for one, other in zip(expected, actual, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_function_is_traced_once_for_its_types() -> None:
    runs = []

    @ops.jit
    def f(a: Any) -> Any:
        runs.append(a.shape)
        return a + a

    def program(x: Any) -> Any:
        return f(f(x)), f(ops.reduce_sum(x, (0,)))

    jaxpr = trace(program, VECTOR)
    assert runs == [(4,), ()]
    first, second = (jaxpr.equations[n].params["jaxpr"] for n in (0, 1))
    assert first is second
    assert str(jaxpr).count("add") == 2
    assert len(list(inlined(jaxpr))) == 4


def test_what_is_called_often_is_neither_traced_nor_printed_often() -> None:
    """Thirty functions, each calling the one before twice: 2**30 calls, thirty jaxprs."""

    def twice(inner: Any) -> Any:
        return ops.jit(lambda a: inner(inner(a)))

    function = ops.sin
    for _ in range(30):
        function = twice(function)
    jaxpr = trace(function, VECTOR)
    assert len(str(jaxpr).splitlines()) < 200


def test_one_constant_for_one_array() -> None:
    c, other = ONES.copy(), ONES.copy()

    @ops.jit
    def f(a: Any) -> Any:
        return a * other + c

    jaxpr = trace(lambda x: (f(x) + c, x, other), VECTOR)
    assert [id(array) for _, array in jaxpr.constants] == [id(other), id(c)]
    assert jaxpr.equations[0].params["jaxpr"].constants == ()


@pytest.mark.parametrize(
    "program",
    [
        lambda x: x if x > 0 else -x,
        lambda x: float(x),
        lambda x: int(x),
        lambda x: [1.0, 2.0][x],
        lambda x: np.sin(x),
        lambda x: np.asarray(x),
        lambda x: len(x),
        lambda x: sum(x),
        lambda x: x and x,
    ],
)
def test_a_traced_value_has_no_number(program: Any) -> None:
    with pytest.raises(ops.ConcretizationError, match=r"f32\[4\]|bool\[4\]"):
        trace(program, VECTOR)
    with pytest.raises(ops.ConcretizationError):
        trace(lambda x: ops.jit(program)(x), VECTOR)


def test_a_traced_value_stays_in_its_trace() -> None:
    kept: list[Any] = []
    trace(lambda x: kept.append(x) or x, VECTOR)
    with pytest.raises(ops.LeakedTracerError):
        trace(lambda x: x + kept[0], VECTOR)

    def program(x: Any) -> Any:
        ops.jit(lambda a: kept.append(a) or a)(x)
        return x + kept[-1]  # of a function that has returned

    with pytest.raises(ops.LeakedTracerError):
        trace(program, VECTOR)


def test_operators_on_either_side() -> None:
    jaxpr = trace(lambda x: (ONES + x, x + ONES, 2.0 - x, -x / ONES, x @ x), VECTOR)
    assert [each.primitive for each in jaxpr.equations] == "add add sub neg div dot_general".split()
    constant, argument = jaxpr.constants[0][0], jaxpr.arguments[0]
    assert jaxpr.equations[0].operands == (constant, argument)
    assert jaxpr.equations[1].operands == (argument, constant)


def test_after_an_error_nothing_is_traced_any_more() -> None:
    with pytest.raises(ZeroDivisionError):
        trace(lambda x: 1 // 0, VECTOR)
    assert ops.sin(ONES).dtype == np.float32


@pytest.mark.parametrize(
    "program",
    [
        lambda x: x + np.ones(3, np.float32),
        lambda x: x + np.ones(4),
        lambda x: ops.dot(x, np.ones((3, 2), np.float32)),
        lambda x: ops.reshape(x, (3,)),
        lambda x: ops.bind("sine", x),
        lambda x: ops.convert(x, "i32") + 0.5,
    ],
)
def test_types_that_do_not_fit_are_errors(program: Any) -> None:
    with pytest.raises(TypeError):
        trace(program, VECTOR)


def test_a_long_program_is_as_long_as_asked() -> None:
    program, type = long_program(random.Random(), 400)
    jaxpr = trace(program, type)
    assert (len(jaxpr.equations), len(jaxpr.constants)) == (400, 100)
    (found,) = ops.evaluate(jaxpr, ONES[:3])
    np.testing.assert_array_equal(found, program(ONES[:3]))

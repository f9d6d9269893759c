"""The book's tracer beside JAX's own."""

from __future__ import annotations

import random

import pytest

pytestmark = [pytest.mark.apart, pytest.mark.rotates(6)]
pytest.importorskip("jax", reason="not judged here: jax is not installed")

from tern.workshop.xla.jaxpr import ShapedArray
from tern.workshop.xla.programs import Program, random_program
from tern.workshop.xla.tracer import trace
from tests.tern.workshop.xla import jax_programs

VECTOR = ShapedArray("f32", (4,))


@pytest.mark.parametrize("number", range(40))
def test_equations_are_those_of_jax(number: int) -> None:
    seed = random.randrange(1 << 30)  # an unseen one each time; a failure shows it
    program, types = random_program(random.Random(seed), 14)
    closed = jax_programs.traced_by_jax(program, types)
    expected, results, expected_calls = jax_programs.steps_of_jax(closed)
    jaxpr = trace(program, *types)
    actual, calls = jax_programs.steps_of_tern(jaxpr)
    assert actual == expected
    assert calls == expected_calls
    assert len(jaxpr.results) == len(results)


def test_text_is_that_of_jax() -> None:
    program = Program(
        "c = np.ones(4, np.float32)\n"
        "def program(x, y):\n"
        "    z = sin(x) * 2.0 + c\n"
        "    cos(z)\n"
        "    return z, select(gt(x, y), reshape(reshape(z, (2, 2)), (4,)), c)\n"
    )
    types = [VECTOR, VECTOR]
    expected = str(jax_programs.traced_by_jax(program, types))
    for hidden in ("dimensions=None ", " sharding=None"):
        expected = expected.replace(hidden, "")
    assert str(trace(program, *types)) == expected

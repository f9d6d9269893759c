"""A function for known sizes: the same numbers, and no size that is not a number."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tern.build import build
from tern.ir import Operation, function, functions, run
from tern.passes.specialize import NotStatic, specialize
from tern.types import TensorType
from tests.tern.tensor_programs import ELEMENTS, tensor_programs
from tests.turns import tries


def sizes(func: Operation) -> list[Any]:
    """All sizes in the types of a function's values."""
    values = [*func.body.only_block.args, *[r for op in func.walk() for r in op.results]]
    return [size for v in values if isinstance(v.type, TensorType) for size in v.type.shape]


@given(data=st.data())
@settings(max_examples=tries(60, long=3000), deadline=None)
def test_a_program_computes_the_same_and_knows_its_sizes(data) -> None:
    program = data.draw(tensor_programs(data.draw(st.sampled_from(ELEMENTS))))
    (func,) = functions(program.module)
    before = str(program.module)
    made = specialize(func, program.arguments)
    assert all(isinstance(size, int) for size in sizes(made))
    assert str(program.module) == before
    with np.errstate(all="ignore"):
        expected = run(program.module, "f", *program.arguments)
        found = run(made.parent_op, "f", *program.arguments)
    pairs = zip(found, expected, strict=True) if isinstance(found, tuple) else [(found, expected)]
    for one, other in pairs:
        assert one.dtype == other.dtype and one.tobytes() == other.tobytes()


def test_calls_are_gone_whatever_their_sizes_are_called() -> None:
    module = build(
        "fn inner(a: f32[p, q]) -> f32[p, q] { return a + a; }\n"
        "fn outer(x: f32[n, m]) -> f32[n, m] { return inner(inner(x)) + x; }"
    )
    made = specialize(function(module, "outer"), [(2, 3)])
    assert "call" not in str(made) and "?" not in str(made)
    x = np.ones((2, 3), "f4")
    assert (run(made.parent_op, "outer", x) == 5).all()


def test_what_does_not_follow_from_the_arguments_is_told() -> None:
    module = build("fn f(n: i32) -> i32 { let x = 1; while x < n { x = x + x; } return x; }")
    with pytest.raises(NotStatic, match="^@f has control flow, through which no sizes are"):
        specialize(function(module, "f"), [None])

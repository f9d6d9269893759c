"""What NumPy computes of a module, and what is no module."""

from __future__ import annotations

import random

import numpy as np
import pytest

from tern.workshop.xla import (
    EvaluateError,
    Module,
    evaluate,
    narrow,
    random_graph,
    random_slices,
    read_module,
)


def arguments(module: Module, seed: int) -> list[np.ndarray]:
    draw = np.random.default_rng(seed).uniform
    shapes = [each.array.dimensions for each in module.entry.parameters()]
    return [draw(0.1, 1.1, shape).astype(np.float32) for shape in shapes]


def agree(expected: list[np.ndarray], actual: list[np.ndarray], told: str) -> None:
    for one, other in zip(expected, actual, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4, err_msg=told)


def test_narrowing_changes_no_element() -> None:
    changed = 0
    for _ in range(20):
        seed = random.randrange(1 << 30)  # unseen ones each time; a failure shows the program
        module = random_slices(random.Random(seed), 30)
        given, narrowed = arguments(module, seed), narrow(module)
        changed += str(narrowed) != str(module)
        agree(evaluate(module, given), evaluate(narrowed, given), str(module))
    assert changed >= 10


@pytest.mark.parametrize("instructions", range(7))
def test_the_smallest_modules_compute_something(instructions: int) -> None:
    for make in (random_graph, random_slices):
        module = make(random.Random(), instructions)
        assert evaluate(module, arguments(module, 0))


@pytest.mark.parametrize(
    "line, says",
    [
        ("ROOT y = f32[3] negate(x)", r"y says that it is f32\[3\], and gives \[4\]"),
        ("ROOT y = f32[5] slice(x), slice={[0:5]}", "goes beyond its operand"),
        ("ROOT y = f32[4] add(x, z)", "differ in shape"),
        ("ROOT y = f32[4] sort(x)", "nobody here evaluates a sort"),
        ("ROOT y = f32[4] transpose(x), dimensions={1}", "cannot be computed"),
        ("ROOT y = f32[4] reduce(x, z), dimensions={0}, to_apply=sum", "cannot be computed"),
        (
            "ROOT y = f32[4] reduce(x, x), dimensions={}, to_apply=sum",
            "cannot be computed|starts w",
        ),
        ("ROOT y = f32[4] pad(x, z), padding=0_900000000000", "gives 900,000,000,004 elements"),
        ("ROOT y = f32[4] pad(x, z), padding=0_0x0_0", "cannot be computed"),
        ("ROOT y = f32[4] concatenate(x, x), dimensions={0}", "gives 8 elements"),
        ("ROOT y = f32[4] dot(x, x)", "gives 16 elements"),
    ],
)
def test_what_is_no_module(line: str, says: str) -> None:
    text = "HloModule m\nENTRY e {\n  x = f32[4] parameter(0)\n  z = f32[] constant(0)\n"
    module = read_module(f"{text}  {line}\n}}\n")
    with pytest.raises(EvaluateError, match=says):
        evaluate(module, arguments(module, 0))


@pytest.mark.apart
def test_xla_computes_the_same() -> None:
    pytest.importorskip("jax", reason="not judged here: jax is not installed")
    from tern.workshop.xla import real

    rng = random.Random()
    for make in (random_graph, random_slices) * 4:
        module = make(rng, 25)
        given = arguments(module, rng.randrange(1 << 30))
        agree(real.Executable(str(module)).run(given), evaluate(module, given), str(module))

"""Reverse mode: against PyTorch, against differences, and what it refuses."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from tern.workshop import frameworks
from tern.workshop.frameworks import GradientError, backward, functional, machine, make_graph

SEEDS = range(40)


def drawn(shapes, seed) -> Any:
    draw = np.random.default_rng(seed)
    return [draw.standard_normal(shape) for shape in shapes]


def torchs(program, arrays) -> Any:
    """What PyTorch computes for a program, and its gradients. RuntimeError."""
    torch = pytest.importorskip("torch")
    tensors = [torch.tensor(each, requires_grad=True) for each in arrays]
    value = program.for_torch()(*tensors)
    if not value.requires_grad:
        return value.numpy(), [np.zeros_like(each) for each in arrays]
    found = torch.autograd.grad(value, tensors, allow_unused=True, materialize_grads=True)
    return value.detach().numpy(), [each.numpy() for each in found]


def assert_same(found, expected) -> None:
    value, gradients = found
    np.testing.assert_allclose(value.numbers(), expected[0], rtol=1e-9, atol=1e-9)
    for each, other in zip(gradients, expected[1], strict=True):
        np.testing.assert_allclose(each.numbers(), other, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("seed", SEEDS, indirect=True)
def test_gradients_are_pytorchs(seed) -> None:
    rng = random.Random(seed)
    program, shapes = frameworks.random_program(rng, rng.randrange(1, 16))
    arrays = drawn(shapes, seed)
    assert_same(backward(program, *arrays), torchs(program, arrays))


@pytest.mark.parametrize("seed", SEEDS, indirect=True)
def test_gradients_through_writes(seed) -> None:
    rng, here = random.Random(seed), machine()
    program, shapes = frameworks.random_program(rng, rng.randrange(4, 16), in_place=True)
    arrays = drawn(shapes, seed)
    graph = make_graph(here, functional(program), *arrays)  # nothing is written in it
    if "copy_" in str(graph):  # it writes to an argument, through a view
        with pytest.raises(GradientError):
            backward(program, *arrays)
        return
    whole = backward(lambda *inputs: graph.run(here.operators, *inputs), *arrays)
    try:
        assert_same(whole, torchs(program, arrays))
    except RuntimeError as error:  # of PyTorch, which keeps other values than tern does
        assert "modified by an inplace operation" in str(error)
    try:
        found = backward(program, *arrays)
    except GradientError:
        return
    assert_same(found, (whole[0].data, [each.data for each in whole[1]]))


SMOOTH = {
    "div": lambda x, y: x / (y * y + 1.0),
    "log": lambda x, y: (x * x + y * y + 1.0).log(),
    "sqrt": lambda x, y: (x * x + 1.0).sqrt() - y,
    "matmul": lambda x, y: (x @ y.t()).tanh() + x.sin() @ y.cos().t(),
    "batched matmul": lambda x, y: x.reshape(2, 1, 3) @ y.reshape(1, 3, 1),
    "rows": lambda x, y: (x[0] * y[-1]).exp() * x[1:].sum() + sum(row.sum() for row in x),
    "softmax": lambda x, y: (x.softmax(1) * y).mean(0),
    "broadcast": lambda x, y: x[0].expand(4, 3).cos().sum() * y.sum(1, keepdim=True),
    "steps": lambda x, y: x[:, ::2] * y[:, -2:],
}


@pytest.mark.parametrize("name", SMOOTH)
def test_gradients_are_what_differences_say(name) -> None:
    x, y = (np.random.default_rng().standard_normal(shape) for shape in ((2, 3), (1, 3)))
    here = machine()

    def value(*inputs):
        return float(SMOOTH[name](*map(here.tensor, inputs)).sum())

    _, gradients = backward(SMOOTH[name], x, y)
    for array, gradient in zip((x, y), gradients):
        found = np.zeros_like(array)
        for at in np.ndindex(*array.shape):
            before = array[at]
            array[at] = before + 1e-6
            above = value(x, y)
            array[at] = before - 1e-6
            found[at] = (above - value(x, y)) / 2e-6
            array[at] = before
        np.testing.assert_allclose(gradient.numbers(), found, rtol=1e-5, atol=1e-7)


def test_ties_share_and_relu_has_no_slope_at_zero() -> None:
    x = np.array([0.0, 2.0, 2.0])
    _, (g, h) = backward(lambda x, y: x.maximum(y) + x.minimum(0.0), x, x.copy())
    np.testing.assert_array_equal(g.data, [1.0, 0.5, 0.5])
    np.testing.assert_array_equal(h.data, [0.5, 0.5, 0.5])
    _, (g,) = backward(lambda x: x.amax() + x.relu(), x)
    np.testing.assert_array_equal(g.data, [0.0, 2.5, 2.5])


def test_a_shared_subexpression_has_one_turn() -> None:
    def program(x):
        for _ in range(60):
            x = x + x
        return x

    _, (g,) = backward(program, np.ones(2))
    np.testing.assert_array_equal(g.data, [2.0**60] * 2)


def test_a_long_chain_does_not_recurse() -> None:
    def program(x):
        for _ in range(10_000):
            x = x * 1.0
        return x

    _, (g,) = backward(program, np.ones(1))
    assert g.data == [1.0]


def test_nodes_grow_with_the_program_and_no_faster() -> None:
    def nodes(length):
        def program(x):
            for _ in range(length):
                x = (x * 2.0 + x).tanh()
            return x

        here = machine()
        return len(make_graph(here, lambda x: backward(program, x)[1], np.ones(1)).nodes)

    assert nodes(200) - nodes(100) == nodes(300) - nodes(200) > 0


def test_gradients_of_gradients() -> None:
    def cube(x):
        return x * x * x

    def slope(x):
        return backward(cube, x)[1][0]

    def curvature(x):
        return backward(slope, x)[1][0]

    x = np.array([2.0, -1.0])
    np.testing.assert_allclose(backward(slope, x)[1][0].data, 6 * x)
    np.testing.assert_allclose(backward(curvature, x)[1][0].data, [6.0, 6.0])


def test_float32_stays_float32() -> None:
    def program(x):
        y = (x * 2.0).where(x > 0.0, 0.5).softmax(0).relu()
        return y.maximum(0.5).amax() / y.mean()

    value, (g,) = backward(program, np.ones(3, np.float32))
    assert value.dtype == g.dtype == np.float32


@pytest.mark.parametrize(
    "body",
    [
        "y = x * 2.0; z = y * y; y.add_(1.0); return z",
        "y = x.exp(); y.mul_(2.0); return y",
        "y = x * 1.0; z = y.t(); w = z.sin(); y.relu_(); return w",
        "x.add_(1.0); return x",
        "y = x * 1.0; z = y[0:1]; z.add_(1.0); return y",
    ],
)
def test_what_was_overwritten_is_refused(body) -> None:
    with pytest.raises(GradientError):
        backward(frameworks.Program(f"def program(x):\n    {body}\n"), np.ones((2, 2)))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("y = x * 2.0; y.add_(1.0); return y", 2.0),  # the formula needs 2.0, and not y
        ("y = x.sin(); z = y + 1.0; y.add_(z); return y", 2 * np.cos(1.0)),
        ("y = x * 2.0; y.tanh_(); return y", 2 * (1 - np.tanh(2.0) ** 2)),
    ],
)
def test_what_no_formula_needs_may_be_overwritten(body, expected) -> None:
    _, (g,) = backward(frameworks.Program(f"def program(x):\n    {body}\n"), np.ones(1))
    np.testing.assert_allclose(g.data, [expected])


def test_what_is_detached_has_no_gradient() -> None:
    _, (g,) = backward(lambda x: x.detach() * 2.0, np.ones(3))
    np.testing.assert_array_equal(g.data, np.zeros(3))

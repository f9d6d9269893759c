"""The operations of networks against PyTorch's, as arrays and as loops."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tern.ir import Builder, Value, functions, new_function, new_module, run, verify
from tern.ir.loops import run_loops
from tern.lower import lower_to_loops
from tern.types import FunctionType, TensorType, f32, i64

torch = pytest.importorskip("torch")

Build = Callable[..., Value]


def convolved(x: np.ndarray, k: np.ndarray, w: dict[str, Any], groups: int) -> torch.Tensor:
    """PyTorch's convolution, with the channels last."""
    options = {name: w[name] for name in ("stride", "padding", "dilation")}
    given = torch.from_numpy(x), torch.from_numpy(k)
    return torch.nn.functional.conv2d(*given, groups=groups, **options).permute(0, 2, 3, 1)


def agree(build: Build, arrays: list[Any], want: Any) -> None:
    """What `build` makes of the arrays, run both ways, is the tensor of PyTorch's."""
    types = [TensorType(a.shape, i64 if a.dtype.kind == "i" else f32) for a in arrays]
    func = new_function("f", types, [])
    block = func.body.blocks[0]
    builder = Builder(block)
    result = build(builder, *block.args)
    builder.ret([result])
    func.attributes["function_type"] = FunctionType(tuple(types), (result.type,))
    module = new_module()
    module.body.blocks[0].append(func)
    verify(module)
    want = want.numpy()
    np.testing.assert_allclose(run(module, "f", *arrays), want, rtol=1e-4, atol=1e-4)
    out = np.full(want.shape, -7, want.dtype)
    run_loops(functions(lower_to_loops(module))[0], [*arrays, out])
    np.testing.assert_allclose(out, want, rtol=1e-4, atol=1e-4)


def normal(seed: int, *shape: int) -> Any:
    return np.random.default_rng(seed).standard_normal(shape).astype("f4")


def filled(b: Builder, number: float, *shape: int) -> Value:
    return b.fill(b.constant(number, f32), b.empty(TensorType(shape, f32)))


def padded(b: Builder, image: Value, around: tuple[int, int], number: float) -> Value:
    sizes = [0, *around, 0]
    return b.pad(image, sizes, sizes, b.constant(number, f32))


pair = st.tuples(st.integers(1, 3), st.integers(1, 3))
seeds = st.integers(0, 99)


@st.composite
def windows(draw) -> dict[str, Any]:
    """Sizes that fit each other: of an image, a window, and how it goes over the image."""
    window, stride, dilation = draw(pair), draw(pair), draw(pair)
    padding = tuple(draw(st.integers(0, (k * d - d + 1) // 2)) for k, d in zip(window, dilation))
    image = tuple(
        max((k - 1) * d + 1 - 2 * p, 1) + draw(st.integers(0, 3))
        for k, d, p in zip(window, dilation, padding)
    )
    out = tuple(
        (n + 2 * p - (k - 1) * d - 1) // s + 1
        for n, p, k, d, s in zip(image, padding, window, dilation, stride)
    )
    made = {"image": image, "window": window, "stride": stride}
    return made | {"dilation": dilation, "padding": padding, "out": out}


@settings(max_examples=40, deadline=None)
@given(windows(), st.integers(1, 3), st.integers(1, 2), st.integers(1, 2), seeds)
def test_conv2d(w, groups, channels, features, seed) -> None:
    """Grouped convolutions are convolutions of slices, put together again."""
    c, f = groups * channels, groups * features
    x, k = normal(seed, 2, c, *w["image"]), normal(seed + 1, f, channels, *w["window"])
    want = convolved(x, k, w, groups)

    def build(b: Builder, image: Value, filter: Value) -> Value:
        image = padded(b, image, w["padding"], 0.0)
        height, width = image.type.shape[1:3]
        parts = []
        for group in range(groups):
            part = b.extract_slice(image, [0, 0, 0, group * channels], [2, height, width, channels])
            own = b.extract_slice(
                filter, [0, 0, 0, group * features], [*w["window"], channels, features]
            )
            out = filled(b, 0.0, 2, *w["out"], features)
            parts.append(b.conv_2d(part, own, out, w["stride"], w["dilation"]))
        return b.concat(parts, 3)

    agree(build, [x.transpose(0, 2, 3, 1).copy(), k.transpose(2, 3, 1, 0).copy()], want)


@settings(max_examples=40, deadline=None)
@given(windows(), st.integers(1, 3), seeds)
def test_depthwise_conv2d(w, channels, seed) -> None:
    x, k = normal(seed, 1, channels, *w["image"]), normal(seed + 1, channels, 1, *w["window"])
    want = convolved(x, k, w, channels)

    def build(b: Builder, image: Value, filter: Value) -> Value:
        image = padded(b, image, w["padding"], 0.0)
        out = filled(b, 0.0, 1, *w["out"], channels)
        return b.conv_2d(image, filter, out, w["stride"], w["dilation"])

    agree(build, [x.transpose(0, 2, 3, 1).copy(), k[:, 0].transpose(1, 2, 0).copy()], want)


@settings(max_examples=40, deadline=None)
@given(windows(), st.integers(1, 3), seeds)
def test_max_pool2d(w, channels, seed) -> None:
    padding = tuple(min(p, k // 2) for p, k in zip(w["padding"], w["window"]))
    x = normal(seed, 2, channels, *(n + 2 for n in w["image"]))
    spans = [(k - 1) * d + 1 for k, d in zip(w["window"], w["dilation"])]
    sizes = [n + 2 * p - s for n, p, s in zip(x.shape[2:], padding, spans)]
    if min(sizes) < 0:
        return
    want = torch.nn.functional.max_pool2d(
        torch.from_numpy(x), w["window"], w["stride"], padding, w["dilation"]
    ).permute(0, 2, 3, 1)

    def build(b: Builder, image: Value) -> Value:
        image = padded(b, image, padding, -np.inf)
        out = filled(b, -np.inf, *want.shape)
        window = b.empty(TensorType(w["window"], f32))
        return b.pooling("max", image, window, out, w["stride"], w["dilation"])

    agree(build, [x.transpose(0, 2, 3, 1).copy()], want)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 5), st.integers(1, 4), st.lists(st.integers(1, 3), max_size=2), seeds)
def test_embedding(rows, width, shape, seed) -> None:
    table = normal(seed, rows, width)
    ids = np.random.default_rng(seed).integers(0, rows, shape)
    want = torch.nn.functional.embedding(torch.from_numpy(ids), torch.from_numpy(table))

    def build(b: Builder, table: Value, ids: Value) -> Value:
        return b.gather(table, ids, b.empty(TensorType((*shape, width), f32)))

    agree(build, [table, ids], want)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=4), st.integers(0, 2), seeds)
def test_cat(sizes, axis, seed) -> None:
    shapes = [[2, 3, 2] for _ in sizes]
    for shape, size in zip(shapes, sizes):
        shape[axis] = size
    arrays = [normal(seed + number, *shape) for number, shape in enumerate(shapes)]
    want = torch.cat([torch.from_numpy(array) for array in arrays], axis)
    agree(lambda b, *parts: b.concat(parts, axis), arrays, want)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=2, max_size=2), seeds)
def test_pad(around, seed) -> None:
    x = normal(seed, 2, 3)
    flat = [n for pair in reversed(around) for n in pair]
    want = torch.nn.functional.pad(torch.from_numpy(x), flat, value=1.5)
    low, high = zip(*around)
    agree(lambda b, image: b.pad(image, low, high, b.constant(1.5, f32)), [x], want)


@pytest.mark.parametrize("special", [np.nan, -np.inf, np.inf, 0.0])
@settings(max_examples=20, deadline=None)
@given(shape=st.lists(st.integers(1, 4), min_size=1, max_size=3), data=st.data(), seed=seeds)
def test_argmax(special, shape, data, seed) -> None:
    """The first of the greatest; a NaN is greater than all."""
    axis = data.draw(st.integers(0, len(shape) - 1))
    x = np.random.default_rng(seed).integers(-1, 2, shape).astype("f4")
    x[np.random.default_rng(seed).random(shape) < 0.3] = special
    want = x.argmax(axis)  # NumPy says which of several it is
    kept = tuple(n for a, n in enumerate(shape) if a != axis)

    def build(b: Builder, x: Value) -> Value:
        where = b.fill(b.constant(0, i64), b.empty(TensorType(kept, i64)))
        return b.argmax(x, filled(b, -np.inf, *kept), where, axis)[1]

    agree(build, [x], torch.from_numpy(np.asarray(want)))

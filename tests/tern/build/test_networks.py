"""Arrays and networks in the language: what NumPy and PyTorch say they are."""

import re

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from tern.build import build
from tern.ir import EvaluationError, run, verify

RNG = np.random.default_rng(0)
X = RNG.standard_normal((2, 3, 8)).astype(np.float32)
W = RNG.standard_normal((3, 8)).astype(np.float32)
V = RNG.standard_normal(8).astype(np.float32)
INDICES = np.array([1, 0, 1], np.int32)
IMAGE = RNG.standard_normal((2, 7, 6, 4)).astype(np.float32)
FILTERS = RNG.standard_normal((3, 3, 4, 8)).astype(np.float32)
GROUPED = RNG.standard_normal((3, 2, 2, 8)).astype(np.float32)
DEPTHWISE = RNG.standard_normal((3, 3, 1, 4)).astype(np.float32)
BYTES = RNG.integers(-128, 128, (3, 5)).astype(np.int8)

PARAMETERS = {
    "x": ("f32[n, m, 8]", X), "w": ("f32[m, 8]", W), "v": ("f32[8]", V), "i": ("i32[m]", INDICES),
    "image": ("f32[b, 7, 6, 4]", IMAGE), "filters": ("f32[3, 3, 4, 8]", FILTERS),
    "grouped": ("f32[3, 2, 2, 8]", GROUPED), "depthwise": ("f32[3, 3, 1, 4]", DEPTHWISE),
    "bytes": ("i8[3, 5]", BYTES), "k": ("i32", 1),
}  # fmt: skip


def value_of(text: str, result: str) -> np.ndarray:
    """What an expression over the parameters gives."""
    names = [name for name in PARAMETERS if re.search(rf"\b{name}\b", text)]
    # The size m is w's as well as x's, and a parameter says so even where it is not used.
    names += [] if {"x", "w", "i"} & {*names} else ["w"]
    names += [] if "x" in names else ["x"]
    head = ", ".join(f"{name}: {PARAMETERS[name][0]}" for name in names)
    module = build(f"fn f({head}) -> {result} {{ return {text}; }}")
    verify(module)
    return run(module, "f", *[PARAMETERS[name][1] for name in names])


def conv(image, filters, **options) -> np.ndarray:
    """PyTorch's, with channels last."""
    found = F.conv2d(
        torch.tensor(image).permute(0, 3, 1, 2),
        torch.tensor(filters).permute(3, 2, 0, 1),
        **options,
    )
    return found.permute(0, 2, 3, 1).numpy()


def pool(function, image, *options, **named) -> torch.Tensor:
    return function(torch.tensor(image).permute(0, 3, 1, 2), *options, **named).permute(0, 2, 3, 1)


BATCH = np.einsum("nij,nkj->nik", X, X)


@pytest.mark.parametrize(
    ("text", "result", "expected"),
    [
        ("reshape(x, [n, m, 2, 4])", "f32[n, m, 2, 4]", X.reshape(2, 3, 2, 4)),
        ("reshape(x, [n, 4, m, 2])", "f32[n, 4, m, 2]", X.reshape(2, 4, 3, 2)),
        ("reshape(w, [2, m, 4])", "f32[2, m, 4]", W.reshape(2, 3, 4)),
        ("reshape(image, [b, -1])", "f32[b, 168]", IMAGE.reshape(2, -1)),
        ("transpose(x, [2, 0, 1])", "f32[8, n, m]", X.transpose(2, 0, 1)),
        ("matrix_transpose(x)", "f32[n, 8, m]", X.swapaxes(1, 2)),
        ("expand_dims(w, axis=1)", "f32[m, 1, 8]", W[:, None]),
        ("squeeze(sum(w, axis=0), axis=0)", "f32[8]", W.sum(0)),
        ("squeeze(sum(v, axis=0), axis=0)", "f32", V.sum()),
        ("broadcast_to(v, [n, 8])", "f32[n, 8]", None),
        ("where(x < 0, 0, x)", "f32[n, m, 8]", np.maximum(X, 0)),
        ("clip(x, -0.5, w)", "f32[n, m, 8]", np.clip(X, -0.5, W)),
        ("size(x, axis=1) + size(image, 1)", "i64", 10),
        ("sum(x, axis=[0, 2])", "f32[1, m, 1]", X.sum((0, 2), keepdims=True)),
        ("max(x, axis=[0, -1], keepdims=false)", "f32[m]", X.max((0, 2))),
        ("mean(x, axis=1, keepdims=false)", "f32[n, 8]", X.mean(1)),
        ("mean(w, axis=[0, 1], keepdims=false)", "f32", W.mean()),
        ("x @ transpose(x, [0, 2, 1])", "f32[n, m, m]", BATCH),
        ("x @ transpose(w)", "f32[n, m, m]", X @ W.T),
        ("matmul(bytes, transpose(bytes), dtype=i32)", "i32[3, 3]",
         BYTES.astype(np.int32) @ BYTES.T.astype(np.int32)),
        ("concat([w, w * 2, w], axis=1)", "f32[m, 24]", np.concatenate([W, W * 2, W], 1)),
        ("concat([w, transpose(w) @ w])", "f32[m + 8, 8]", np.concatenate([W, W.T @ W])),
        ("concat([transpose(w) @ w, w]) + sum(pad(x, [[0, 1], [2, 0], [0, 0]]), axis=[0, 1], "
         "keepdims=false)", "f32[8 + m, 8]", np.concatenate([W.T @ W, W]) + X.sum((0, 1))),
        ("mean(pad(w, [[1, 2], [0, 0]])) + f32(size(pad(w, [[1, 2], [0, 0]]), axis=0))", "f32",
         np.pad(W, [[1, 2], [0, 0]]).mean() + 6),
        ("f32(sum(arange(n + m + 1)))", "f32", 15),
        ("concat([bytes, bytes])", "i8[6, 5]", np.concatenate([BYTES, BYTES])),
        ("pad(bytes, [[1, 2], [0, 3]])", "i8[6, 8]", np.pad(BYTES, [[1, 2], [0, 3]])),
        ("pad(x, [[0, 0], [0, 0], [2, 1]], constant_values=-1)", "f32[n, m, 11]",
         np.pad(X, [[0, 0], [0, 0], [2, 1]], constant_values=-1)),
        ("take(w, i)", "f32[m, 8]", W[INDICES]),
        ("take(w, k)", "f32[8]", W[1]),
        ("arange(m)", "i32[m]", None),
        ("argmax(x, axis=1)", "i64[n, 1, 8]", X.argmax(1)[:, None]),
        ("argmin(x, axis=-1, keepdims=false)", "i64[n, m]", X.argmin(-1)),
        ("conv2d(image, filters)", "f32[b, 5, 4, 8]", conv(IMAGE, FILTERS)),
        ("conv2d(image, filters, stride=[2, 1], padding=[1, 0])", "f32[b, 4, 4, 8]",
         conv(IMAGE, FILTERS, stride=(2, 1), padding=(1, 0))),
        ("conv2d(image, filters, dilation=2, padding=2)", "f32[b, 7, 6, 8]",
         conv(IMAGE, FILTERS, dilation=2, padding=2)),
        ("conv2d(image, grouped, groups=2)", "f32[b, 5, 5, 8]", conv(IMAGE, GROUPED, groups=2)),
        ("conv2d(image, depthwise, groups=4, stride=2)", "f32[b, 3, 2, 4]",
         conv(IMAGE, DEPTHWISE, groups=4, stride=2)),
        ("max_pool(image, [3, 2], stride=2, padding=[1, 0])", "f32[b, 4, 3, 4]",
         pool(F.max_pool2d, IMAGE, (3, 2), 2, padding=(1, 0))),
        ("avg_pool(image, 2, stride=1)", "f32[b, 6, 5, 4]", pool(F.avg_pool2d, IMAGE, 2, 1)),
        ("x[1, :, 2:5]", "f32[m, 3]", X[1, :, 2:5]),
        ("x[0:1]", "f32[1, m, 8]", X[0:1]),
        ("bytes[-1, -3:]", "i8[3]", BYTES[-1, -3:]),
        ("bytes[k, k + 1]", "i8", BYTES[1, 2]),
        ("x[k, 0:2, k]", "f32[2]", X[1, 0:2, 1]),
        ("softmax(x)", "f32[n, m, 8]", F.softmax(torch.tensor(X), -1)),
        ("log_softmax(w)", "f32[m, 8]", F.log_softmax(torch.tensor(W), -1)),
        ("gelu(x)", "f32[n, m, 8]", F.gelu(torch.tensor(X))),
        ("silu(v)", "f32[8]", F.silu(torch.tensor(V))),
        ("sigmoid(v)", "f32[8]", torch.sigmoid(torch.tensor(V))),
        ("relu(v)", "f32[8]", F.relu(torch.tensor(V))),
        ("layer_norm(x, v, v, 1e-5)", "f32[n, m, 8]",
         F.layer_norm(torch.tensor(X), (8,), torch.tensor(V), torch.tensor(V))),
        ("rms_norm(x, v, 1e-5)", "f32[n, m, 8]",
         F.rms_norm(torch.tensor(X), (8,), torch.tensor(V), 1e-5)),
        ("batch_norm(w, v, v * v, v, v, 1e-5)", "f32[m, 8]",
         F.batch_norm(torch.tensor(W), *[torch.tensor(a) for a in (V, V * V, V, V)])),
        ("attention(x, x, x)", "f32[n, m, 8]",
         F.scaled_dot_product_attention(torch.tensor(X), torch.tensor(X), torch.tensor(X))),
        ("cross_entropy(w, i)", "f32",
         F.cross_entropy(torch.tensor(W), torch.tensor(INDICES).long())),
    ],
)  # fmt: skip
def test_is_what_the_others_say(text: str, result: str, expected) -> None:
    found = value_of(text, result)
    if expected is None:
        return
    expected = np.asarray(expected)
    assert np.shape(found) == expected.shape
    np.testing.assert_allclose(found, expected, rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("text", ["take(w, i + 3)", "take(w, k - 2)", "x[k + 5]", "x[0:3]"])
def test_what_leaves_a_tensor_is_said(text: str) -> None:
    result = {"take(w, i + 3)": "f32[m, 8]", "take(w, k - 2)": "f32[8]", "x[k + 5]": "f32[m, 8]"}
    with pytest.raises(EvaluationError):
        value_of(text, result.get(text, "f32[3, m, 8]"))

"""The example networks, compiled, compute what the interpreter does."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tern.build import build
from tern.ir import EvaluationError, Operation, function, parse, run, verify
from tern.lower import lower_source
from tern.passes import nests, outline
from tern.targets.llvm import compile_llvm
from tern.targets.numba import compile_numba
from tern.targets.tvm import compile_tvm
from tern.types import i32
from tests.tern.example_networks import EXAMPLES
from tests.turns import tries

COMPILERS = [compile_llvm, compile_numba, compile_tvm]
IDS = ["llvm", "numba", "tvm"]

SIZES = {"n": 1, "b": 1, "s": 5, "classes": 10, "vocabulary": 20}
WHOLE = SIZES | {"s": 128, "classes": 1000, "vocabulary": 1000}

# The networks with fewer of their blocks: what differs between blocks is there.
SMALL = {
    "resnet18": """
fn small(
    x: f32[n, 224, 224, 3], w: f32[7, 7, 3, 64], p: f32[4, 64],
    w64: f32[2, 3, 3, 64, 64], p64: f32[2, 4, 64],
    h128: f32[3, 3, 64, 128], s128: f32[1, 1, 64, 128],
    w128: f32[3, 3, 128, 128], p128: f32[3, 4, 128],
    last: f32[128, classes], shift: f32[classes]
) -> f32[n, classes] {
    let a = block64(stem(x, w, p), w64[0], p64[0], w64[1], p64[1]);
    let b = halve128(a, h128, p128[0], w128, p128[1], s128, p128[2]);
    return mean(b, axis=[1, 2], keepdims=false) @ last + shift;
}""",
    "minilm": """
fn small(
    ids: i32[b, s], words: f32[vocabulary, 384], places: f32[512, 384], first: f32[2, 384],
    qkv: f32[2, 3, 384, 384], qkv_shift: f32[2, 3, 384],
    out: f32[2, 384, 384], out_shift: f32[2, 384],
    up: f32[2, 384, 1536], up_shift: f32[2, 1536],
    down: f32[2, 1536, 384], down_shift: f32[2, 384], norms: f32[2, 4, 384]
) -> f32[b, 384] {
    let x = layer_norm(take(words, ids) + take(places, arange(s)), first[0], first[1], 1e-12);
    let a = layer(
        x, qkv[0], qkv_shift[0], out[0], out_shift[0],
        up[0], up_shift[0], down[0], down_shift[0], norms[0]
    );
    let b = layer(
        a, qkv[1], qkv_shift[1], out[1], out_shift[1],
        up[1], up_shift[1], down[1], down_shift[1], norms[1]
    );
    return mean(b, axis=1, keepdims=false);
}""",
}


NETWORKS = [
    ("resnet18", "small"),
    ("minilm", "small"),
    *[("resnet18", "resnet18"), ("minilm", "encode")][: tries(0, long=2)],
]


def source_of(file: str) -> str:
    return (EXAMPLES / f"{file}.tern").read_text() + SMALL[file]


def arguments(func: Operation) -> list[Any]:
    """Random arguments for a function of loops, of small weights; the last one is the result."""
    sizes = SIZES if func.attributes["sym_name"] == "small" else WHOLE
    generator = np.random.default_rng(0)
    made: list[Any] = []
    for arg in func.body.blocks[0].args:
        shape = [size if isinstance(size, int) else sizes[size] for size in arg.type.shape]
        if arg.type.element == i32:
            made.append(generator.integers(0, sizes["vocabulary"], shape, "i4"))
            continue
        made.append((generator.standard_normal(shape) * 0.05).astype(np.float32))
        if len(shape) > 1 and shape[-2] == 4:  # of a normalization: variances are positive
            made[-1] = np.abs(made[-1]) + 0.5
    return made


@pytest.mark.rotates(2)
@pytest.mark.parametrize("compiled", COMPILERS, ids=IDS)
@pytest.mark.parametrize(("file", "name"), NETWORKS)
def test_a_network(compiled: Callable[[Operation], Any], file: str, name: str) -> None:
    """To 1e-5 of the largest number. With --long the whole networks too, which take, in seconds of
    CPU, 36 (ResNet-18) and 31 (MiniLM) with Numba, 24 and 25 with TVM: most of it to compile."""
    source = source_of(file)
    func = function(lower_source(source, [name]), name)
    *given, out = arguments(func)
    compiled(func)(*given, out)
    expected = run(build(source), name, *given)
    assert np.abs(out - expected).max() <= 1e-5 * np.abs(expected).max()


@pytest.mark.parametrize(("file", "name"), [("resnet18", "resnet18"), ("minilm", "encode")])
def test_layers_share_their_nests(file: str, name: str) -> None:
    module = lower_source(source_of(file), [name])
    before = len(nests(module))
    assert outline(module) < (0.7 if file == "resnet18" else 0.3) * before
    verify(module)
    assert str(parse(str(module))) == str(module)


SUMS = """
fn both(z: f32[n + m, k], x: f32[n, k], y: f32[m, k]) -> f32[m + n + 1, k] {
    let p = exp(concat([x, y])) * concat([y, x]) + z;
    return pad(p, [[1, 0], [0, 0]]) + mean(p);
}
"""


@pytest.mark.parametrize("compiled", COMPILERS, ids=IDS)
def test_sums_of_sizes(compiled: Any) -> None:
    compute = compiled(function(lower_source(SUMS), "both"))
    x, y, z = (np.random.default_rng(0).random((rows, 3), np.float32) for rows in (2, 4, 6))
    out = np.zeros((7, 3), np.float32)
    compute(z, x, y, out)
    expected = run(build(SUMS), "both", z, x, y)
    assert np.abs(out - expected).max() <= 1e-5
    with pytest.raises(EvaluationError, match=r"the size m \+ n is 6 by .*, and 5 by"):
        compute(z[:5], x, y, out)
    with pytest.raises(EvaluationError, match=r"the size m \+ n \+ 1 is 7 by .*, and 6 by"):
        compute(z, x, y, out[:6])


def test_sums_of_sizes_in_outlined_nests() -> None:
    steps = "".join(f"let a{i} = exp(concat([x, y])) * 0.1 + a{i - 1}; " for i in range(1, 12))
    source = (
        "fn many(z: f32[n + m, k], x: f32[n, k], y: f32[m, k]) -> f32[m + n + 1, k] "
        f"{{ let a0 = z; {steps} return pad(a11, [[1, 0], [0, 0]]) + mean(a11); }}"
    )
    func = function(lower_source(source), "many")
    assert len(nests(func)) > 16  # more than Numba takes in one function
    x, y, z = (np.random.default_rng(0).random((rows, 3), np.float32) for rows in (2, 4, 6))
    out = np.zeros((7, 3), np.float32)
    compile_numba(func)(z, x, y, out)
    assert np.allclose(out, run(build(source), "many", z, x, y), rtol=1e-5)

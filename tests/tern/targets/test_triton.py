"""Functions as Triton: the interpreter's numbers, counted traffic, machine code, refusals."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tern
from tern.build import build
from tern.gpu.traffic import Traffic
from tern.ir import Operation, function, functions, parse
from tern.targets.errors import EmitError
from tern.targets.named import named
from tern.targets.triton import compile_triton, emit_triton
from tests.tern.loop_programs import broadcast
from tests.turns import tries

pytest.importorskip("triton", reason="the kernels need Triton")
torch = pytest.importorskip("torch")

from tern.gpu import compile_for, measure

EXAMPLES = Path(tern.__file__).parent / "examples"
CHAIN = """fn chain(x: f32[n, m], y: f32[n, m], s: f32) -> f32[n, m] {
    let z = x * s + y;
    let gate = 1.0 / (1.0 + exp(-z));
    return max(z * gate, 0.0) - tanh(y);
}"""
BIAS = "fn bias(x: f32[n, m], b: f32[m]) -> f32[n, m] { return max(x + b, 0.0); }"
LENGTHS = [1, 2, 127, 128, 129, 1000]


def example(name) -> str:
    return (EXAMPLES / f"{name}.tern").read_text()


def func_of(source, name=None) -> Operation:
    module = named(source)
    return function(module, name) if name else functions(module)[-1]


def given_to(launcher, arguments) -> Traffic:
    """The traffic of a launcher on copies of NumPy arrays and on numbers."""
    tensors = [torch.from_numpy(a).clone() if hasattr(a, "shape") else a for a in arguments]
    return measure(launcher, *tensors)


def both(source, *arguments, name=None) -> tuple:
    """What the interpreter makes of the arguments, what the kernel does, and its traffic."""
    func = func_of(source, name)
    traffic = given_to(compile_triton(func), arguments)
    assert not traffic.faults and len(traffic.launches) == 1
    with np.errstate(all="ignore"):
        want = np.asarray(tern.run(source, func.attributes["sym_name"], *arguments))
    have = traffic.results[0].numpy()
    assert have.shape == want.shape
    return want, have, traffic


def close(source, *arguments, name=None, rtol=1e-5, atol=1e-6) -> Traffic:
    want, have, traffic = both(source, *arguments, name=name)
    assert np.allclose(have, want, rtol=rtol, atol=atol, equal_nan=True)
    return traffic


def exact(source, *arguments) -> None:
    want, have, _ = both(source, *arguments)
    assert have.dtype == want.dtype and np.array_equal(have, want, equal_nan=have.dtype.kind == "f")


def random(*shape, seed=0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape, dtype="f4")


# ---- the source ----------------------------------------------------------------------------------

SOFTMAX = """\
@triton.jit
def softmax_kernel(x_ptr, out_ptr, m, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    columns = tl.arange(0, BLOCK)
    inside = columns < m
    x = tl.load(x_ptr + row * m + columns, mask=inside, other=float("-inf"))
    e = tl.exp(x - tl.max(x, axis=0))
    tl.store(out_ptr + row * m + columns, e / tl.sum(e, axis=0), mask=inside)


def softmax(x):
    n, m = shape_of(x, "x", torch.float32, None, None)
    out = torch.empty((n, m), dtype=torch.float32, device=x.device)
    if out.numel() == 0:
        return out
    if not 0 < m <= 16384:
        raise ValueError(f"softmax: a row must have 1 to 16384 elements, and m is {m}")
    BLOCK = triton.next_power_of_2(m)
    # 32 bytes for each thread, two loads of 128 bits; more where the row is too long for 16 warps.
    num_warps = min(max(BLOCK // 256, 1), 16)
    softmax_kernel[(n,)](x, out, m, BLOCK=BLOCK, num_warps=num_warps)
    return out
"""


def test_source() -> None:
    source = emit_triton(func_of(example("softmax")))
    assert source.endswith(SOFTMAX)
    assert compile_triton(func_of(example("softmax"))).source == source


def kernel_lines(source) -> list[str]:
    """The lines of the kernel's body."""
    lines = emit_triton(func_of(source)).split("_kernel(")[1].split("\n\n")[0].splitlines()
    return [line.strip() for line in lines[1:]]


def test_lanes_left_over_are_neutral() -> None:
    """By `other=` where that does it, by tl.where before a reduction where it does not."""
    lines = kernel_lines(example("layer_norm"))
    assert "x = tl.load(x_ptr + row * m + columns, mask=inside, other=0.0)" in lines
    assert "centered = x - tl.sum(x, axis=0) / m" in lines
    assert "total = tl.sum(tl.where(inside, centered * centered, 0.0), axis=0)" in lines
    assert "scale = tl.load(scale_ptr + columns, mask=inside)" in lines
    for name in ("softmax", "rms_norm"):
        assert "where" not in "".join(kernel_lines(example(name)))


def test_the_same_value_is_computed_once() -> None:
    long = "fn softmax(x: f32[n, m]) -> f32[n, m] { return %s / sum(%s, axis=1); }"
    e = "exp(x - max(x, axis=1))"
    lines = "\n".join(kernel_lines(long % (e, e)))
    assert lines.count("tl.exp") == lines.count("tl.max(") == lines.count("tl.load") == 1


@pytest.mark.parametrize("name", ["softmax", "layer_norm", "rms_norm", "gelu"])
def test_lines_are_short_and_the_file_is_whole(name) -> None:
    source = emit_triton(func_of(example(name)))
    assert all(len(line) <= 110 for line in source.splitlines())
    compile(source, name, "exec")


def test_without_names() -> None:
    """From IR alone, such as parsed text: the sizes of rows and columns are n and m."""
    module = parse(str(build(example("layer_norm"))))
    launcher = compile_triton(functions(module)[0])
    assert "def layer_norm(a, b, c):" in launcher.source and "columns < m" in launcher.source
    x, scale, shift = random(3, 20), random(20, seed=1), random(20, seed=2)
    want = tern.run(module, "layer_norm", x, scale, shift)
    traffic = given_to(launcher, [x, scale, shift])
    assert not traffic.faults and np.allclose(
        traffic.results[0].numpy(), want, rtol=1e-4, atol=1e-5
    )


def test_names_do_not_collide() -> None:
    source = """
    fn triton(row: f32[count, out], at: f32[out], tl: f32[count, 1]) -> f32[count, out] {
        let inside = row * at; let x_ptr = inside + tl; return x_ptr * x_ptr - inside;
    }
    fn f_kernel(torch: f32[torch]) -> f32[torch] {
        let maximum = min(torch); return torch * maximum;
    }
    fn f(lambda: f32[m]) -> f32[m] { return lambda + max(lambda); }"""
    row, at, one = random(3, 20), random(20), random(3, 1)
    namespace = {}
    funcs = functions(named(source))
    assert emit_triton(*funcs).count("import torch") == 1
    exec(compile(emit_triton(*funcs).replace("@triton.jit", "@str"), "whole", "exec"), namespace)
    assert (
        callable(namespace["f"])
        and callable(namespace["f_kernel"])
        and callable(namespace["triton_2"])
    )
    for func, arguments in zip(funcs, ([row, at, one], [at], [at])):
        want = tern.run(source, func.attributes["sym_name"], *arguments)
        traffic = given_to(compile_triton(func), arguments)
        assert not traffic.faults and np.allclose(
            traffic.results[0].numpy(), want, rtol=1e-5, atol=1e-6
        )


def test_let_names_and_calls() -> None:
    source = "fn f(x: f32[n, m]) -> f32[n, m] { let kept = relu(x); return kept * kept; }"
    lines = kernel_lines(f"{example('dense')} {source}")
    assert "kept = tl.maximum(x, 0.0, propagate_nan=tl.PropagateNan.ALL)" in lines
    assert lines[-1] == "tl.store(out_ptr + at, kept * kept, mask=inside)"


# ---- numbers -------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize("m", LENGTHS)
def test_examples(n, m) -> None:
    x, scale, shift = random(n, m), random(m, seed=1), random(m, seed=2)
    close(example("softmax"), x)
    close(example("layer_norm"), x, scale, shift, rtol=1e-3, atol=1e-4)
    close(example("rms_norm"), x, scale)
    close(example("gelu"), x)
    close(example("dense"), x, name="relu")
    close(example("distances"), random(n, 1), scale, name="distances")
    close(CHAIN, x, random(n, m, seed=3), 0.7)


KNOWN = {
    "x": ("n", "m"),
    "w": ("n", "m"),
    "y": ("m",),
    "c": ("n", 1),
    "u": (1, "m"),
    "p": ("n", "m"),
}


@st.composite
def row_programs(draw, element) -> str:
    """A function of rows: element-wise operations, broadcasts, reductions over the last axis."""
    known = {name: shape for name, shape in KNOWN.items() if name != "p"}
    lines = []
    for number in range(draw(st.integers(1, 6))):
        name, other = (draw(st.sampled_from(list(known))) for _ in "ab")
        shape, choices = known[name], [("-{0}", known[name]), ("abs({0})", known[name])]
        if (together := broadcast(shape, known[other])) is not None:
            choices += [(f"{{0}} {sign} {{1}}", together) for sign in "+-*"]
            choices += [("max({0}, {1})", together), ("min({0}, {1})", together)]
            choices.append((f"{element}({{0}} < {{1}}) * {{0}}", together))
        if shape == ("n", "m"):
            choices.append((f"{{0}} * {element}(p)", shape))
            words = ["sum", "max", "min", *(["mean"] if element == "f64" else [])]
            choices += [(f"{word}({{0}}, axis=1)", ("n", 1)) for word in words] * 2
        text, result = draw(st.sampled_from(choices))
        lines.append(f"let t{number} = {text.format(name, other)};")
        known[f"t{number}"] = result
    last = list(known)[-1]

    def spell(shape, element=element):
        return f"{element}[{', '.join(map(str, shape))}]"

    parameters = ", ".join(
        f"{n}: {spell(s, 'bool' if n == 'p' else element)}" for n, s in KNOWN.items()
    )
    return f"fn f({parameters}) -> {spell(known[last])} {{ {' '.join(lines)} return {last}; }}"


@settings(max_examples=tries(20, long=60), deadline=None)
@given(
    st.data(), st.sampled_from([1, 3]), st.sampled_from(LENGTHS), st.sampled_from(["i32", "f64"])
)
def test_random_programs(data, n, m, element) -> None:
    """Small whole numbers, whose sums are exact in both types: what differs is wrong."""
    source = data.draw(row_programs(element))
    rng = np.random.default_rng(data.draw(st.integers(0, 9)))
    sizes, arguments = {"n": n, "m": m}, []
    for name, shape in KNOWN.items():
        values = rng.integers(-4, 5, [sizes.get(size, size) for size in shape])
        arguments.append(
            values > 0 if name == "p" else values.astype({"i32": "i4", "f64": "f8"}[element])
        )
    want, have, _ = both(source, *arguments)
    if element == "i32":
        assert np.array_equal(have, want)
    else:
        assert np.allclose(have, want, rtol=1e-9, atol=1e-9 * max(1.0, float(np.abs(want).max())))


SPECIAL = np.array([0.0, -0.0, 1.5, -2.25, np.nan, np.inf, -np.inf, 1e30, -1e-30, 88.0], "f4")
INTEGERS = np.array([0, 1, -1, 2**31 - 1, -(2**31), 7, -7, 3], "i4")


def pairs(values) -> list[np.ndarray]:
    return [axis.ravel().copy() for axis in np.meshgrid(values, values)]


SIMPLE = ["x + y", "x - y", "x * y", "max(x, y)", "min(x, 0.5)", "x % y", "-x", "abs(x)"]


@pytest.mark.parametrize("what", SIMPLE)
def test_nan_infinity_and_zero(what) -> None:
    x, y = pairs(SPECIAL)
    exact(f"fn f(x: f32[n], y: f32[n]) -> f32[n] {{ return {what}; }}", x, y)


@pytest.mark.parametrize("what", ["1.0 / (-x)", "1.0 / (0.0 * x)", "1.0 / max(x, x)"])
def test_the_sign_of_zero(what) -> None:
    exact(f"fn f(x: f32[n]) -> f32[n] {{ return {what}; }}", SPECIAL)


@pytest.mark.parametrize("name", "exp log sqrt tanh erf sin cos".split())
@pytest.mark.parametrize(("element", "rtol"), [("f32", 2e-6), ("f64", 1e-12)])
def test_functions(name, element, rtol) -> None:
    dtype = {"f32": "f4", "f64": "f8"}[element]
    x = np.concatenate([SPECIAL.astype(dtype), np.linspace(-20, 20, 41, dtype=dtype)])
    source = f"fn f(x: {element}[n]) -> {element}[n] {{ return {name}(x); }}"
    close(source, x, rtol=rtol, atol=rtol / 10)


@pytest.mark.parametrize(("element", "rtol"), [("f32", 2e-6), ("f64", 2e-13)])
def test_tanh_keeps_the_digits_of_small_numbers(element, rtol) -> None:
    dtype = {"f32": "f4", "f64": "f8"}[element]
    x = np.concatenate([[0.0], np.geomspace(1e-30, 20, 2000)]).astype(dtype)
    x = np.concatenate([x, -x])
    source = f"fn f(x: {element}[n]) -> {element}[n] {{ return tanh(x); }}"
    want, have, _ = both(source, x)
    assert np.allclose(have, want, rtol=rtol, atol=0)
    assert np.array_equal(np.signbit(have), np.signbit(want))


@pytest.mark.parametrize("what", ["x == y", "x != y", "x < y", "x <= y", "x > y", "x >= y"])
def test_comparisons(what) -> None:
    negated = f"not ({what}) or x == 1.5 and {what}"
    exact(f"fn f(x: f32[n], y: f32[n]) -> bool[n] {{ return {negated}; }}", *pairs(SPECIAL))
    exact(f"fn f(x: i32[n], y: i32[n]) -> bool[n] {{ return {what}; }}", *pairs(INTEGERS))


@pytest.mark.parametrize("element", ["i32", "i64"])
def test_integers(element) -> None:
    """They wrap around, and division rounds toward zero."""
    x, y = pairs(INTEGERS)
    defined = (y != 0) & ~((x == -(2**31)) & (y == -1))
    x, y = (each[defined].astype({"i32": "i4", "i64": "i8"}[element]) for each in (x, y))
    three = f"{element}(-7) / {element}(2)"  # computed when the kernel is made
    for what in (
        "x / y",
        "x % y",
        "x + y",
        "x - y * 65537",
        "-x",
        "abs(x)",
        "max(x, y)",
        f"min(x, {three})",
    ):
        exact(f"fn f(x: {element}[n], y: {element}[n]) -> {element}[n] {{ return {what}; }}", x, y)


def test_conversions() -> None:
    x = np.array([0.0, -1.9, 2.5, 1e9, -1e-9], "f4")
    exact("fn f(x: f32[n]) -> i32[n] { return i32(x); }", x)
    exact("fn f(x: f32[n]) -> f64[n] { return f64(x) * 0.1 + max(f64(x), 0.1); }", x)
    exact("fn f(x: f64[n]) -> f32[n] { return f32(x); }", np.array([0.1, 1e300, -1e-300]))
    exact("fn f(x: i64[n]) -> i32[n] { return i32(x); }", np.array([2**33 + 5, -1]))
    exact("fn f(x: i64[n]) -> f32[n] { return f32(x); }", np.array([2**53 + 1, -(2**24) - 1]))
    exact("fn f(x: i32[n]) -> i64[n] { return i64(x) * i64(x); }", INTEGERS)
    bits = pairs(np.array([True, False]))
    exact("fn f(x: bool[n], y: bool[n]) -> f64[n] { return f64(x) - f64(not y); }", *bits)


def test_numbers() -> None:
    x = np.arange(5, dtype="i8")
    source = """fn f(x: i64[n], a: i64, b: i32, p: bool) -> i64[n] {
        return x + a * a + i64(b * b) + i64(p);
    }"""
    for a in (1, 70_000, -(2**40), 2**63 - 1):
        for b in (1, 0, 2**31 - 1, -(2**31)):
            exact(source, x, a, b, b == 0)
    exact("fn f(x: f32[n], s: f32) -> f32[n] { return x * s; }", random(9), 0.1)
    for p in (True, False):
        exact(
            "fn f(x: bool[n], p: bool) -> bool[n] { return x == (not p); }",
            np.array([True, False]),
            p,
        )


INF, NAN = np.inf, np.nan
ROWS = np.array(
    [[1, 2, 3], [NAN, 1, 2], [-INF] * 3, [INF, 1, INF], [INF, NAN, -INF], [-INF, 0, 1]], "f4"
)


@pytest.mark.parametrize(
    ("what", "columns", "passes_over_nan"),
    [
        ("max(x, axis=1)", "1", False),
        ("min(x, axis=1) + 0.0 * x", "m", False),
        ("x - max(x, axis=1)", "m", False),
        ("exp(x - max(x, axis=1)) / sum(exp(x - max(x, axis=1)), axis=1)", "m", True),
        ("max(x, axis=1) + log(sum(exp(x - max(x, axis=1)), axis=1))", "1", True),
        ("sum(x - min(x, axis=1), axis=1)", "1", True),
        ("f32(x == max(x, axis=1)) + sum(x - max(x, axis=1), axis=1)", "m", True),
        ("f32(sum(x, axis=1) < max(x, axis=1))", "1", False),
        ("max(f32(x < 2.0), axis=1) + max(x, axis=1)", "1", False),
    ],
)
def test_nan_in_reductions(what, columns, passes_over_nan) -> None:
    """tl.max passes over NaN: it may stand where that makes no difference, and nowhere else."""
    source = f"fn f(x: f32[n, m]) -> f32[n, {columns}] {{ return {what}; }}"
    want, have, _ = both(source, ROWS)
    assert np.allclose(have, want, rtol=1e-6, equal_nan=True)
    assert (
        any("tl.max(" in line or "tl.min(" in line for line in kernel_lines(source))
        == passes_over_nan
    )


@pytest.mark.parametrize("element", ["i32", "i64", "f32", "f64"])
def test_the_lanes_left_over_are_not_the_largest(element) -> None:
    dtype = {"i32": "i4", "i64": "i8", "f32": "f4", "f64": "f8"}[element]
    for word, sign in (("max", -1), ("min", 1)):
        source = f"fn f(x: {element}[n, m]) -> {element}[n, 1] {{ return {word}(x, axis=1); }}"
        exact(source, sign * np.arange(1, 11).reshape(2, 5).astype(dtype))


def test_the_end_of_another_row_is_not_taken_off() -> None:
    """x - max(y) may be NaN in the lanes left over, and infinite in no other."""
    source = """fn f(x: f32[n, m], y: f32[n, m]) -> f32[n, 1] {
        return sum(exp(x - max(y, axis=1)), axis=1);
    }"""
    x, y = random(2, 5), np.array([[-INF] * 5, [INF] * 5], "f4")
    want, have, _ = both(source, x, y)
    assert np.array_equal(have, want) and np.array_equal(want, [[INF], [0]])


def test_results_of_fewer_axes() -> None:
    x = random(129)
    close("fn f(x: f32[m]) -> f32 { return mean(x) + max(x) - min(x); }", x)
    close("fn f(x: f32[m]) -> f32[m] { let e = exp(x - max(x)); return e / sum(e); }", x)
    close("fn f(x: f32[1, m]) -> f32[1, m] { return x / sum(abs(x), axis=1); }", x[None])
    close("fn f(x: f32[n, 1]) -> f32[n, 1] { return sum(x, axis=1) * x; }", x[:, None])
    known = "fn f(x: f32[4, 8], y: f32[1, 8]) -> f32[4, 8] { return x * y - mean(x, axis=1); }"
    close(known, random(4, 8), random(1, 8))
    close("fn f(x: f32[1], y: f32[1, 1]) -> f32[1, 1] { return x + y; }", x[:1], x[None, :1])
    close("fn f(x: f64[n], s: f64[1]) -> f64[n] { return x * s; }", x.astype("f8"), np.array([0.1]))
    close("fn f(x: f32[n, n]) -> f32[n, n] { return x - mean(x * x, axis=1); }", random(5, 5))


def test_nothing() -> None:
    for shape in ((0, 5), (5, 0)):
        empty, row = np.zeros(shape, "f4"), np.zeros(shape[1], "f4")
        given = {CHAIN: [empty, empty, 0.5], BIAS: [empty, row], example("softmax"): [empty]}
        for source, arguments in given.items():
            traffic = given_to(compile_triton(func_of(source)), arguments)
            assert tuple(traffic.results[0].shape) == shape and not traffic.faults


# ---- what it moves -------------------------------------------------------------------------------


@pytest.mark.parametrize("m", [1000, 1024])
@pytest.mark.parametrize("name", ["softmax", "gelu", "chain"])
def test_every_byte_moves_once(name, m) -> None:
    x = random(4, m)
    source, arguments = (CHAIN, [x, x, 0.5]) if name == "chain" else (example(name), [x])
    _, _, traffic = both(source, *arguments)
    assert traffic.bytes == traffic.minimum
    assert m % 8 or traffic.sector_bytes == traffic.bytes


def test_what_rows_share() -> None:
    """A program for each row loads it anew; tiles of 8 rows load it for all of them together."""
    n, m = 17, 300
    x, y = random(n, m), random(m)
    _, _, traffic = both(example("rms_norm"), x, y)
    assert traffic.stored == 4 * n * m and traffic.bytes == traffic.minimum + 4 * m * (n - 1)
    _, _, traffic = both(BIAS, x, y)
    assert traffic.stored == 4 * n * m and traffic.bytes == traffic.minimum + 4 * m * (
        -(-n // 8) - 1
    )


# ---- what the compiler makes of it ---------------------------------------------------------------


@pytest.mark.parametrize("device", ["sm_75", "sm_80"])
@pytest.mark.parametrize("name", ["softmax", "layer_norm", "chain", "bias"])
def test_machine_code(name, device) -> None:
    x, y = torch.zeros(64, 1024), torch.zeros(1024)
    source = {"chain": CHAIN, "bias": BIAS}.get(name) or example(name)
    arguments = {"softmax": [x], "layer_norm": [x, y, y], "chain": [x, x, 0.5], "bias": [x, y]}[
        name
    ]
    (build,) = compile_for(device, compile_triton(func_of(source)), *arguments)
    assert build.spills == build.stack == 0 and build.fits
    assert build.load_widths[128] > 0 and 32 not in build.load_widths
    assert set(build.store_widths) == {128}


@pytest.mark.parametrize("device", ["sm_75", "sm_80"])
def test_the_longest_rows_stay_in_registers(device) -> None:
    x, y = torch.zeros(1, 16384), torch.zeros(16384)
    (build,) = compile_for(device, compile_triton(func_of(example("layer_norm"))), x, y, y)
    assert build.spills == build.stack == 0 and build.warps == 16


def test_places_have_64_bits() -> None:
    """2**31 elements and more: the number of a row is multiplied by its length in 64 bits."""
    x = torch.zeros(64, 1024)
    for source, arguments in ((example("softmax"), [x]), (CHAIN, [x, x, 0.5]), (BIAS, [x, x[0]])):
        (build,) = compile_for("sm_80", compile_triton(func_of(source)), *arguments)
        products = [line for line in build.texts["ttir"].splitlines() if "arith.muli" in line]
        assert any("i64" in line for line in products)
        narrow = sum("i64" not in line for line in products)
        assert narrow <= (source is BIAS)  # the index of its columns


EVERYTHING = {
    "f32": "max(x, 0.1) + min(x, -y) - abs(x) * exp(x) / log(y) % sqrt(x) + tanh(x) + erf(y)"
    " + sin(cos(x))",
    "f64": "max(x, 0.1) + min(x, -y) - abs(x) * exp(x) / log(y) % sqrt(x) + tanh(x) + erf(y)",
    "i32": "max(x, 3) * min(x, -y) - abs(x) / y % 7 + i32(f32(x)) + i32(i64(y)) + i32(x < y)",
    "i64": "max(x, 3) * min(x, -y) - abs(x) / y % 7 + i64(f32(x)) + i64(i32(y)) + i64(x < y)",
    "bool": "not x and y or x == y and x != y",
}
EVERYTHING |= {"f16": EVERYTHING["f32"], "bf16": EVERYTHING["f32"]}
EVERYTHING["i8"] = "max(x, 3) * min(x, -y) - abs(x) / y % 7 + i8(f16(x)) + i8(i64(y)) + i8(x < y)"
EVERYTHING["u8"] = "max(x, 3) * min(x, y) - x / y % 7 + u8(f16(x)) + u8(i64(y)) + u8(x < y)"
TORCH = {"f16": "float16", "bf16": "bfloat16", "f32": "float32", "f64": "float64"} | {
    "i8": "int8", "u8": "uint8", "i32": "int32", "i64": "int64", "bool": "bool"
}  # fmt: skip


@pytest.mark.rotates(3)
@pytest.mark.parametrize("element", EVERYTHING)
def test_the_compiler_takes_every_operation(element) -> None:
    what = EVERYTHING[element]
    source = f"fn f(x: {element}[n], y: {element}[n]) -> {element}[n] {{ return {what}; }}"
    x = torch.zeros(1024, dtype=getattr(torch, TORCH[element]))
    device = "sm_80" if element == "bf16" else "sm_75"
    assert compile_for(device, compile_triton(func_of(source)), x, x)
    if element != "bool":
        what = "sum(x, axis=1) + max(x, axis=1) + min(x, axis=1)"
        rows = f"fn f(x: {element}[n, m]) -> {element}[n, 1] {{ return {what}; }}"
        assert compile_for(device, compile_triton(func_of(rows)), x.reshape(2, 512))


@pytest.mark.parametrize("element", ["f16", "bf16", "i8", "u8"])
def test_narrow_types_are_reduced_in_a_wide_accumulator(element) -> None:
    source = f"fn f(x: {element}[n, m], s: {element}) -> {element}[n, 1] {{ return WHAT; }}"
    total = source.replace("WHAT", "sum(x * s, axis=1)")
    wide = "float32" if element[-2:] == "16" else "int32"
    assert f".to(tl.{wide})" in "".join(kernel_lines(total))
    x = torch.arange(300).reshape(2, 150).remainder(97).to(getattr(torch, TORCH[element]))
    traffic = measure(compile_triton(func_of(total)), x, 1)
    want = x.sum(axis=1, keepdims=True, dtype=getattr(torch, wide)).to(x.dtype)
    assert not traffic.faults and torch.equal(traffic.results[0], want)
    for word in ("max", "min"):
        launcher = compile_triton(func_of(source.replace("WHAT", f"{word}(x * s, axis=1)")))
        traffic = measure(launcher, -x if element != "u8" else x + 1, 1)
        want = getattr(-x if element != "u8" else x + 1, f"a{word}")(axis=1, keepdims=True)
        assert not traffic.faults and torch.equal(traffic.results[0], want)


def test_the_compiler_takes_reductions_that_keep_nan_and_numbers() -> None:
    source = """fn f(x: f32[n, m], s: f32, k: i32, j: i64, p: bool) -> f32[n, 1] {
        return max(x * s, axis=1) + min(x, axis=1) * f32(k) + f32(j) + f32(p);
    }"""
    launcher = compile_triton(func_of(source))
    for k in (1, 5):
        assert compile_for("sm_75", launcher, torch.zeros(4, 1), 1.0, k, k, True)


# ---- what it refuses -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("fn f(x: f32[n, m]) -> f32[m, n] { return transpose(x); }", "has a transpose"),
        ("fn f(x: f32[n, m]) -> f32[1, m] { return sum(x, axis=0); }", "reduces over rows"),
        ("fn f(x: f32[n, m]) -> f32 { return sum(x); }", "reduces over rows"),
        ("fn f(x: f32[k, n, m]) -> f32[k, n, m] { return x + 1.0; }", "a tensor of 3 axes"),
        ("fn f(x: f32) -> f32 { return x + 1.0; }", "takes no tensor"),
        ("fn f(x: f64[n], s: f64) -> f64[n] { return x * s; }", "`s`, a number of f64"),
        (
            "fn f(x: f32[n], k: i32) -> f32[n] { while k > 0 { k = k - 1; } return x; }",
            "has branches",
        ),
        (
            "fn f(x: f32[n, m], y: f32[n, k]) -> f32[n, 1] "
            "{ return sum(x, axis=1) + sum(y, axis=1); }",
            "has columns of two sizes, m and k",
        ),
        (
            "fn f(x: f32[n, 20000]) -> f32[n, 1] { return sum(x, axis=1); }",
            "has rows of 20000 elements",
        ),
        ("fn f(x: i32[n]) -> i32[n] { let zero = 0; return x + 1 / zero; }", "division by zero"),
        (
            "fn f(x: f32[n], y: f32[m], z: f32[n + m]) -> f32[n + m] { return z * 2; }",
            "has a parameter of the size m \\+ n, a sum",
        ),
    ],
)
def test_what_has_no_form(source, message) -> None:
    with pytest.raises(EmitError, match=f"^@f .*{message}") as caught:
        emit_triton(func_of(source))
    assert "\n" not in str(caught.value)


def reduction(combiner, start, rest="") -> Operation:
    """A module of one function @f that reduces the rows of %x from a start."""
    return parse(f"""module {{ func.func @f(%x: tensor<?x?xf32>) -> tensor<?xf32> {{
      %0 = arith.constant 0 : index
      %1 = tensor.dim %x, %0 : tensor<?x?xf32>
      %2 = arith.constant {start} : f32
      %3 = tensor.empty(%1) : tensor<?xf32>
      %4 = linalg.fill ins(%2 : f32) outs(%3 : tensor<?xf32>) -> tensor<?xf32>
      %5 = linalg.reduce {{ {combiner} }}
             ins(%x : tensor<?x?xf32>) outs(%4 : tensor<?xf32>) dimensions = [1]
      {rest}
      return %5 : tensor<?xf32>
    }} }}""")


@pytest.mark.parametrize(("combiner", "start"), [("arith.addf", 2.5), ("arith.maximumf", 0.5)])
def test_a_reduction_that_starts_from_a_number(combiner, start) -> None:
    module, x = reduction(combiner, start), random(3, 20) / 8
    want = tern.run(module, "f", x)
    traffic = given_to(compile_triton(function(module, "f")), [x])
    assert not traffic.faults and np.allclose(traffic.results[0].numpy(), want, rtol=1e-5)


def test_ir_that_has_no_form() -> None:
    callee = "fn share(x: f32[n, m]) -> f32[n, m] { return x / sum(x, axis=1); }"
    with pytest.raises(EmitError, match="@f combines rows with rows and columns in arith.divf"):
        emit_triton(func_of(f"{callee} fn f(x: f32[n, 1]) -> f32[n, 1] {{ return share(x); }}"))
    with pytest.raises(EmitError, match="@f reduces by arith.mulf"):
        emit_triton(function(reduction("arith.mulf", 1.0), "f"))
    with pytest.raises(EmitError, match="@f has tensor.extract"):
        module = reduction("arith.addf", 0.0, "%6 = tensor.extract %5[%0] : tensor<?xf32>")
        emit_triton(function(module, "f"))
    for line, element, message in (
        (
            "math.powf %x, %x : tensor<?xf32>",
            "f32",
            "math.powf has .*: Triton has no power",
        ),
        ("arith.divsi %x, %x : tensor<?xi1>", "i1", "arith.divsi has no form .* single bits"),
    ):
        type = f"tensor<?x{element}>"
        text = f"func.func @f(%x: {type}) -> {type} {{\n%0 = {line}\nreturn %0 : {type}\n}}"
        with pytest.raises(EmitError, match=message):
            emit_triton(functions(parse(text))[0])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            [torch.zeros(3, 4).double(), torch.zeros(4)],
            "x: expected torch.float32, .*found torch.float64",
        ),
        (
            [torch.zeros(3), torch.zeros(4)],
            r"x: expected .*shape \['any', 'any'\].*found .*shape \[3\]",
        ),
        (
            [torch.zeros(3, 4), torch.zeros(3)],
            r"scale: expected .*shape \[4\].*found .*shape \[3\]",
        ),
        (
            [torch.zeros(4, 3).T, torch.zeros(4)],
            r"x: expected .*contiguous; found .*strides \[1, 3\]",
        ),
        ([torch.zeros(3, 8)[:, ::2], torch.zeros(4)], "x: expected .*contiguous"),
        ([np.zeros((3, 4), "f4"), torch.zeros(4)], "x: expected a tensor, found ndarray"),
        (
            [torch.zeros(1, 16385), torch.zeros(16385)],
            "a row must have 1 to 16384 elements, and m is 16385",
        ),
    ],
)
def test_arguments_are_checked(arguments, message) -> None:
    launcher = compile_triton(func_of(example("rms_norm")))
    with pytest.raises((ValueError, TypeError), match=message) as caught:
        measure(launcher, *arguments)
    assert "\n" not in str(caught.value)


def test_more_columns_than_a_grid_takes() -> None:
    launcher, max_columns = compile_triton(func_of(BIAS)), 65_535 * 256
    with pytest.raises(
        ValueError,
        match=f"bias: m is {max_columns + 1}, and one launch takes {max_columns} columns",
    ):
        measure(launcher, torch.zeros(1, max_columns + 1), torch.zeros(max_columns + 1))
    assert not measure(
        launcher, torch.zeros(1, max_columns), torch.zeros(max_columns), max_programs=3
    ).faults
    with pytest.raises(EmitError, match=f"@bias has {max_columns + 1} columns"):
        emit_triton(func_of(BIAS.replace("m]", f"{max_columns + 1}]")))


def test_numbers_and_squares_are_checked() -> None:
    source = "fn f(x: f32[n, n], k: i32) -> f32[n, 1] { return sum(x, axis=1) * f32(k); }"
    launcher = compile_triton(func_of(source))
    with pytest.raises(ValueError, match=r"x: expected .*shape \[3, 3\]"):
        measure(launcher, torch.zeros(3, 4), 1)
    for wrong in (2**31, 1.0, True):
        with pytest.raises(ValueError, match="k: expected an integer of 32 bits"):
            measure(launcher, torch.zeros(3, 3), wrong)
    launcher = compile_triton(func_of("fn f(x: f32[n, m]) -> f32[n, 1] { return sum(x, axis=1); }"))
    with pytest.raises(ValueError, match="a row must have 1 to"):
        measure(launcher, torch.zeros(3, 0))


def test_emitting_needs_neither_triton_nor_torch() -> None:
    code = (
        "import sys; from tern.targets.triton import emit_triton; from tern.ir import functions;"
        "from tern.targets.named import named;"
        f"emit_triton(*functions(named({CHAIN!r})));"
        "assert not {'torch', 'triton'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)

"""Matrix products as Triton: one kernel with all that becomes of the product, at the tile bound."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tern
from tern.ir import Operation, functions, parse
from tern.targets.errors import EmitError
from tern.targets.named import named
from tern.targets.triton import compile_triton, emit_triton
from tests.turns import tries

pytest.importorskip("triton", reason="the kernels need Triton")
torch = pytest.importorskip("torch")

from tern.gpu import compile_for, measure
from tern.gpu.tile_bound import tile_bound

SIZES = [(1, 1, 1), (16, 16, 16), (33, 70, 50), (5, 130, 17), (100, 1, 64)]
SILU = """fn f(a: f32[n, k], b: f32[k, m], bias: f32[m], scale: f32[n, 1], more: f32[n, m], s: f32)
    -> f32[n, m] {
    let y = a @ b * scale * s + bias;
    return y / (1.0 + exp(-y)) + more;
}"""
SOFTMAX = """fn softmax(x: f32[n, m]) -> f32[n, m] {
    let e = exp(x - max(x, axis=-1));
    return e / sum(e, axis=-1);
}
fn f(a: f32[n, k], b: f32[k, m]) -> f32[n, m] { return softmax(a @ b); }"""


def func_of(source: str) -> Operation:
    return functions(named(source))[-1]


def random(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape, dtype="f4")


def whole(*shape: int, seed: int = 0) -> np.ndarray:
    """Small whole numbers, whose sums of products are exact."""
    return np.random.default_rng(seed).integers(-3, 4, shape).astype("f4")


def tile_of(source: str) -> tuple[int, int]:
    """The tile of a launcher whose sizes are all known."""
    line = next(line for line in source.splitlines() if "ROWS, COLUMNS, DEPTH, GROUP" in line)
    rows, columns, *_ = line.split(" = ")[1].split(", ")
    return int(rows), int(columns)


def both(source, *arguments, **how) -> tuple:
    """What the interpreter makes of the arguments, what the one kernel does, and its traffic."""
    func = func_of(source)
    tensors = [torch.from_numpy(a).clone() if hasattr(a, "shape") else a for a in arguments]
    traffic = measure(compile_triton(func, **how), *tensors, max_programs=None)
    assert not traffic.faults, list(map(str, traffic.faults))
    assert len(traffic.launches) == (1 if traffic.results[0].numel() else 0)
    with np.errstate(all="ignore"):
        want = np.asarray(tern.run(source, func.attributes["sym_name"], *arguments))
    have = traffic.results[0].numpy()
    assert have.shape == want.shape and have.dtype == want.dtype
    return want, have, traffic


def close(source, *arguments, rtol=1e-5, **how) -> None:
    want, have, _ = both(source, *arguments, **how)
    assert np.allclose(have, want, rtol=rtol, atol=rtol, equal_nan=True)


# ---- the source ----------------------------------------------------------------------------------

KERNEL = """\
@triton.jit
def dense_kernel(
    x_ptr, w_ptr, bias_ptr, out_ptr, n, k, m, ROWS: tl.constexpr, COLUMNS: tl.constexpr,
    DEPTH: tl.constexpr, GROUP: tl.constexpr,
):
    row, column = grouped(tl.program_id(0), tl.cdiv(n, ROWS), tl.cdiv(m, COLUMNS), GROUP)
    rows = row.to(tl.int64) * ROWS + tl.arange(0, ROWS)[:, None]
    columns = column * COLUMNS + tl.arange(0, COLUMNS)[None, :]
    inside_row = rows < n
    inside_column = columns < m
    inside = inside_row & inside_column
    steps = tl.arange(0, DEPTH).to(tl.int64)
    product = tl.zeros((ROWS, COLUMNS), tl.float32)
    for start in range(0, k, DEPTH):
        step = start + steps
        in_row = inside_row & (step[None, :] < k)
        in_column = (step[:, None] < k) & inside_column
        x_tile = tl.load(x_ptr + rows * k + step[None, :], mask=in_row, other=0.0)
        w_tile = tl.load(w_ptr + step[:, None] * m + columns, mask=in_column, other=0.0)
        product = tl.dot(x_tile, w_tile, product, input_precision="ieee")
    bias = tl.load(bias_ptr + columns, mask=inside_column)
    total = product + bias
    out = tl.maximum(total, 0.0, propagate_nan=tl.PropagateNan.ALL)
    tl.store(out_ptr + rows * m + columns, out, mask=inside)
"""
DENSE = """fn dense(x: f32[n, k], w: f32[k, m], bias: f32[m]) -> f32[n, m] {
    return max(x @ w + bias, 0.0);
}"""


def test_source() -> None:
    source = emit_triton(func_of(DENSE))
    assert KERNEL in source and 'w, "w", torch.float32, k, None' in source
    assert all(len(line) <= 100 for line in source.splitlines())
    assert source == emit_triton(func_of(DENSE))


def test_the_tile_is_the_models_choice() -> None:
    from tern.gpu.matmul_space import choose

    known = DENSE.replace("n,", "300,").replace("k", "64").replace("m]", "500]")
    for device in ("sm_80", "sm_90"):
        how = choose((300, 500, 64), device, 4, "tf32")
        source = emit_triton(func_of(known), precision="tf32", device=device)
        assert tile_of(source) == (how.block_m, how.block_n) and f"for {device}." in source
        assert 'input_precision="tf32"' in source


# ---- numbers -------------------------------------------------------------------------------------


@pytest.mark.parametrize("n, m, k", SIZES)
def test_epilogues(n: int, m: int, k: int) -> None:
    a, b, more = whole(n, k), whole(k, m, seed=1), random(n, m, seed=2)
    close(SILU, a, b, random(m, seed=3), random(n, 1, seed=4), more, 0.25)
    close(SOFTMAX, a, b)
    close("fn f(a: f32[n, k], b: f32[m, k]) -> f32[n, m] { return a @ transpose(b); }", a,
          b.T.copy())  # fmt: skip
    close("fn f(a: f32[k, n], b: f32[k, m]) -> f32[n, m] { return transpose(a) @ b; }",
          a.T.copy(), b)  # fmt: skip
    close("fn f(a: f32[n, k], b: f32[k, m]) -> f32[n, 1] { return mean(a @ b, axis=1); }", a, b)


EPILOGUES = {
    "bias": ("f32[m]", "({0} + bias)"),
    "column": ("f32[n, 1]", "({0} * column)"),
    "more": ("f32[n, m]", "max({0}, more)"),
    "number": ("f32", "({0} - number)"),
    "p": ("bool[n, m]", "({0} * f32(p))"),
}
REDUCTIONS = [
    "({0} - max({0}, axis=1))",
    "({0} + sum({0}, axis=1))",
    "(abs({0}) + min({0}, axis=1))",
]


@settings(max_examples=tries(15, long=60), deadline=None)
@given(
    st.lists(st.sampled_from([*EPILOGUES, *REDUCTIONS]), max_size=5),
    st.sampled_from(SIZES),
    st.sampled_from(["a @ b", "b @ transpose(a)", "transpose(a) @ transpose(b)"]),
)
def test_random_epilogues(steps: list[str], sizes: tuple, product: str) -> None:
    """Small whole numbers, most of whose results are exact."""
    n, m, k = sizes
    shapes = {"a @ b": ("n, k", "k, m"), "b @ transpose(a)": ("m, k", "n, k")}
    left, right = shapes.get(product, ("k, n", "m, k"))
    numbers = {"n": n, "m": m, "k": k}
    text, used = product, {}
    for number, step in enumerate(steps):
        name = f"{step}{number}" if step in EPILOGUES else ""
        form = EPILOGUES[step][1].replace(step, name) if name else step
        used |= {name: EPILOGUES[step][0]} if name else {}
        text = form.format(f"t{number}") if number else form.format(f"({product})")
        steps[number] = f"let t{number + 1} = {text};"
    lets = " ".join(each for each in steps if each.startswith("let"))
    given_types = {"a": f"f32[{left}]", "b": f"f32[{right}]", **used}
    parameters = ", ".join(f"{name}: {type}" for name, type in given_types.items())
    result = f"t{len(steps)}" if steps else product
    source = f"fn f({parameters}) -> f32[n, m] {{ {lets} return {result}; }}"
    arguments = []
    for seed, type in enumerate(given_types.values()):
        axes = type.partition("[")[2].rstrip("]").split(", ") if "[" in type else None
        shape = [numbers.get(axis) or int(axis) for axis in axes or ()]
        values = whole(*shape, seed=seed)
        arguments.append(2.0 if axes is None else values > 0 if "bool" in type else values)
    want, have, _ = both(source, *arguments)
    assert np.allclose(have, want, rtol=1e-6, atol=1e-6 * max(1, np.abs(want).max())), source


def test_sizes_that_are_known_and_sizes_that_are_one() -> None:
    close("fn f(a: f32[64, 32], b: f32[32, 48]) -> f32[64, 48] { return a @ b; }",
          random(64, 32), random(32, 48))  # fmt: skip
    close("fn f(a: f32[1, k], b: f32[k, m], c: f32[m]) -> f32[1, m] { return a @ b + c; }",
          random(1, 33), random(33, 40), random(40))  # fmt: skip
    close("fn f(a: f32[n, k], b: f32[k, 1]) -> f32[n, 1] { return exp(a @ b); }",
          random(30, 33), random(33, 1))  # fmt: skip
    close("fn f(a: f32[n, 1], b: f32[1, m]) -> f32[n, m] { return a @ b; }",
          random(30, 1), random(1, 40))  # fmt: skip


def test_a_matrix_that_is_read_twice() -> None:
    x = whole(33, 33)
    close("fn f(x: f32[n, n]) -> f32[n, n] { return x @ transpose(x) + x; }", x)
    close("fn f(x: f32[n, n]) -> f32[n, n] { return x @ x; }", x)
    close("fn f(x: f32[n, k], w: f32[k, k]) -> f32[n, k] { return x + max(x @ w, 0.0); }",
          whole(20, 17), whole(17, 17))  # fmt: skip
    twice = "fn f(x: f32[n, k], w: f32[k, m]) -> f32[n, m] { return x @ w + exp(x @ w); }"
    assert emit_triton(func_of(twice)).count("tl.dot") == 1
    close(twice, whole(20, 17) / 8, whole(17, 9))


def test_nothing() -> None:
    for n, m, k in ((0, 5, 3), (5, 0, 3), (5, 4, 0)):
        close(DENSE, random(n, k), random(k, m), random(m))


def test_infinity_stays_in_its_row() -> None:
    """Beyond the last column an infinite row would be NaN, which no reduction may see."""
    a, b = np.ones((5, 4), "f4"), np.ones((4, 3), "f4")
    a[2, 1] = np.inf
    source = "fn f(a: f32[n, k], b: f32[k, m]) -> f32[n, 1] { return %s(a @ b, axis=1); }"
    for word in ("sum", "max", "min"):
        close(source % word, a, b)
    a[2, 1] = np.nan
    close(source % "max", a, b)


@pytest.mark.parametrize("element", ["f16", "bf16"])
@pytest.mark.parametrize("result", ["f32", "own"])
def test_16_bits_are_added_up_in_32(element: str, result: str) -> None:
    kind = getattr(torch, {"f16": "float16", "bf16": "bfloat16"}[element])
    a, b = torch.randn(33, 300).to(kind), torch.randn(300, 20).to(kind)
    last = element if result == "own" else "f32"
    product = "a @ b" if result == "own" else "matmul(a, b, dtype=f32)"
    source = f"fn f(a: {element}[n, k], b: {element}[k, m]) -> {last}[n, m] {{ return {product}; }}"
    traffic = measure(compile_triton(func_of(source)), a, b, max_programs=None)
    assert not traffic.faults
    want = (a.double() @ b.double()).to(traffic.results[0].dtype)
    assert torch.allclose(traffic.results[0], want, rtol=1e-2 if result == "own" else 1e-5,
                          atol=1e-4)  # fmt: skip


def test_tf32_rounds_as_its_tolerance_says() -> None:
    a, b = torch.randn(64, 64), torch.randn(64, 64)
    exact, errors = a.double() @ b.double(), []
    for precision in ("ieee", "tf32x3", "tf32"):
        source = "fn f(a: f32[n, k], b: f32[k, m]) -> f32[n, m] { return a @ b; }"
        launcher = compile_triton(func_of(source), precision)
        result = measure(launcher, a, b, tf32=True).results[0]
        errors.append((result - exact).abs().max().item())
    assert max(errors[:2]) < 2e-5 and 1e-3 < errors[2] < 1e-1


def test_a_product_that_starts_from_a_number() -> None:
    module = parse("""module { func.func @f(%a: tensor<4x5xf32>, %b: tensor<5x6xf32>)
        -> tensor<4x6xf32> {
      %0 = arith.constant 2.5 : f32
      %1 = tensor.empty() : tensor<4x6xf32>
      %2 = linalg.fill ins(%0 : f32) outs(%1 : tensor<4x6xf32>) -> tensor<4x6xf32>
      %3 = linalg.matmul ins(%a, %b : tensor<4x5xf32>, tensor<5x6xf32>)
             outs(%2 : tensor<4x6xf32>) -> tensor<4x6xf32>
      return %3 : tensor<4x6xf32>
    } }""")
    a, b = whole(4, 5), whole(5, 6)
    traffic = measure(compile_triton(functions(module)[0]), *map(torch.from_numpy, (a, b)))
    assert np.array_equal(traffic.results[0].numpy(), a @ b + 2.5)


# ---- what it moves -------------------------------------------------------------------------------


@pytest.mark.parametrize("n, m, k", [(100, 200, 64), (64, 64, 128), (16, 16, 32)])
def test_every_byte_is_in_the_bound_of_the_fused_form(n: int, m: int, k: int) -> None:
    """The product's tiles, the epilogue's operands once for each tile that needs them, the result
    once; nothing else, and no product in memory.
    """
    known = SILU
    for name, size in (("n", n), ("m", m), ("k", k)):
        known = known.replace(f"[{name}, ", f"[{size}, ").replace(f", {name}]", f", {size}]")
        known = known.replace(f"[{name}]", f"[{size}]")
    source = emit_triton(func_of(known))
    rows, columns = tile_of(source)
    arguments = [random(n, k), random(k, m), random(m), random(n, 1), random(n, m), 0.5]
    _, _, traffic = both(known, *arguments)
    down, across = -(-n // rows), -(-m // columns)
    operands = tile_bound((n, m, k), (rows, columns), 4)
    assert traffic.bytes == operands + 4 * (down * m + across * n + n * m)
    assert traffic.stored == 4 * n * m
    if down == across == 1:
        assert traffic.bytes == traffic.minimum


def test_rows_that_are_reduced_are_in_one_program() -> None:
    a, b = random(16, 64), random(64, 100)
    _, _, traffic = both(SOFTMAX, a, b)
    assert traffic.programs == 1 and traffic.bytes == traffic.minimum
    assert both(SOFTMAX, random(40, 64), random(64, 300))[2].stored == 4 * 40 * 300


# ---- what the compiler makes of it ---------------------------------------------------------------


@pytest.mark.parametrize(
    "device, instruction", [("sm_75", ""), ("sm_80", "HMMA.16816"), ("sm_90", "HGMMA")]
)
def test_machine_code(device: str, instruction: str) -> None:
    half = DENSE.replace("f32", "f16")
    x, w = (torch.zeros(1024, 1024, dtype=torch.float16) for _ in range(2))
    (build,) = compile_for(device, compile_triton(func_of(half), device=device), x, w, x[0])
    assert build.fits
    if instruction:
        assert build.count(instruction) > 0 and build.spills == build.stack == 0
        assert 128 in build.load_widths or device == "sm_90"


def test_machine_code_of_float32() -> None:
    x = torch.zeros(1024, 1024)
    (build,) = compile_for("sm_80", compile_triton(func_of(DENSE), "tf32"), x, x, x[0])
    assert build.count("HMMA.TF32") > 0 and build.fits and not build.spills
    (rows,) = compile_for("sm_80", compile_triton(func_of(SOFTMAX)), x, x[:, :512].contiguous())
    assert rows.count("FFMA") > 0 and rows.fits and not rows.spills


# ---- what it refuses -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("fn f(a: f32[n, k], b: f32[k, m], c: f32[m, l]) -> f32[n, l] { return a @ b @ c; }",
         "multiplies a matrix that it computes"),
        ("fn f(a: f32[n, k], b: f32[k, m]) -> f32[n, m] { return exp(a) @ b; }",
         "multiplies a matrix that it computes"),
        ("fn f(a: f32[n, k], b: f32[k, m], c: f32[k, m]) -> f32[n, m] { return a @ b + a @ c; }",
         "has two matrix products"),
        ("fn f(a: f64[n, k], b: f64[k, m]) -> f64[n, m] { return a @ b; }",
         "multiplies matrices of f64"),
        ("fn f(a: i32[n, k], b: i32[k, m]) -> i32[n, m] { return a @ b; }",
         "multiplies matrices of i32"),
        ("fn f(a: f32[n, k], b: f32[k, m]) -> f32[1, m] { return sum(a @ b, axis=0); }",
         "reduces over rows"),
        ("fn f(a: f32[n, k], b: f32[k, m]) -> f32[m, n] { return transpose(a @ b); }",
         "has a transpose"),
        ("fn f(a: f32[n, k]) -> f32[k, n] { return exp(transpose(a)); }",
         "has a transpose of a parameter"),
        ("fn f(a: f32[n, k], b: f32[k, 2000]) -> f32[n, 1] { return sum(a @ b, axis=1); }",
         "reduces rows of 2000 products, and a program keeps 1 to 1024"),
        ("fn f(a: f32[r, n, k], b: f32[r, k, m]) -> f32[r, n, m] { return a @ b; }",
         "a tensor of 3 axes"),
    ],
)  # fmt: skip
def test_what_has_no_form(source: str, message: str) -> None:
    with pytest.raises(EmitError, match=f"^@f .*{message}") as caught:
        emit_triton(func_of(source))
    assert "\n" not in str(caught.value)


def test_arguments_are_checked() -> None:
    launcher = compile_triton(func_of(DENSE))
    good = [torch.zeros(3, 4), torch.zeros(4, 5), torch.zeros(5)]
    for number, bad in itertools.product(range(3), (torch.zeros(7, 7), torch.zeros(4, 5).double())):
        with pytest.raises(ValueError, match=f"^{'x w bias'.split()[number]}: expected"):
            measure(launcher, *good[:number], bad if number else bad.double(), *good[number + 1 :])
    rows = compile_triton(func_of(SOFTMAX))
    with pytest.raises(ValueError, match="a row must have 1 to 1024 elements, and m is 1025"):
        measure(rows, torch.zeros(3, 4), torch.zeros(4, 1025))

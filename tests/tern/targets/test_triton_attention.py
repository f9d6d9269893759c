"""Attention is recognized, and becomes one kernel that stores no score; or it is said why not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import tern
from tern.ir import Operation, public_functions
from tern.targets.errors import EmitError
from tern.targets.named import named
from tern.targets.triton import compile_triton, emit_triton
from tern.targets.triton_attention import Attention, has_two_products, recognize

pytest.importorskip("triton", reason="the kernels need Triton")
torch = pytest.importorskip("torch")

from tern.gpu import Traffic, compile_for, measure

HOME = Path(tern.__file__).parent
EXAMPLE, LIBRARY = (
    (HOME / folder / "attention.tern").read_text() for folder in ("examples", "library")
)


def written(body: str, parameters: str = "q: f32[n, d], k: f32[m, d], v: f32[m, e]",
            result: str = "f32[n, e]") -> str:  # fmt: skip
    return f"fn f({parameters}) -> {result} {{ {body} }}"


MASK = "where(reshape(arange(n), [n, 1]) >= arange(m), s, f32(-1.0) / 0.0)"
CAUSAL = written(f"let s = q @ transpose(k) * 0.25; return softmax({MASK}) @ v;")
FOUR_LINES = written("""let scores = q @ transpose(k) / sqrt(f32(size(q, axis=-1)));
    let e = exp(scores - max(scores, axis=1));
    let weights = e / sum(e, axis=1);
    return weights @ v;""")


def func_of(source: str) -> Operation:
    return public_functions(named(source))[-1]


def random(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape, dtype="f4")


def close(source: str, *arguments, rtol: float = 1e-5) -> Traffic:
    func = func_of(source)
    tensors = [torch.from_numpy(a).clone() if hasattr(a, "shape") else a for a in arguments]
    traffic = measure(compile_triton(func), *tensors, max_programs=None)
    assert not traffic.faults, list(map(str, traffic.faults))
    assert len(traffic.launches) == 1
    with np.errstate(all="ignore"):
        want = np.asarray(tern.run(source, func.attributes["sym_name"], *arguments))
    have = traffic.results[0].numpy()
    assert have.shape == want.shape
    assert np.allclose(have, want, rtol=rtol, atol=rtol, equal_nan=True)
    return traffic


# ---- what is recognized --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "scale", "causal", "rank"),
    [
        (EXAMPLE, "{3}", False, 2),
        (LIBRARY, "({0}.shape[2] ** -0.5)", False, 3),
        (FOUR_LINES, "1.0 / ({0}.shape[1] ** 0.5)", False, 2),
        (CAUSAL, "0.25", True, 2),
        (written("return softmax(q @ transpose(k)) @ v;"), "1.0", False, 2),
        (written("return softmax(2.0 * (q @ transpose(k)) / 3.0) @ v;"), "2.0 / 3.0", False, 2),
    ],
)
def test_what_is_attention(source: str, scale: str, causal: bool, rank: int) -> None:
    func = func_of(source)
    before = str(func)
    found = recognize(func)
    assert isinstance(found, Attention) and str(func) == before and has_two_products(func)
    assert (found.queries, found.keys, found.values) == (0, 1, 2)
    assert (found.scale, found.causal, found.rank) == (scale, causal, rank)


def test_parameters_may_be_in_any_order() -> None:
    source = written("return softmax(q @ transpose(k)) @ v;",
                     "v: f32[m, e], k: f32[m, d], q: f32[n, d]")  # fmt: skip
    found = recognize(func_of(source))
    assert isinstance(found, Attention)
    assert (found.queries, found.keys, found.values) == (2, 1, 0)
    close(source, random(30, 8), random(30, 16), random(20, 16))


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("return max(q @ transpose(k), 0.0) @ v;", "no softmax is multiplied"),
        ("let s = exp(q @ transpose(k)); return s / sum(s, axis=1) @ v;",
         "no maximum is taken off"),
        ("let s = q @ transpose(k); let w = exp(s - max(s, axis=0)); "
         "return w / sum(w, axis=1) @ v;", "maximumf is not over the last axis"),
        ("let s = q @ transpose(k); let w = exp(s - max(s, axis=1)); "
         "return w / sum(w, axis=0) @ v;", "addf is not over the last axis"),
        ("let s = q @ transpose(k); let w = exp(s - max(2.0 * s, axis=1)); "
         "return w / sum(w, axis=1) @ v;", "of the same rows"),
        ("let s = q @ transpose(k); let w = exp(s - max(s, axis=1)); "
         "return w / sum(2.0 * w, axis=1) @ v;", "of the same rows"),
        ("return softmax(exp(q) @ transpose(k)) @ v;", "not all parameters"),
        ("return softmax(exp(q @ transpose(k))) @ v;", "the scores are no matrix product"),
        ("return softmax(q @ transpose(k)) @ v * 2.0;", "the result is no matrix product"),
        (f"let s = q @ transpose(k); return softmax({MASK.replace('-1.0) / 0.0', '-1e4)')}) @ v;",
         "what is masked is not -inf"),
        (f"let s = q @ transpose(k); return softmax({MASK.replace('>=', '>')}) @ v;",
         "not rows >= columns"),
        (f"let s = q @ transpose(k); return softmax({MASK.replace('>=', '<=')}) @ v;",
         "not rows >= columns"),
    ],
)  # fmt: skip
def test_what_is_no_attention_says_why(body: str, why: str) -> None:
    func = func_of(written(body))
    remark = recognize(func)
    assert isinstance(remark, str) and why in remark
    with pytest.raises(EmitError, match="^@f .*; and it is no attention: ") as no:
        emit_triton(func)
    assert remark in str(no.value) and "\n" not in str(no.value)


def test_other_parameters_are_in_the_way() -> None:
    added = written("let s = q @ transpose(k) + b; return softmax(s) @ v;",
                    "q: f32[n, d], k: f32[m, d], v: f32[m, e], b: f32[n, m]")  # fmt: skip
    turned = written("return softmax(q @ k) @ v;", "q: f32[n, d], k: f32[d, m], v: f32[m, e]")
    wide = written("return softmax(q @ transpose(k)) @ v;",
                   "q: f64[n, d], k: f64[m, d], v: f64[m, e]", "f64[n, e]")  # fmt: skip
    scaled = written("return softmax(q @ transpose(k) * c) @ v;",
                     "q: f32[n, d], k: f32[m, d], v: f32[m, e], c: f32[n, 1]")  # fmt: skip
    for source, why in ((added, "no matrix product"), (turned, "not transposed"),
                        (wide, "f64"), (scaled, "more than a number")):  # fmt: skip
        assert why in recognize(func_of(source))


def test_a_function_that_calls_itself_and_a_chain_of_calls_are_counted_at_once() -> None:
    chain = "fn step0(x: f32[n, n]) -> f32[n, n] { return x @ x; }"
    for number in range(1, 40):
        before = f"step{number - 1}"
        chain += f" fn step{number}(x: f32[n, n]) -> f32[n, n] {{ return {before}({before}(x)); }}"
    assert [has_two_products(each) for each in public_functions(named(chain))][:2] == [False, True]
    endless = "fn f(x: f32[n, n]) -> f32[n, n] { return f(x); }"
    assert not has_two_products(func_of(endless))


# ---- what it computes ----------------------------------------------------------------------------


@pytest.mark.parametrize("n, m, d, e", [(1, 1, 1, 1), (50, 70, 20, 24), (33, 64, 64, 70)])
def test_numbers(n: int, m: int, d: int, e: int) -> None:
    q, k, v = 2 * random(n, d), random(m, d, seed=1), random(m, e, seed=2)
    close(EXAMPLE, q, k, v, 0.3)
    close(FOUR_LINES, q, k, v)
    close(CAUSAL, q, k, v)
    close(CAUSAL, q, k[: max(1, n // 2)], v[: max(1, n // 2)])
    heads = [np.stack([each, 2 * each, -each]) for each in (q, k, v)]
    close(LIBRARY, *heads)


def test_infinities_and_nan_stay_in_their_rows() -> None:
    q, k, v = random(40, 16), random(50, 16, seed=1), random(50, 16, seed=2)
    for row, number in ((3, np.nan), (7, np.inf), (9, -np.inf)):
        q[row, 0] = number
    k[:, 0] = 1.0
    close(FOUR_LINES, q, k, v)  # of row 9 all scores are -inf
    v[4, 2] = np.nan
    close(FOUR_LINES, q, k, v)


def test_scores_do_not_overflow() -> None:
    q, k = random(32, 16), random(40, 16, seed=1)
    q[5] *= 1e3
    k[31] *= 1e3
    close(EXAMPLE, q, k, random(40, 8), 10.0, rtol=1e-4)


@pytest.mark.parametrize("element", ["f16", "bf16"])
def test_16_bits(element: str) -> None:
    kind = getattr(torch, {"f16": "float16", "bf16": "bfloat16"}[element])
    source = FOUR_LINES.replace("f32[", f"{element}[").replace("sqrt(f32(size(q, axis=-1)))", "4.0")
    q, k, v = (torch.randn(shape, 16).to(kind) for shape in (40, 50, 50))
    traffic = measure(compile_triton(func_of(source)), q, k, v, max_programs=None)
    weights = torch.softmax(q.double() @ k.double().T / 4, dim=1)
    want = weights @ v.double()
    assert not traffic.faults and traffic.results[0].dtype == kind
    assert (traffic.results[0].double() - want).abs().max() < (2e-3 if element == "f16" else 2e-2)


# ---- what it moves -------------------------------------------------------------------------------


def test_no_score_is_in_memory() -> None:
    n, m, d, e = 96, 128, 16, 32
    q, k, v = random(n, d), random(m, d), random(m, e)
    traffic = close(EXAMPLE, q, k, v, 1.0)
    tiles = traffic.programs
    assert traffic.stored == 4 * n * e
    assert traffic.loaded == 4 * (n * d + tiles * m * (d + e)) and tiles == n // 32


def test_what_no_row_of_a_tile_sees_is_not_loaded() -> None:
    n = 96
    q, k, v = random(n, 16), random(n, 16, seed=1), random(n, 16, seed=2)
    traffic = close(CAUSAL, q, k, v)
    assert traffic.programs == 3
    assert traffic.loaded == 4 * 16 * (n + 2 * (32 + 64 + 96))


# ---- what the compiler makes of it ---------------------------------------------------------------


@pytest.mark.parametrize(
    "device, instruction", [("sm_75", ""), ("sm_80", "HMMA"), ("sm_90", "HGMMA")]
)
def test_machine_code(device: str, instruction: str) -> None:
    heads = "q: f16[r, n, d], k: f16[r, m, d], v: f16[r, m, e]"
    half = written(
        """let s = q @ matrix_transpose(k) * 0.125;
        let w = exp(s - max(s, axis=-1));
        return w / sum(w, axis=-1) @ v;""",
        heads,
        "f16[r, n, e]",
    )
    q = torch.zeros(8, 512, 64, dtype=torch.float16)
    (build,) = compile_for(device, compile_triton(func_of(half)), q, q, q)
    assert build.fits and (not instruction or build.count(instruction) > 0 and not build.spills)


def test_machine_code_of_float32() -> None:
    q = torch.zeros(8, 512, 128)
    for precision, instruction in (("ieee", "FFMA"), ("tf32", "HMMA.TF32")):
        launcher = compile_triton(func_of(LIBRARY), precision)
        (build,) = compile_for("sm_80", launcher, q, q, q)
        assert build.fits and not build.spills and build.count(instruction) > 0


# ---- the launcher --------------------------------------------------------------------------------


def test_the_source_is_short_and_checks_what_it_is_given() -> None:
    source = emit_triton(func_of(LIBRARY), func_of(CAUSAL))
    assert source.count("import triton\n") == source.count("def shape_of(") == 1
    assert all(len(line) <= 100 for line in source.splitlines())
    launcher = compile_triton(func_of(EXAMPLE))
    q, k, v = torch.zeros(3, 4), torch.zeros(5, 4), torch.zeros(5, 6)
    for given, message in (
        ((q, v, v, 1.0), r"keys: expected .*shape \['any', 4\]"),
        ((q, k, k[:3], 1.0), r"values: expected .*shape \[5, 'any'\]"),
        ((q.double(), k, v, 1.0), "queries: expected torch.float32"),
        ((torch.zeros(3, 257), torch.zeros(5, 257), v, 1.0), "1 to 256 numbers: 257 and 6"),
        ((q, k[:0], v[:0], 1.0), "and 0 keys"),
    ):
        with pytest.raises(ValueError, match=message):
            measure(launcher, *given)
    assert not measure(launcher, q[:0], k, v, 1.0).launches


def test_names_do_not_collide() -> None:
    body = "return softmax(heads @ transpose(out) * n) @ m;"
    source = written(body, "heads: f32[ROWS, d], out: f32[tl, d], m: f32[tl, scale], n: f32",
                     "f32[ROWS, scale]")  # fmt: skip
    close(source, random(20, 16), random(30, 16), random(30, 8), 0.5)


def test_sizes_that_are_known_or_the_same() -> None:
    known = written("return softmax(q @ transpose(k)) @ v;",
                    "q: f32[32, 16], k: f32[48, 16], v: f32[48, 8]", "f32[32, 8]")  # fmt: skip
    close(known, random(32, 16), random(48, 16), random(48, 8))
    with pytest.raises(ValueError, match=r"k: expected .*shape \[48, 16\]"):
        measure(compile_triton(func_of(known)), *(torch.zeros(32, 16) for _ in range(3)))
    same = written("return softmax(q @ transpose(k)) @ v;",
                   "q: f32[n, d], k: f32[n, d], v: f32[n, d]", "f32[n, d]")  # fmt: skip
    close(same, random(20, 8), random(20, 8, seed=1), random(20, 8, seed=2))
    with pytest.raises(ValueError, match=r"k: expected .*shape \[20, 8\]"):
        measure(compile_triton(func_of(same)), torch.zeros(20, 8), *[torch.zeros(30, 8)] * 2)

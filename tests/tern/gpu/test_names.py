"""Every public name of Triton's language: it is measured, and right, or is refused by its name."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("triton", reason="tern.gpu needs Triton")

import torch
import triton.language as tl

from tests.tern.gpu.written import value, why

N = 16
AT = torch.arange(N, dtype=torch.int32)
POSITIVE = [0.5 + torch.rand(N) * 2 for _ in range(3)]
WHOLE = [torch.randint(1, 16, (N,), dtype=torch.int32) for _ in range(3)]
FIRST = 0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8  # of Philox4x32-10: of zeros, key zero

# Of floats a, b, and c: an expression, and the same in torch.
FLOATS: dict[str, tuple[str, Callable]] = {
    "PropagateNan": (
        "tl.maximum(a / 0.0 - a / 0.0, b, propagate_nan=tl.PropagateNan.ALL)",
        lambda a, b, c: a * torch.nan,
    ),
    "abs": ("tl.abs(a - b)", lambda a, b, c: (a - b).abs()),
    "add": ("tl.add(a, b)", lambda a, b, c: a + b),
    "arange": ("tl.arange(0, N) * a", lambda a, b, c: AT * a),
    "argmax": ("tl.argmax(a, 0)", lambda a, b, c: a.argmax()),
    "argmin": ("tl.argmin(a, 0)", lambda a, b, c: a.argmin()),
    "associative_scan": ("tl.associative_scan(a, 0, product)", lambda a, b, c: a.cumprod(0)),
    "assume": ("tl.assume(N > 0); a", lambda a, b, c: a),
    "atomic_add": ("tl.atomic_add(z + i, a)", lambda a, b, c: c),
    "atomic_max": ("tl.atomic_max(z + i, a)", lambda a, b, c: c),
    "atomic_min": ("tl.atomic_min(z + i, a)", lambda a, b, c: c),
    "atomic_xchg": ("tl.atomic_xchg(z + i, a)", lambda a, b, c: c),
    "broadcast": (
        "u, v = tl.broadcast(a[:, None], b[None, :]); tl.sum(u * v, 1)",
        lambda a, b, c: a * b.sum(),
    ),
    "broadcast_to": ("tl.sum(tl.broadcast_to(a[:, None], N, N), 1)", lambda a, b, c: N * a),
    "cat": ("tl.sum(tl.cat(a, b, can_reorder=True), 0)", lambda a, b, c: a.sum() + b.sum()),
    "cast": ("tl.cast(a, tl.int32)", lambda a, b, c: a.int()),
    "ceil": ("tl.ceil(a)", lambda a, b, c: a.ceil()),
    "clamp": ("tl.clamp(a, 0.7, b)", lambda a, b, c: torch.minimum(a.clamp(min=0.7), b)),
    "constexpr": ("n: tl.constexpr = 3; a + n", lambda a, b, c: a + 3),
    "condition": ("n = 0; while tl.condition(n < 3): n += 1; a * n", lambda a, b, c: 3 * a),
    "cos": ("tl.cos(a)", lambda a, b, c: a.cos()),
    "cumprod": ("tl.cumprod(a, 0)", lambda a, b, c: a.cumprod(0)),
    "cumsum": ("tl.cumsum(a, 0, reverse=True)", lambda a, b, c: a.flip(0).cumsum(0).flip(0)),
    "debug_barrier": ("tl.debug_barrier(); a", lambda a, b, c: a),
    "device_assert": ("tl.device_assert(a > 0.0, 'positive'); a", lambda a, b, c: a),
    "device_print": ("tl.device_print('a', a); a", lambda a, b, c: a),
    "div_rn": ("tl.div_rn(a, b)", lambda a, b, c: a / b),
    "dot": (
        "u = a[:, None] + b[None, :]; v = a[:, None] * b[None, :]; "
        "tl.sum(tl.dot(u, v, input_precision='ieee'), 1)",
        lambda a, b, c: ((a[:, None] + b) @ (a[:, None] * b)).sum(1),
    ),
    "erf": ("tl.erf(a)", lambda a, b, c: a.erf()),
    "exp": ("tl.exp(a)", lambda a, b, c: a.exp()),
    "exp2": ("tl.exp2(a)", lambda a, b, c: a.exp2()),
    "expand_dims": ("tl.sum(tl.expand_dims(a, 0) * a[:, None], 0)", lambda a, b, c: a * a.sum()),
    "fdiv": ("tl.fdiv(a, b)", lambda a, b, c: a / b),
    "flip": ("tl.flip(a, 0)", lambda a, b, c: a.flip(0)),
    "floor": ("tl.floor(a)", lambda a, b, c: a.floor()),
    "fma": ("tl.fma(a, b, c)", lambda a, b, c: a * b + c),
    "full": ("tl.full([N], 3, tl.float32)", lambda a, b, c: torch.tensor(3.0)),
    "gather": ("tl.gather(a, N - 1 - i, 0)", lambda a, b, c: a.flip(0)),
    "interleave": (
        "tl.sum(tl.reshape(tl.interleave(a, b), N, 2), 1)",
        lambda a, b, c: a + b,
    ),
    "join": ("tl.sum(tl.join(a, b), 1)", lambda a, b, c: a + b),
    "load": ("tl.load(x + N - 1 - i)", lambda a, b, c: a.flip(0)),
    "log": ("tl.log(a)", lambda a, b, c: a.log()),
    "log2": ("tl.log2(a)", lambda a, b, c: a.log2()),
    "advance": (
        "p = tl.make_block_ptr(x, (N,), (1,), (0,), (8,), (0,)); "
        "tl.sum(tl.load(tl.advance(p, (8,))))",
        lambda a, b, c: a[8:].sum(),
    ),
    "make_block_ptr": (
        "tl.load(tl.make_block_ptr(x, (N,), (1,), (0,), (N,), (0,)))",
        lambda a, b, c: a,
    ),
    "make_tensor_descriptor": (
        "tl.make_tensor_descriptor(x, [N], [1], [N]).load([0])",
        lambda a, b, c: a,
    ),
    "load_tensor_descriptor": (
        "tl.load_tensor_descriptor(tl.make_tensor_descriptor(x, [N], [1], [N]), [0])",
        lambda a, b, c: a,
    ),
    "store_tensor_descriptor": (
        "tl.store_tensor_descriptor(tl.make_tensor_descriptor(z, [N], [1], [N]), [0], a); "
        "tl.load(z + i)",
        lambda a, b, c: a,
    ),
    "max": ("tl.max(a, 0)", lambda a, b, c: a.max()),
    "max_constancy": ("tl.max_constancy(a, 1)", lambda a, b, c: a),
    "max_contiguous": ("tl.load(x + tl.max_contiguous(i, N))", lambda a, b, c: a),
    "maximum": ("tl.maximum(a, b)", lambda a, b, c: torch.maximum(a, b)),
    "min": ("tl.min(a, 0)", lambda a, b, c: a.min()),
    "minimum": ("tl.minimum(a, b)", lambda a, b, c: torch.minimum(a, b)),
    "mul": ("tl.mul(a, b)", lambda a, b, c: a * b),
    "multiple_of": ("tl.load(x + tl.multiple_of(i, 1))", lambda a, b, c: a),
    "num_programs": ("tl.num_programs(0) * a", lambda a, b, c: a),
    "pair_uniform_to_normal": (
        "u, v = tl.pair_uniform_to_normal(a / 3.0, b / 3.0); u",
        lambda a, b, c: torch.sqrt(-2 * (a / 3).log()) * torch.cos(6.283185307179586 * (b / 3)),
    ),
    "permute": (
        "tl.sum(tl.permute(a[:, None] * b[None, :], 1, 0), 0)",
        lambda a, b, c: a * b.sum(),
    ),
    "program_id": ("tl.program_id(0) + a", lambda a, b, c: a),
    "range": ("for n in tl.range(0, 3, 2): a = a + b; a", lambda a, b, c: a + 2 * b),
    "ravel": ("tl.ravel(tl.reshape(a, 4, 4))", lambda a, b, c: a),
    "reduce": ("tl.reduce(a, 0, product)", lambda a, b, c: a.prod()),
    "reshape": (
        "tl.reshape(tl.trans(tl.reshape(a, 4, 4)), N)",
        lambda a, b, c: a.view(4, 4).T.reshape(N),
    ),
    "rsqrt": ("tl.rsqrt(a)", lambda a, b, c: a.rsqrt()),
    "sigmoid": ("tl.sigmoid(a)", lambda a, b, c: a.sigmoid()),
    "sin": ("tl.sin(a)", lambda a, b, c: a.sin()),
    "softmax": ("tl.softmax(a)", lambda a, b, c: a.softmax(0)),
    "sort": ("tl.sort(a, descending=True)", lambda a, b, c: a.sort(descending=True).values),
    "split": ("u, v = tl.split(tl.join(a, b)); u - v", lambda a, b, c: a - b),
    "sqrt": ("tl.sqrt(a)", lambda a, b, c: a.sqrt()),
    "sqrt_rn": ("tl.sqrt_rn(a)", lambda a, b, c: a.sqrt()),
    "squeeze": ("tl.squeeze(a[:, None], 1)", lambda a, b, c: a),
    "static_assert": ("tl.static_assert(N == 16); a", lambda a, b, c: a),
    "static_print": ("tl.static_print(N); a", lambda a, b, c: a),
    "static_range": ("for n in tl.static_range(3): a = a + b; a", lambda a, b, c: a + 3 * b),
    "store": ("tl.store(z + i, a); tl.load(z + i)", lambda a, b, c: a),
    "sub": ("tl.sub(a, b)", lambda a, b, c: a - b),
    "sum": ("tl.sum(a, 0)", lambda a, b, c: a.sum()),
    "to_tensor": ("tl.to_tensor(3.0) + a", lambda a, b, c: 3 + a),
    "topk": ("tl.sum(tl.topk(a, 4), 0)", lambda a, b, c: a.topk(4).values.sum()),
    "trans": ("tl.sum(tl.trans(a[:, None] * b[None, :]), 0)", lambda a, b, c: a * b.sum()),
    "unsqueeze": ("tl.sum(tl.unsqueeze(a, 1), 1)", lambda a, b, c: a),
    "view": ("tl.view(tl.view(a, 4, 4), N)", lambda a, b, c: a),
    "where": ("tl.where(a > b, a, c)", lambda a, b, c: torch.where(a > b, a, c)),
    "zeros": ("tl.zeros([N], tl.float32)", lambda a, b, c: torch.tensor(0.0)),
    "zeros_like": ("tl.zeros_like(a)", lambda a, b, c: 0 * a),
    "bfloat16": ("a.to(tl.bfloat16)", lambda a, b, c: a.bfloat16()),
    "float16": ("a.to(tl.float16)", lambda a, b, c: a.half()),
    "float32": ("a.to(tl.float32)", lambda a, b, c: a),
    "float64": ("a.to(tl.float64) / 3", lambda a, b, c: (a.double() / 3).float()),
    "float8e4nv": ("a.to(tl.float8e4nv).to(tl.float32)", lambda a, b, c: a.to(torch.float8_e4m3fn)),
    "float8e5": ("a.to(tl.float8e5).to(tl.float32)", lambda a, b, c: a.to(torch.float8_e5m2)),
    "int1": ("(a > b).to(tl.int1)", lambda a, b, c: a > b),
    **{
        name: (f"(3 * a).to(tl.{name})", lambda a, b, c: (3 * a).int())
        for name in "int8 int16 int32 int64 uint8 uint16 uint32 uint64".split()
    },
    "tensor.T": ("tl.sum((a[:, None] * b[None, :]).T, 0)", lambda a, b, c: a * b.sum()),
    "tensor.item": ("tl.sum(a[:, None], 0).item()", lambda a, b, c: a.sum()),
    "tensor.logical_and": ("((a > b).logical_and(b > c))", lambda a, b, c: (a > b) & (b > c)),
    "tensor.logical_or": ("((a > b).logical_or(b > c))", lambda a, b, c: (a > b) | (b > c)),
    "tensor.to": ("a.to(tl.int32, bitcast=True)", lambda a, b, c: a.view(torch.int32)),
}
# The same of integers.
INTEGERS: dict[str, tuple[str, Callable]] = {
    "atomic_and": ("tl.atomic_and(z + i, a)", lambda a, b, c: c),
    "atomic_cas": ("tl.atomic_cas(z + i, c, a)", lambda a, b, c: c),
    "atomic_or": ("tl.atomic_or(z + i, a)", lambda a, b, c: c),
    "atomic_xor": ("tl.atomic_xor(z + i, a)", lambda a, b, c: c),
    "bitonic_merge": ("tl.bitonic_merge(tl.where(i < 8, i, 23 - i))", lambda a, b, c: AT),
    "cdiv": ("tl.cdiv(a, b)", lambda a, b, c: (a + b - 1) // b),
    "histogram": ("tl.histogram(a, N)", lambda a, b, c: torch.bincount(a, minlength=N)),
    "philox": ("u, v, s, t = tl.philox(0, i * 0, 0, 0, 0); t", lambda a, b, c: FIRST[3]),
    "philox_impl": (
        "u = tl.zeros([N], tl.uint32); v, w, s, t = tl.philox_impl(u, u, u, u, u, u); v",
        lambda a, b, c: FIRST[0],
    ),
    "randint": ("tl.randint(0, i * 0)", lambda a, b, c: FIRST[0]),
    "randint4x": ("u, v, s, t = tl.randint4x(0, i * 0); v", lambda a, b, c: FIRST[1]),
    "rand": ("(tl.rand(0, i * 0) * 1e6).to(tl.int32)", lambda a, b, c: uniform(FIRST[0]) * 1e6),
    "rand4x": (
        "u, v, s, t = tl.rand4x(0, i * 0); (v * 1e6).to(tl.int32)",
        lambda a, b, c: uniform(FIRST[1]) * 1e6,
    ),
    "randn": ("(tl.randn(0, i * 0) * 1e3).to(tl.int32)", lambda a, b, c: normal() * 1e3),
    "randn4x": (
        "u, v, s, t = tl.randn4x(0, i * 0); (u * 1e3).to(tl.int32)",
        lambda a, b, c: normal() * 1e3,
    ),
    "uint_to_uniform_float": (
        "(tl.uint_to_uniform_float(i * 0 + 1000000000) * 1e6).to(tl.int32)",
        lambda a, b, c: uniform(1_000_000_000) * 1e6,
    ),
    "reduce_or": ("tl.reduce_or(a, 0)", lambda a, b, c: folded(a, lambda m, n: m | n)),
    "swizzle2d": (
        "u, v = tl.swizzle2d(i // 4, i % 4, 4, 4, 2); u * 4 + v",
        lambda a, b, c: swizzled(),
    ),
    "umulhi": ("tl.umulhi(a * 400000000, b)", lambda a, b, c: high_half(a, b)),
    "xor_sum": ("tl.xor_sum(a, 0)", lambda a, b, c: folded(a, lambda m, n: m ^ n)),
}
REFUSED = {
    "dot_scaled": "tl.dot_scaled(a[:, None], None, 'e5m2', b[None, :], None, 'e5m2')",
    "inline_asm_elementwise": (
        "tl.inline_asm_elementwise('add.f32 $0, $1, $2;', '=f,f,f', [a, b], tl.float32, True, 1)"
    ),
    "map_elementwise": "tl.map_elementwise(squared, a)",
    "float8e4b8": "a.to(tl.float8e4b8)",
    "float8e4b15": "a.to(tl.float8e4b15)",
    "float8e5b16": "a.to(tl.float8e5b16)",
}
TYPES = "block_type const constexpr_type dtype pointer_type slice tensor tensor_descriptor tuple"
NOT_CALLED = {*TYPES.split(), "TRITON_MAX_TENSOR_NUMEL", "extra", "math", "pi32_t", "void"}
NOT_CALLED |= {"target_info"}  # a module; what is in it is refused


def uniform(bits: int) -> float:
    """What Triton makes of 32 random bits: a float32 in [0, 1)."""
    signed = bits - (1 << 32) if bits >= 1 << 31 else bits
    return float(torch.tensor(-signed - 1 if signed < 0 else signed).float() * 4.6566127342e-10)


def normal() -> torch.Tensor:
    u, v = torch.tensor(uniform(FIRST[0])), torch.tensor(uniform(FIRST[1]))
    return torch.sqrt(-2 * u.log()) * torch.cos(6.283185307179586 * v)


def folded(values: torch.Tensor, operation: Callable) -> int:
    total = 0
    for each in values.tolist():
        total = operation(total, each)
    return total


def high_half(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return torch.tensor(
        [((m * 400000000 & 0xFFFFFFFF) * n) >> 32 for m, n in zip(a.tolist(), b.tolist())]
    )


def swizzled() -> torch.Tensor:
    """Of a 4 x 4 grid, walked in groups of two rows, column by column."""
    order = [(g + r, c) for g in (0, 2) for c in range(4) for r in range(2)]
    return torch.tensor([4 * row + column for row, column in order])


def test_every_name_is_in_a_table() -> None:
    """A new Triton with a new name fails here: say in a table above what the meter makes of it."""
    known = {*FLOATS, *INTEGERS, *REFUSED, *NOT_CALLED}
    assert set(tl.__all__) - known == set()
    methods = {name for name in vars(tl.tensor) if not name.startswith("_")}
    fields = {"handle", "shape", "type", "dtype", "numel"}
    assert {m for m in methods if m not in known and f"tensor.{m}" not in known} - fields == set()
    functions = {name for name, each in vars(tl.math).items() if tl.core.is_builtin(each)}
    assert functions - known == set()


@pytest.mark.parametrize("name", [*FLOATS, *INTEGERS])
def test_a_name_is_measured_and_right(name: str, tmp_path: Path) -> None:
    if "." not in name and name not in tl.__all__:
        pytest.skip(f"this Triton has no tl.{name}")
    expression, expected = FLOATS.get(name) or INTEGERS[name]
    inputs = POSITIVE if name in FLOATS else WHOLE
    found = value(expression, tmp_path, *(each.clone() for each in inputs))
    right = torch.as_tensor(expected(*inputs))
    if right.dtype == torch.int64:  # unsigned numbers of 32 bits are stored as they are
        right = (
            (right & 0xFFFFFFFF).to(torch.uint32).view(torch.int32) if name in INTEGERS else right
        )
    right = right.to(found.dtype).expand(found.shape)
    torch.testing.assert_close(found, right, rtol=2e-6, atol=2e-6, equal_nan=True)


@pytest.mark.parametrize("name", REFUSED)
def test_a_name_is_refused_in_its_line(name: str, tmp_path: Path) -> None:
    if name not in tl.__all__:
        pytest.skip(f"this Triton has no tl.{name}")
    text = why(REFUSED[name], tmp_path, *POSITIVE)
    assert re.match(r"k\w+\.py:\d+: unsupported: ", text), text
    shown = {"float8e4b8": "fp8e4b8", "float8e4b15": "fp8e4b15", "float8e5b16": "fp8e5b16"}
    assert (
        shown.get(name, f"tl.{name}") in text and "fp32" in text and "is not measured here" in text
    )
    assert "\n" not in text and text.split("measured here")[1].startswith(": "), (
        "what to do instead"
    )


@pytest.mark.parametrize(
    "expression, message",
    [
        ("a[3]", r"\[\] of fp32\[16\]: 3 is no index of a block"),
        ("a[i]", r"\[\] of fp32\[16\], int32\[16\]: a block is no index of a block"),
        ("a[0:4]", "is no index of a block"),
        ("a[tl.program_id(0)]", "a block is no index|is no index"),
        ("tl.flip(a)", "tl.flip of fp32.16.: .*dim"),
        ("tl.exp(a.to(tl.bfloat16))", "tl.exp of bf16.16.: Expected dtype"),
        ("a & b", "& of fp32.16., fp32.16.: "),
        ("tl.sum(a, 3)", "tl.sum of fp32.16.: axis 3 of a block of 1 axes"),
        ("libdevice.tanh(a.to(tl.bfloat16))", "libdevice.tanh of bf16.16.: it takes .*fp32"),
        ("libdevice.j0(a)", "libdevice.j0 of fp32.16.: j0f? is not measured here"),
        ("tl.extra.cuda.globaltimer()", "tl.cuda.globaltimer is not measured here"),
        ("tl.extra.cuda.smid()", "tl.cuda.smid is not measured here: go by tl.program_id"),
        ("a if a > b else b", "a block of 16 values decides a branch"),
        ("a if tl.target_info.is_cuda() else b", "target_info.is_cuda is not measured here"),
        ("tl.reduce(a, 0, squared)", "tl.reduce of fp32.16.: "),
        ("tl.histogram((a * 0).to(tl.int32) + N, N)", "tl.histogram of int32.16.: .*bins 0 to 15"),
        (
            "tl.make_tensor_descriptor(z, [N], [1], [N]).atomic_max([0], a); a",
            "descriptor.atomic_max of fp32.16.: Unsupported dtype",
        ),
        ("a < b < c", "a < b < c is not Triton: write each comparison, and & between them"),
        ("a if tl.exp is tl.math.exp else b", "exp is not Triton: `is` asks for None, numbers are"),
        ("a if tl.exp == tl.math.exp else b", "tl.exp is called, and is no value"),
        ("a if tl.sum in (tl.standard.sum,) else b", "tl.sum is called, and is no value"),
        ("first(a, tl.exp)", "tl.exp is called, and is no value"),
        ("first(a, tl.math)", "tl.math is called, and is no value"),
    ],
)
def test_an_error_names_the_function_and_the_types(
    expression: str, message: str, tmp_path: Path
) -> None:
    text = why(expression, tmp_path, *POSITIVE)
    assert re.search(message, text), text
    assert re.match(r"k\w+\.py:\d+: ", text) and "\n" not in text


def test_whether_there_is_something_may_be_asked(tmp_path: Path) -> None:
    a, b, c = POSITIVE
    assert torch.equal(value("a if y is not None else b", tmp_path, a, b, c), a)
    assert torch.equal(value("a if x.dtype.element_ty == tl.int8 else b", tmp_path, a, b, c), b)


@pytest.mark.parametrize("kind", [torch.complex64, torch.complex128, torch.complex32])
def test_a_type_that_triton_has_not(kind: torch.dtype, tmp_path: Path) -> None:
    text = why("a", tmp_path, torch.zeros(N, dtype=kind))
    assert text == f"not Triton: 'x' is a tensor of {kind}, a type that Triton has not"


def test_what_is_printed_is_numbers(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    for call in ("tl.device_print('a', a)", "print(a)"):
        value(f"{call}; a", tmp_path, torch.full((N,), 1.5, dtype=torch.bfloat16))
        assert "1.5" in capsys.readouterr().out


def test_an_assertion_holds_for_every_value(tmp_path: Path) -> None:
    assert value("assert a > 0.0; a", tmp_path, *POSITIVE) is not None
    text = why("assert a > 9.0, 'small'; a", tmp_path, *POSITIVE)
    assert re.match(r"k\w+\.py:\d+: device assert: small", text), text

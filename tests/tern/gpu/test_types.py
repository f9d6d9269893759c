"""Operations of Triton on every type of elements: as NumPy and torch compute, or refused."""

from __future__ import annotations

import operator
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("triton", reason="tern.gpu needs Triton")

import torch

from tests.tern.gpu.written import evaluated, value, why

N = 16
FLOATS = [torch.bfloat16, torch.float16, torch.float32, torch.float64]
EIGHT = [torch.float8_e4m3fn, torch.float8_e5m2]
SIGNED = [torch.int8, torch.int16, torch.int32, torch.int64]
UNSIGNED = [torch.uint8, torch.uint16, torch.uint32, torch.uint64]
INTEGERS = [*SIGNED, *UNSIGNED]
ALL = [*FLOATS, *INTEGERS, torch.bool]
by_type = pytest.mark.parametrize


def numbers(kind: torch.dtype, seed: int = 0) -> torch.Tensor:
    """Values of a type: of floats some negative, of integers the ends as well."""
    generator = np.random.default_rng(seed)
    if kind == torch.bool:
        return torch.from_numpy(generator.integers(0, 2, N).astype(bool))
    if kind.is_floating_point:
        return torch.from_numpy(generator.normal(0, 3, N)).to(kind)
    bounds = torch.iinfo(kind)
    dtype = np.dtype(str(kind).removeprefix("torch."))
    inner = generator.integers(bounds.min, bounds.max, N - 4, dtype=dtype, endpoint=True)
    ends = np.array([bounds.min, bounds.max, 1, 0], dtype=dtype)
    return torch.from_numpy(generator.permutation(np.concatenate([inner, ends])))


def array(tensor: torch.Tensor) -> np.ndarray:
    """The same in NumPy; short floats as float32."""
    short = tensor.dtype in (torch.bfloat16, *EIGHT)
    return (tensor.float() if short else tensor).numpy()


def back(values: object, kind: torch.dtype) -> torch.Tensor:
    """Numbers of NumPy as a tensor of a type: rounded to nearest, or wrapped."""
    found = np.asarray(values)
    if kind == torch.bool:
        return torch.from_numpy(np.asarray(found.astype(np.int64) & 1 != 0))
    if kind.is_floating_point:
        wide = torch.from_numpy(np.array(found))
        return wide.to(kind)
    return torch.from_numpy(found.astype(str(kind).removeprefix("torch.")))


def same(found: torch.Tensor, right: torch.Tensor) -> bool:
    one, other = array(found), array(right.expand(found.shape))
    return bool(np.array_equal(one, other, equal_nan=one.dtype.kind == "f"))


# ---- arithmetic ----------------------------------------------------------------------------------

ARITHMETIC: dict[str, Callable] = {
    "a + b": np.add,
    "a - b": np.subtract,
    "a * b": np.multiply,
    "tl.maximum(a, b)": np.maximum,
    "tl.minimum(a, b)": np.minimum,
    "tl.where(a > b, a, c)": lambda a, b: np.where(a > b, a, b),
    "-a": lambda a, b: np.subtract(np.zeros_like(a), a),
    "tl.flip(a, 0)": lambda a, b: a[::-1],
    "tl.sort(a)": lambda a, b: np.sort(a),
    "tl.gather(a, 15 - i, 0)": lambda a, b: a[::-1],
    "tl.reshape(tl.trans(tl.reshape(a, 4, 4)), N)": lambda a, b: a.reshape(4, 4).T.ravel(),
    "tl.load(x + i, mask=i < 8, other=1)": lambda a, b: np.where(np.arange(N) < 8, a, 1),
}


@by_type("kind", ALL)
def test_arithmetic(kind: torch.dtype, tmp_path: Path) -> None:
    """Of short floats each operation is one rounding; integers wrap, and bools are modulo two."""
    a, b = numbers(kind), numbers(kind, 1)
    for expression, expected in ARITHMETIC.items():
        left, right = array(a), array(b)
        if kind == torch.bool:
            left, right = left.astype(np.uint8), right.astype(np.uint8)
        with np.errstate(all="ignore"):
            result = back(expected(left, right), kind)
        if expression == "-a" and kind in UNSIGNED:
            continue  # Triton takes no unsigned negatives
        if expression == "tl.sort(a)" and kind == torch.bool:
            continue  # nor sorts bools
        found = value(expression, tmp_path, a, b)
        assert same(found, result), f"{expression} of {kind}: {found}, and not {result}"


@by_type("kind", INTEGERS)
def test_integers(kind: torch.dtype, tmp_path: Path) -> None:
    a, b = numbers(kind), numbers(kind, 1)
    b = torch.where(b.to(torch.float64) == 0, torch.ones(N, dtype=kind), b)
    left, right = array(a), array(b)
    shift = np.arange(N).astype(left.dtype) % 7
    bits = {
        "a & b": left & right,
        "a | b": left | right,
        "a ^ b": left ^ right,
        "~a": ~left,
        "a << (i % 7).to(x.dtype.element_ty)": left << shift,
        "a >> (i % 7).to(x.dtype.element_ty)": left >> shift,
        "a % b": np.fmod(left, right),
    }
    if kind != torch.int8:
        bits["a // b"] = np.trunc(left.astype(np.longdouble) / right.astype(np.longdouble))
    for expression, result in bits.items():
        found = value(expression, tmp_path, a, b)
        known = (array(b) == -1) & (array(a) == torch.iinfo(kind).min)  # that overflows everywhere
        with np.errstate(all="ignore"):
            expected = array(back(result, kind))
        assert np.array_equal(array(found)[~known], expected[~known]), f"{expression} of {kind}"


@by_type("kind", ALL)
def test_comparisons_and_what_is_made_of_them(kind: torch.dtype, tmp_path: Path) -> None:
    a, b = numbers(kind), numbers(kind, 1)
    b[:4] = a[:4]
    left, right = array(a), array(b)
    for sign, function in {
        "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq,
        "!=": operator.ne,
    }.items():  # fmt: skip
        true = function(left, right)
        cases = {
            f"a {sign} b": true,
            f"(a {sign} b).to(tl.int32)": true,
            f"(a {sign} b) & (a == a)": true,
            f"(a {sign} b) and (a == a)": true,
            f"not (a {sign} b)": ~true,
            f"~(a {sign} b)": ~true,
        }
        for expression, result in cases.items() if sign in "<==" else list(cases.items())[:1]:
            found = value(expression, tmp_path, a, b, kind=torch.int32)
            assert np.array_equal(found.numpy() != 0, result), f"{expression} of {kind}"
    assert (
        int(value("tl.sum((a < b).to(tl.int32), 0)", tmp_path, a, b, kind=torch.int32)[0])
        == (left < right).sum()
    )


def test_float_division_and_fma_are_rounded_once(tmp_path: Path) -> None:
    for kind in FLOATS[:3]:
        a, b, c = (numbers(kind, seed) for seed in range(3))
        left, right, third = (array(each).astype(np.float64) for each in (a, b, c))
        fused = back(left * right + third, kind)
        assert same(value("tl.fma(a, b, c)", tmp_path, a, b, c), fused), kind
        quotient = (array(a).astype(np.float32) / array(b).astype(np.float32)).astype(np.float32)
        assert same(value("a / b", tmp_path, a, b), back(quotient, kind)), kind
        rest = np.fmod(array(a), array(b))
        assert same(value("a % b", tmp_path, a, b), back(rest, kind)), kind
        assert same(value("tl.abs(a)", tmp_path, a), a.abs()), kind


@by_type("kind", FLOATS[:3])
def test_nan_is_passed_over_unless_it_is_to_be_kept(kind: torch.dtype, tmp_path: Path) -> None:
    a, b = numbers(kind), numbers(kind, 1)
    a[3], b[5], nan = torch.nan, torch.nan, torch.full((N,), torch.nan, dtype=kind)
    for name, keep, drop in (("maximum", np.maximum, np.fmax), ("minimum", np.minimum, np.fmin)):
        assert same(value(f"tl.{name}(a, b)", tmp_path, a, b), back(drop(array(a), array(b)), kind))
        kept = value(f"tl.{name}(a, b, propagate_nan=tl.PropagateNan.ALL)", tmp_path, a, b)
        assert same(kept, back(keep(array(a), array(b)), kind))
    zero, one = torch.zeros(N, dtype=kind), torch.ones(N, dtype=kind)
    assert same(value("tl.clamp(a, b, c)", tmp_path, nan, zero, one), zero)
    kept = value("tl.clamp(a, b, c, propagate_nan=tl.PropagateNan.ALL)", tmp_path, nan, zero, one)
    assert same(kept, nan)


# ---- conversions ---------------------------------------------------------------------------------


def name_of(kind: torch.dtype) -> str:
    own = {torch.float8_e4m3fn: "float8e4nv", torch.float8_e5m2: "float8e5", torch.bool: "int1"}
    return f"tl.{own.get(kind) or str(kind).removeprefix('torch.')}"


@by_type("kind", [*ALL, *EIGHT])
def test_conversions(kind: torch.dtype, tmp_path: Path) -> None:
    for source in [*FLOATS[:3], *INTEGERS, torch.bool, *EIGHT]:
        a = numbers(source)
        if not kind.is_floating_point and source.is_floating_point:
            a = a if kind in SIGNED else (a.float().abs()).to(source)
        text = f"a.to({name_of(kind)})"
        if kind in EIGHT or source in EIGHT:
            if kind != source and not {kind, source} & {*FLOATS[:3]}:
                assert "tensor.to of" in why(text, tmp_path, a, kind=kind)
                continue
        if kind == torch.bool:
            right = a.to(torch.float64) != 0
        elif source == kind:
            right = a
        elif kind.is_floating_point:
            right = torch.from_numpy(array(a).astype(np.float64)).to(kind)
        else:
            right = back(array(a), kind)
        found = value(text, tmp_path, a, kind=kind)
        assert same(found, right), f"{source} to {kind}: {found}, and not {right}"


def test_floats_beyond_a_type_become_its_ends(tmp_path: Path) -> None:
    big = torch.tensor([3e9, -3e9, torch.inf, -torch.inf, torch.nan, 1e20, -1e20, 1.5] * 2)
    for kind in (torch.int32, torch.uint32, torch.int64, torch.uint64, torch.int16, torch.uint16):
        bounds = torch.iinfo(kind)
        whole = [0 if x != x else int(min(max(x, bounds.min), bounds.max)) for x in big.tolist()]
        found = value(f"a.to({name_of(kind)})", tmp_path, big, kind=kind)
        assert found.tolist() == whole, kind
    for kind, top in ((torch.float8_e4m3fn, 448.0), (torch.float8_e5m2, 57344.0)):
        found = value(f"a.to({name_of(kind)})", tmp_path, big, kind=kind).float()
        assert found[:8].nan_to_num(nan=0).tolist() == [top, -top, top, -top, 0, top, -top, 1.5]
        assert found[4].isnan()


def test_rounding_towards_zero(tmp_path: Path) -> None:
    a = numbers(torch.float32)
    text = "a.to(tl.{}, fp_downcast_rounding='rtz')"
    cut = (a.view(torch.int32) & -65536).view(torch.float32)
    assert same(value(text.format("bfloat16"), tmp_path, a, kind=torch.bfloat16), cut.bfloat16())
    half = value(text.format("float16"), tmp_path, a, kind=torch.float16)
    assert (half.float().abs() <= a.abs()).all() and not same(half, a.half())


def test_bits_are_kept(tmp_path: Path) -> None:
    for kind, bits in ((torch.bfloat16, torch.int16), (torch.float16, torch.int16)):
        a = numbers(kind)
        name = name_of(bits)
        assert same(value(f"a.to({name}, bitcast=True)", tmp_path, a, kind=bits), a.view(bits))
        again = f"a.to({name}, bitcast=True).to({name_of(kind)}, bitcast=True)"
        assert same(value(again, tmp_path, a), a)


@by_type("kind", EIGHT)
def test_types_of_8_bits_are_moved_and_multiplied_and_else_refused(
    kind: torch.dtype, tmp_path: Path
) -> None:
    a, b = numbers(kind), numbers(kind, 1)
    for expression in ("a + b", "a > b", "tl.sum(a, 0)", "tl.maximum(a, b)"):
        text = why(expression, tmp_path, a, b, kind=torch.float32)
        assert "arithmetic with fp8" in text and "convert with .to(tl.float32) first" in text, text
    assert same(value("tl.where(i < 8, a, b)", tmp_path, a, b), torch.cat([a[:8], b[8:]]))
    dot = "tl.sum(tl.dot(tl.broadcast_to(a[:, None], N, N), tl.broadcast_to(b[None, :], N, N)), 1)"
    found = value(dot, tmp_path, a, b, kind=torch.float32)
    outer = a.float()[:, None].expand(N, N) @ b.float().expand(N, N)
    torch.testing.assert_close(found, outer.sum(1))


# ---- reductions ----------------------------------------------------------------------------------


@by_type("kind", ALL)
def test_reductions(kind: torch.dtype, tmp_path: Path) -> None:
    a = numbers(kind)
    values = array(a)
    wide = torch.float64 if kind.is_floating_point else torch.int64
    extremes = {
        "tl.max(a, 0)": values.max(),
        "tl.min(a, 0)": values.min(),
        "tl.reduce(a, 0, larger)": values.max(),
    }
    if kind != torch.bool:
        extremes |= {
            "tl.max(tl.topk(a, 4), 0)": values.max(),
            "tl.min(tl.topk(a, 4), 0)": np.sort(values)[-4],
        }
    for expression, result in extremes.items():
        if kind in (torch.uint32, torch.uint64):
            found = value(expression, tmp_path, a)
        else:
            found = value(expression, tmp_path, a, kind=kind)
        assert same(found, back(result, kind)), f"{expression} of {kind}"
    for name in ("argmax", "argmin"):
        found = value(f"tl.{name}(a, 0)", tmp_path, a, kind=torch.int32)
        assert int(found[0]) == getattr(values, name)(), f"{name} of {kind}"
    if not kind.is_floating_point:
        total = int(values.astype(object).sum())
        bits = 64 if kind in (torch.int64, torch.uint64) else 32
        found = value("tl.sum(a, 0)", tmp_path, a, kind=wide)
        assert (int(found[0]) - total) % (1 << bits) == 0
        running = value("tl.cumsum(a, 0)", tmp_path, a, kind=wide)
        sums = np.cumsum(values.astype(object))
        assert all((int(n) - m) % (1 << bits) == 0 for n, m in zip(running, sums)), kind
    else:
        size = float(torch.finfo(kind).eps) * np.abs(values).sum() * 4
        for expression in ("tl.sum(a, 0)", "tl.reduce(a, 0, first) * 0 + tl.sum(a)"):
            found = value(expression, tmp_path, a, kind=wide)
            assert abs(float(found[0]) - values.astype(np.float64).sum()) <= size, kind
        running = value("tl.cumsum(a, 0)", tmp_path, a, kind=wide)
        assert np.abs(running.numpy() - np.cumsum(values.astype(np.float64))).max() <= size


@by_type("kind", FLOATS[:2])
def test_a_sum_of_short_floats_is_rounded_after_every_addition(
    kind: torch.dtype, tmp_path: Path
) -> None:
    """The compiled code adds bfloat16 to bfloat16; only tl.max and its like go by float32."""
    a = torch.ones(1024, dtype=kind)
    a[0] = 4096.0 if kind == torch.float16 else 512.0
    found = value("tl.sum(a, 0)", tmp_path, a, size=1, kind=torch.float32)
    exact = value("tl.sum(a.to(tl.float32), 0)", tmp_path, a, size=1, kind=torch.float32)
    assert float(exact[0]) == a.float().sum() != float(found[0])
    assert float(found[0]) == float(found.to(kind)[0]), "it is a number of that type"


@by_type("axis", ["0", "1", "-1", "None"])
def test_reductions_along_an_axis(axis: str, tmp_path: Path) -> None:
    a = numbers(torch.int32)
    square = a.numpy().reshape(4, 4)
    along = {"0": 0, "1": 1, "-1": 1, "None": None}[axis]
    keep = ", keep_dims=True" if axis != "None" else ""
    for name, function in (("sum", np.sum), ("max", np.max), ("xor_sum", np.bitwise_xor.reduce)):
        reduced = f"tl.{name}(tl.reshape(a, 4, 4), {axis}{keep})"
        text = f"tl.reshape(tl.broadcast_to({reduced}, 4, 4), N)"
        with np.errstate(all="ignore"):
            right = (
                function(square, axis=along, keepdims=True, dtype=np.int32)
                if name == "sum"
                else (function(square, axis=along, keepdims=True))
            )
        found = value(text, tmp_path, a).numpy().reshape(4, 4)
        assert np.array_equal(found, np.broadcast_to(right, (4, 4))), name
    if axis != "None":
        text = f"tl.reshape(tl.associative_scan(tl.reshape(a, 4, 4), {axis}, product), N)"
        assert np.array_equal(
            value(text, tmp_path, a).numpy(), np.cumprod(square, axis=along, dtype=np.int32).ravel()
        )


def test_the_order_of_elements_is_kept(tmp_path: Path) -> None:
    """A function that combines need not commute."""
    a = numbers(torch.bfloat16)
    assert same(value("tl.reduce(a, 0, first)", tmp_path, a), a[0])
    assert same(value("tl.associative_scan(a, 0, first)", tmp_path, a), a[0])
    assert same(value("tl.associative_scan(a, 0, first, reverse=True)", tmp_path, a), a[-1])


def test_histogram(tmp_path: Path) -> None:
    for kind in (torch.int8, torch.uint8, torch.int32, torch.int64):
        a = torch.tensor([0, 1, 1, 3] * 4, dtype=kind)
        found = value("tl.histogram(a, 4)", tmp_path, a, size=4, kind=torch.int32)
        assert found.tolist() == [4, 8, 0, 4]
        masked = value("tl.histogram(a, 4, mask=i < 8)", tmp_path, a, size=4, kind=torch.int32)
        assert masked.tolist() == [2, 4, 0, 2]


# ---- atomics -------------------------------------------------------------------------------------


@by_type("kind", [*FLOATS, torch.int32, torch.uint32, torch.int64, torch.uint64])
def test_atomics(kind: torch.dtype, tmp_path: Path) -> None:
    """Two lanes update each element: what is there afterwards, and before."""
    names = ["add"] if kind in FLOATS[:2] else ["add", "max", "min", "xchg"]
    names += ["and", "or", "xor"] if kind in INTEGERS else []
    functions = {"add": np.add, "max": np.maximum, "min": np.minimum, "and": np.bitwise_and}
    functions |= {"or": np.bitwise_or, "xor": np.bitwise_xor, "xchg": lambda old, new: new}
    for name in names:
        a, c = numbers(kind), numbers(kind, 2)
        expected = array(c).copy()
        for lane, number in enumerate(array(a)):
            with np.errstate(all="ignore"):
                at = lane // 2
                expected[at] = array(back(functions[name](expected[at], number), kind))
        text = f"tl.atomic_{name}(z + i // 2, a); tl.debug_barrier(); tl.load(z + i)"
        found = value(text, tmp_path, a, a, c.clone())
        assert same(found, back(expected, kind)), f"atomic_{name} of {kind}"
        old = value(f"tl.atomic_{name}(z + i, a)", tmp_path, a, a, c.clone())
        assert same(old, c), f"what atomic_{name} of {kind} returns"


def test_atomics_that_triton_has_not(tmp_path: Path) -> None:
    for kind in (torch.int8, torch.uint8, torch.int16, torch.uint16, torch.bool):
        a = numbers(kind)
        assert "tl.atomic_add of" in why("tl.atomic_add(z + i, a)", tmp_path, a)
    text = why("tl.atomic_max(z + i, a)", tmp_path, numbers(torch.bfloat16))
    assert "tl.atomic_max of pointer<bf16>[16], bf16[16]: " in text


# ---- integers wrap -------------------------------------------------------------------------------

HASHES = {
    "murmur": (
        "h = a.to(tl.uint32); h = (h ^ (h >> 16)) * 0x85EBCA6B; h = (h ^ (h >> 13)) * 0xC2B2AE35; "
        "h ^ (h >> 16)",
        torch.uint32,
    ),
    "murmur of 64 bits": (
        "h = a.to(tl.uint64); h = (h ^ (h >> 33)) * 0xFF51AFD7ED558CCD; "
        "h = (h ^ (h >> 33)) * 0xC4CEB9FE1A85EC53; h ^ (h >> 33)",
        torch.uint64,
    ),
    "lcg": ("h = a * 1103515245 + 12345; h * 1103515245 + 12345", torch.int32),
    "lcg of 64 bits": ("a.to(tl.int64) * 6364136223846793005 + 1442695040888963407", torch.int64),
    "negated": ("-a - 2147483647 - b * 7", torch.int32),
}


@by_type("name", HASHES)
def test_a_hash_wraps(name: str, tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    text, kind = HASHES[name]
    a = numbers(torch.int32)
    traffic = evaluated(text, tmp_path, a, kind=kind)
    assert not traffic.faults and not recwarn.list
    dtype = np.dtype(str(kind).removeprefix("torch."))
    scope = {"a": a.numpy().astype(dtype), "b": a.numpy().astype(dtype)}
    *before, last = text.split("; ")
    plain = "\n".join([*before, f"r = {last}"])
    for kind_text in ("uint32", "uint64", "int64"):
        plain = plain.replace(f".to(tl.{kind_text})", "")
    with np.errstate(all="ignore"):
        exec(plain, scope)
    assert np.array_equal(traffic.results[0].numpy(), scope["r"])


def test_a_short_float_beside_the_end_of_a_block_is_not_a_number(tmp_path: Path) -> None:
    """padding_option="nan" of a block pointer."""
    for kind in FLOATS[:3]:
        text = (
            "p = tl.make_block_ptr(x, (8,), (1,), (0,), (N,), (0,)); "
            "tl.load(p, boundary_check=(0,), padding_option='nan')"
        )
        found = value(text, tmp_path, numbers(kind))
        assert found[8:].isnan().all() and same(found[:8], numbers(kind)[:8])

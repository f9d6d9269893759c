"""Arithmetic of every type of Triton: as NumPy and torch compute, or refused."""

from __future__ import annotations

import operator
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("triton", reason="tern.gpu needs Triton")

import torch

from tests.tern.gpu.values import ALL, FLOATS, INTEGERS, UNSIGNED, N, array, back, numbers, same
from tests.tern.gpu.written import evaluated, value, why

by_type = pytest.mark.parametrize


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

"""Week 15's kernels: numerics, faults, and costs; and the emitter of chains."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("triton", reason="tern.workshop.triton needs Triton")

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tern import ir
from tern.build import build
from tern.generated import load
from tern.gpu import compile_for, measure
from tern.workshop import triton as triton_kernels

SHAPES = [(1, 1), (3, 5), (2, 128), (5, 129), (9, 1000)]


def right(launcher, expected, *arguments, atol: float = 1e-6) -> None:
    traffic = measure(launcher, *arguments, max_programs=None)
    assert not traffic.faults and len(traffic.launches) == 1
    assert torch.allclose(traffic.results[0], expected(*arguments), rtol=1e-5, atol=atol)
    assert traffic.results[0].is_contiguous()


@pytest.mark.parametrize("size", [1, 2, 1000, 1023, 1024, 1025, 5000])
def test_add(size: int) -> None:
    right(triton_kernels.add, torch.add, torch.randn(size), torch.randn(size))


@pytest.mark.parametrize("shape", SHAPES)
def test_rows_and_tiles(shape: tuple[int, int]) -> None:
    x = torch.randn(shape)
    right(triton_kernels.softmax, lambda x: torch.softmax(x, 1), 50 * x)
    right(triton_kernels.transpose, lambda x: x.T, x)
    weight, bias = torch.randn(2, shape[1])
    norm = torch.nn.functional.layer_norm
    right(
        triton_kernels.layer_norm,
        lambda x, w, b: norm(x, x.shape[1:], w, b),
        x,
        weight,
        bias,
        atol=1e-5,
    )
    right(
        triton_kernels.layer_norm,
        lambda x, w, b, e: norm(x, x.shape[1:], w, b, e),
        x,
        weight,
        bias,
        0.5,
        atol=1e-5,
    )


def test_costs() -> None:
    x, weight = torch.randn(1024, 1024), torch.randn(1024)
    for launcher, arguments, times in (
        (triton_kernels.add, (x[0], x[1]), 1),
        (triton_kernels.softmax, (x,), 1),
        (triton_kernels.transpose, (x,), 1),
        (triton_kernels.layer_norm, (x, weight, weight), 1.13),
    ):
        traffic = measure(launcher, *arguments)
        assert traffic.minimum <= traffic.bytes <= times * traffic.minimum
        assert traffic.sector_bytes == traffic.bytes
        for device in ("sm_75", "sm_80"):
            (built,) = compile_for(device, launcher, *arguments)
            assert built.spills == 0 and built.fits and set(built.load_widths) == {128}


# ---- chains --------------------------------------------------------------------------------------

UNARY = ["-{}", "exp({})", "sqrt({} * {})"]
BINARY = ["({} + {})", "({} - {})", "({} * {})", "({} / {})", "max({}, {})", "min({}, {})"]


@st.composite
def chains(draw) -> tuple[str, int]:
    """A program of some lets on vectors and one number, and the size of the vectors."""
    names, lines = ["x", "y", "a", "0.5", "-2.0"], []
    for number in range(draw(st.integers(1, 8))):
        pick = st.sampled_from(names)
        form = draw(st.sampled_from(BINARY + UNARY))
        operands = [draw(pick), draw(pick)]
        if form in UNARY:
            operands = [draw(st.sampled_from([name for name in names if name[-1] not in "05"]))] * 2
        lines.append(f"    let v{number} = x * 0.0 + {form.format(*operands)};")
        names.append(f"v{number}")
    return "\n".join(lines) + f"\n    return {names[-1]};", draw(
        st.sampled_from([1, 7, 1024, 1030])
    )


@settings(max_examples=40, deadline=None)
@given(chains(), st.integers(0, 2**31))
def test_a_chain_is_what_the_interpreter_computes(chain: tuple[str, int], seed: int) -> None:
    body, size = chain
    module = build("fn f(x: f32[n], a: f32, y: f32[n]) -> f32[n] {\n" + body + "\n}")
    func = ir.functions(module)[0]
    before = str(func)
    launcher = load(triton_kernels.emit_chain(func), "emitted")["f"]
    assert str(func) == before
    rng = np.random.default_rng(seed)
    x, y = (rng.standard_normal(size).astype(np.float32) for _ in range(2))
    traffic = measure(launcher, torch.from_numpy(x), 1.25, torch.from_numpy(y))
    assert not traffic.faults and len(traffic.launches) == 1
    with np.errstate(all="ignore"):
        expected = np.asarray(ir.run(module, "f", x, 1.25, y))
    assert np.allclose(traffic.results[0].numpy(), expected, rtol=1e-4, atol=1e-5, equal_nan=True)
    assert traffic.bytes <= traffic.minimum


def test_a_chain_keeps_the_sign_of_zero() -> None:
    func = ir.functions(build("fn f(x: f32[n]) -> f32[n] { return 1.0 / -x; }"))[0]
    traffic = measure(
        load(triton_kernels.emit_chain(func), "emitted")["f"], torch.tensor([0.0, -0.0, 2.0])
    )
    assert traffic.results[0].tolist() == [-np.inf, np.inf, -0.5]


def test_places_have_64_bits() -> None:
    func = ir.functions(build("fn f(x: f32[n]) -> f32[n] { return x * x; }"))[0]
    chain, x = load(triton_kernels.emit_chain(func), "emitted")["f"], torch.zeros(4096)
    for launcher, arguments in ((triton_kernels.add, (x, x)), (chain, (x,))):
        (built,) = compile_for("sm_80", launcher, *arguments)
        products = [line for line in built.texts["ttir"].splitlines() if "arith.muli" in line]
        assert products and all("i64" in line for line in products)


@pytest.mark.parametrize("shape", [(1, 5_000_000), (5_000_000, 1)])
def test_a_transpose_of_very_many_columns(shape: tuple[int, int]) -> None:
    """More tiles side by side than a grid's second axis takes."""
    traffic = measure(triton_kernels.transpose, torch.ones(shape))
    assert not traffic.faults and traffic.programs == 78_125

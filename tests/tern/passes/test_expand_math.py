"""exp and the like as polynomials: their accuracy, their special numbers, their coefficients."""

import math

import numpy as np
import pytest

from tern.ir import functions, parse, verify
from tern.ir.loops import run_loops
from tern.numbers import same
from tern.passes import expand_math as module
from tern.passes.expand_math import DEFAULT, EXPANSIONS, expand_math
from tern.passes.vectorize import vectorize_all
from tern.workshop.minimax import FITS, minimax
from tern.workshop.ulps import exact, sample, ulps


def kernel(name, element="f32") -> tuple:
    """A module with a loop of one function, and the function around it."""
    module = parse(f"""func.func @f(%a: memref<?x{element}>, %b: memref<?x{element}>) {{
        %c0 = arith.constant 0 : index
        %n = memref.dim %a, %c0 : memref<?x{element}>
        affine.for %i = 0 to %n {{
            %v = affine.load %a[%i] : memref<?x{element}>
            %w = math.{name} %v : {element}
            affine.store %w, %b[%i] : memref<?x{element}>
        }}
        return
    }}""")
    return module, functions(module)[0]


def expanded(name, fma, lanes=8) -> tuple:
    made, func = kernel(name)
    assert expand_math(made, fma, [name]) == 1
    assert "math." + name not in str(made) and verify(made) is None
    assert vectorize_all(made, lambda loop: lanes) == []
    verify(made)
    return made, func


@pytest.mark.parametrize("fma", [True, False])
@pytest.mark.parametrize("name", EXPANSIONS)
def test_accuracy(name, fma) -> None:
    """Of a dense sample of all floats, and of where a function changes."""
    pytest.importorskip("llvmlite")
    from tern.targets.llvm import compile_llvm

    x = sample(name, 200_000)
    found = np.empty_like(x)
    compile_llvm(expanded(name, fma)[1])(x, found)
    assert ulps(found, exact(name, x)).max() <= 2


SPECIAL = [0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 1e-45, -1e-45, 1e-38, 88.8, -104.0]


@pytest.mark.parametrize("fma", [True, False])
@pytest.mark.parametrize("name", DEFAULT)
def test_special_numbers_are_the_definitions(name, fma) -> None:
    """Zeros with their signs, infinities, NaN of any payload, and where results leave the range."""
    payloads = np.array([0x7F800001, 0x7FFFFFFF, 0xFFC12345, 0xFF800001], "u4").view("f4")
    x = np.array([*SPECIAL, 0.5, -3.0, 3.4e38, -3.4e38], "f4")
    x = np.concatenate([x, payloads])
    found, want = np.empty_like(x), np.empty_like(x)
    run_loops(expanded(name, fma)[1], [x, found])
    run_loops(kernel(name)[1], [x, want])
    for have, definition in zip(found.tolist(), want.tolist()):
        assert same(have, definition) or abs(have - definition) <= 3e-7 * abs(definition)


@pytest.mark.parametrize("fma", [True, False])
@pytest.mark.parametrize("name", EXPANSIONS)
def test_a_vector_a_number_and_llvm_agree_to_the_bit(name, fma) -> None:
    """So that what is left over from vectors is what it would be in one."""
    pytest.importorskip("llvmlite")
    from tern.targets.llvm import compile_llvm

    x = np.resize(sample(name, 400), 403)
    results = []
    for lanes in (1, 8):
        _, func = expanded(name, fma, lanes)
        for run in (lambda *args, f=func: run_loops(f, args), compile_llvm(func)):
            results.append(np.empty_like(x))
            run(x, results[-1])
    for other in results[1:]:
        assert np.array_equal(results[0], other, equal_nan=True)


def test_other_formats_and_functions_stay() -> None:
    for name, element in (("exp", "f64"), ("sqrt", "f32"), ("sin", "f32"), ("exp", "f16")):
        made, _ = kernel(name, element)
        text = str(made)
        assert expand_math(made) == 0
        assert str(made) == text


@pytest.mark.parametrize("name", FITS)
def test_the_coefficients_are_the_derived_ones(name) -> None:
    """To the last bits of an f32: the script finds them again."""
    fit = FITS[name]()
    assert np.allclose(np.float32(fit.coefficients), getattr(module, name), rtol=2e-5, atol=1e-9)


def test_minimax_touches_its_bounds_in_turn() -> None:
    fit = minimax(np.exp, 3, (-1.0, 1.0))
    x = np.linspace(-1, 1, 10_001)
    errors = np.polynomial.Polynomial(fit.coefficients)(x) - np.exp(x)
    assert fit.error == pytest.approx(0.00552834, rel=1e-4)  # as the textbooks have it
    at_the_bound = np.abs(errors) > fit.error * 0.9999
    signs = np.sign(errors[at_the_bound])
    assert 1 + np.count_nonzero(np.diff(signs)) == 5
    with pytest.raises(ValueError, match="alternate"):
        minimax(lambda x: 0 * x, 3, (-1.0, 1.0))


def test_mlir_accepts_it() -> None:
    mlir = pytest.importorskip("torch_mlir.ir")
    for name in EXPANSIONS:
        for fma in (True, False):
            with mlir.Context():
                assert mlir.Module.parse(str(expanded(name, fma)[0])).operation.verify()

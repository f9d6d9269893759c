"""The programs of tests/cases/tern, each of which was compiled wrongly once, in every target."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import tern
from tern.ir import Operation, functions
from tern.ir.loops import run_loops
from tern.lower import lower_source

FOLDER = Path(__file__).parents[1] / "cases" / "tern"
NAN, INF = math.nan, math.inf


class Expected(NamedTuple):
    """What the function `f` of a program makes of its arguments, and who can compile it."""

    arguments: tuple[Any, ...]
    result: Any
    targets: str = "loops numba tvm triton"


def floats(*numbers: float, dtype: str = "f8") -> np.ndarray:
    return np.array(numbers, dtype)


BITS = np.array([False, False, True, True]), np.array([False, True, False, True])
ROWS = np.arange(6, dtype="f4").reshape(2, 3)

CASES = {
    "and_or_float_to_int": Expected((1e30,), False, ""),
    "f32_literal_rounded_twice": Expected((), 9007200328482816.0, "loops numba tvm"),
    "minus_zero_literal": Expected((1.0,), -INF, "loops numba tvm"),
    # Triton's and TVM's and NumPy's maximum of two zeros is either.
    "tensor_max_signed_zero": Expected(
        (floats(0.0, -0.0, dtype="f4"), floats(-0.0, 0.0, dtype="f4")),
        floats(0.0, 0.0, dtype="f4"),
        "loops",
    ),
    "triton_mean_divides_by_rows": Expected(
        (np.ones((3, 1), "f4"), ROWS), ROWS - ROWS.mean(axis=1, keepdims=True)
    ),
    "tvm_bool_eq": Expected(BITS, BITS[0] == BITS[1]),
    "tvm_f64_literal": Expected((floats(1.0, 0.0),), floats(1e39, 0.0)),
    "tvm_nan_algebra": Expected((floats(NAN, INF, 1.0),), floats(NAN, NAN, 0.0)),
    "tvm_segfault": Expected(
        (0.5, np.zeros((2, 1), "f4"), np.zeros((1, 1, 1), "f4"), np.zeros((4, 1), bool)),
        True,
        "loops numba tvm",
    ),
}

# Programs of a kind with those of the files, with one expression each.
KINDS = {
    "x - x": (NAN, NAN, 0.0, 0.0),
    "x * 0.0": (NAN, NAN, 0.0, -0.0),
    "x * (-0.0)": (NAN, NAN, -0.0, 0.0),
    "0.0 / x": (NAN, 0.0, 0.0, NAN),
    "x / 0.0": (NAN, INF, INF, NAN),
    "x + 0.0": (NAN, INF, 1.0, 0.0),
    "x - 0.0": (NAN, INF, 1.0, -0.0),
    "x + 1.0 - x": (NAN, NAN, 1.0, 1.0),
    "x * 2.0 - x * 2.0": (NAN, NAN, 0.0, 0.0),
    "f64(x == x)": (0.0, 1.0, 1.0, 1.0),
    "f64(x != x)": (1.0, 0.0, 0.0, 0.0),
    "f64(not (x < x))": (1.0, 1.0, 1.0, 1.0),
    "f64((not (x < 2.0)) == (x < 2.0))": (0.0, 0.0, 0.0, 0.0),
    "x * 1e308 * f64(1.0 / 0.0)": (NAN, INF, INF, NAN),
    "x * 1e-320": (NAN, INF, 1e-320, -0.0),
}


def same(have: Any, want: Any) -> bool:
    have, want = np.asarray(have), np.asarray(want)
    equal = have.shape == want.shape and np.array_equal(have, want, equal_nan=want.dtype != bool)
    if want.dtype.kind == "f":
        equal = equal and bool(np.all((np.signbit(have) == np.signbit(want)) | np.isnan(want)))
    return equal


def lowered(source: str) -> Operation:
    return functions(lower_source(source, ["f"]))[0]


def by_loops(source: str) -> Callable[..., None]:
    return lambda *arguments: run_loops(lowered(source), arguments)


def by_numba(source: str) -> Callable[..., None]:
    pytest.importorskip("numba")
    from tern.targets.numba import compile_numba

    return compile_numba(lowered(source))


def by_tvm(source: str) -> Callable[..., None]:
    pytest.importorskip("tvm")
    from tern.targets.tvm import compile_tvm

    return compile_tvm(lowered(source))


LOOPS = {"loops": by_loops, "numba": by_numba, "tvm": by_tvm}


def by_triton(source: str, *arguments: Any) -> Any:
    pytest.importorskip("triton")
    torch = pytest.importorskip("torch")
    from tern.gpu import measure
    from tern.targets.named import named
    from tern.targets.triton import compile_triton

    launcher = compile_triton(functions(named(source))[-1])
    given = [torch.from_numpy(a.copy()) if hasattr(a, "shape") else a for a in arguments]
    traffic = measure(launcher, *given)
    assert not traffic.faults
    return traffic.results[0].numpy()


def run_by(target: str, source: str, arguments: tuple[Any, ...], result: Any) -> Any:
    if target == "interpreter":
        return tern.run(source, "f", *arguments)
    if target == "triton":
        return by_triton(source, *arguments)
    dtype = getattr(result, "dtype", bool if isinstance(result, bool) else "f4")
    out = np.zeros(np.shape(result), dtype)
    LOOPS[target](source)(*arguments, out)
    return out


def test_every_program_of_the_folder_is_here() -> None:
    assert {path.stem for path in FOLDER.glob("*.tern")} == CASES.keys()


@pytest.mark.parametrize(
    ("name", "target"),
    [
        pytest.param(name, target, id=f"{name} {target}")
        for name, case in CASES.items()
        for target in ["interpreter", *case.targets.split()]
    ],
)
def test_program(name, target) -> None:
    source, case = (FOLDER / f"{name}.tern").read_text(), CASES[name]
    assert same(run_by(target, source, case.arguments, case.result), case.result)


@pytest.mark.parametrize("target", ["interpreter", *LOOPS, "triton"])
@pytest.mark.parametrize("what", KINDS)
def test_floats_are_no_real_numbers(what, target) -> None:
    source = f"fn f(x: f64[n]) -> f64[n] {{ return {what}; }}"
    want = floats(*KINDS[what])
    with np.errstate(all="ignore"):
        have = run_by(target, source, (floats(NAN, INF, 1.0, -0.0),), want)
    if want[2] == 1e-320:  # LLVM need not keep what is below the normal numbers
        assert np.array_equal(have[[0, 1, 3]], want[[0, 1, 3]], equal_nan=True)
    else:
        assert same(have, want)


def test_tvm_says_in_one_line_what_it_does_not_compile() -> None:
    pytest.importorskip("tvm")
    from tern.targets.errors import EmitError
    from tern.targets.tvm import compile_tvm

    func = lowered("fn f(x: f32[n]) -> f32[n] { return x + 1.0; }")
    with pytest.raises(EmitError, match="^TVM does not compile it: ") as caught:
        compile_tvm(func, target={"kind": "llvm", "mcpu": 3})
    assert "\n" not in str(caught.value)

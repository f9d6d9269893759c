"""Every function of libdevice: it is right for float32 and integers, or it is refused by name."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("triton", reason="tern.gpu needs Triton")

import torch
from triton.language.extra import libdevice as stubs
from triton.language.extra.cuda import libdevice

from tests.tern.gpu.written import evaluated, value

KINDS = {
    "fp32": torch.float32,
    "fp64": torch.float64,
    "int32": torch.int32,
    "uint32": torch.uint32,
    "int64": torch.int64,
    "uint64": torch.uint64,
}
X = torch.tensor([0.1, 0.25, 0.5, 0.75, 0.9, 0.3, 0.6, 0.99] * 2)
Y = torch.tensor([0.2, 0.5, 0.5, 0.25, 0.1, 0.9, 0.4, 0.01] * 2)
REFUSED = """byte_perm cyl_bessel_i0 cyl_bessel_i1 double2hiint double2loint erfcinv erfcx erfinv
hiloint2double j0 j1 jn y0 y1 yn mul24 normcdfinv rcp64h rnorm3d rnorm4d""".split()
ROUNDED = re.compile(
    r"(d|f)?(add|sub|mul|div|rcp|sqrt|fma)_(rd|ru|rz)|fma_rn|rsqrt_rn|.*2(float|double)_(rd|ru|rz)"
)
# The same from torch or math, of float32 x and y.
FLOATS: dict[str, Callable] = {
    **{name: getattr(torch, name) for name in "acos asin atan ceil cos cosh erf erfc exp".split()},
    **{name: getattr(torch, name) for name in "exp2 expm1 floor lgamma log log10 log1p".split()},
    **{name: getattr(torch, name) for name in "log2 rsqrt sin sinh sqrt tan tanh trunc".split()},
    **{name: getattr(torch, name) for name in "asinh atanh atan2 copysign fmod".split()},
    **{name: getattr(torch, name) for name in "hypot nextafter pow remainder isnan isinf".split()},
    "abs": torch.abs,
    "cbrt": lambda x: x ** (1 / 3),
    "cospi": lambda x: torch.cos(math.pi * x),
    "sinpi": lambda x: torch.sin(math.pi * x),
    "exp10": lambda x: 10**x,
    "fdim": lambda x, y: (x - y).clamp(min=0),
    "finitef": torch.isfinite,
    "tgamma": lambda x: torch.lgamma(x).exp(),
    "nearbyint": torch.round,
    "rint": torch.round,
    "round": lambda x: torch.floor(x + 0.5),
    "normcdf": torch.special.ndtr,
    "rcbrt": lambda x: x ** (-1 / 3),
    "rhypot": lambda x, y: 1 / torch.hypot(x, y),
    "remainder": lambda x, y: x - y * torch.round(x / y),
    "saturatef": lambda x: x.clamp(0, 1),
    "signbit": torch.signbit,
    "fast_sinf": torch.sin,
    "fast_dividef": torch.divide,
    "fast_powf": torch.pow,
    "float2int_rn": torch.round,
    "float2int_rz": torch.trunc,
    "float2int_ru": torch.ceil,
    "float2int_rd": torch.floor,
    "float_as_int": lambda x: x.view(torch.int32),
}
INTEGERS: dict[str, Callable] = {
    "clz": lambda x: 32 - (x & 0xFFFFFFFF).bit_length(),
    "popc": lambda x: (x & 0xFFFFFFFF).bit_count(),
    "ffs": lambda x: (x & -x).bit_length(),
    "brev": lambda x: int(f"{x & 0xFFFFFFFF:032b}"[::-1], 2),
    "hadd": lambda x, y: (x + y) >> 1,
    "rhadd": lambda x, y: (x + y + 1) >> 1,
    "mulhi": lambda x, y: (x * y) >> 32,
    "sad": lambda x, y, z: abs(x - y) + z,
    "abs": abs,
}
FUNCTIONS = sorted(n for n, f in vars(libdevice).items() if getattr(f, "__triton_builtin__", False))


def signature(name: str, first: str = "") -> list[str]:
    """The types that a function takes: of several, those that all are `first`."""
    text = re.sub(r"\s", "", inspect.getsource(inspect.unwrap(getattr(libdevice, name))))
    rows = re.findall(r'\(((?:core\.dtype\("\w+"\),?)+)\):', text)
    kinds = [re.findall(r'"(\w+)"', row) for row in rows]
    return next((each for each in kinds if {*each} == {first}), kinds[0])


def given(kinds: list[str]) -> list[torch.Tensor]:
    values = [X, Y, X + Y]
    return [
        each if kind == "fp32" else (each * 8).to(KINDS[kind]) for kind, each in zip(kinds, values)
    ]


def test_every_function_is_measured_or_refused_by_name(tmp_path: Path) -> None:
    """Both ways to import the library lead here, and no function is forgotten."""
    assert {name for name in vars(stubs) if not name.startswith("_")} <= {*FUNCTIONS, *vars(stubs)}
    for name in FUNCTIONS:
        kinds = signature(name)
        inputs = given(kinds[:3]) if len(kinds) <= 3 else [X, Y, X]
        call = f"libdevice.{name}({', '.join(['a', 'b', 'c', 'c'][: len(kinds)])})"
        faults = evaluated(call, tmp_path, *inputs).faults
        if name in REFUSED or ROUNDED.fullmatch(name):
            (fault,) = faults
            assert (
                fault.kind == "unsupported" and f"libdevice.{name} of {kinds[0]}" in fault.message
            )
            assert fault.line and "is not measured here: write it with" in fault.message
        else:
            assert not faults, f"{name}: {faults[0]}"


@pytest.mark.parametrize("name", FLOATS)
def test_a_function_of_floats(name: str, tmp_path: Path) -> None:
    kinds = signature(name, "fp32")
    assert set(kinds) == {"fp32"}
    call = f"libdevice.{name}({', '.join('ab'[: len(kinds)])})"
    found = value(call, tmp_path, X, Y).double()
    right = FLOATS[name](*(X, Y)[: len(kinds)]).double()
    torch.testing.assert_close(found, right, rtol=2e-6, atol=1e-6)


@pytest.mark.parametrize("name", INTEGERS)
def test_a_function_of_integers(name: str, tmp_path: Path) -> None:
    kinds = signature(name, "int32")
    numbers = [5, -7, 2**31 - 1, -(2**31), 0, 1, 123456789, -987654321] * 2
    x = torch.tensor(numbers, dtype=torch.int32)
    y, z = x.flip(0), torch.arange(16, dtype=torch.int32).to(KINDS[kinds[-1]])
    call = f"libdevice.{name}({', '.join('abc'[: len(kinds)])})"
    found = value(call, tmp_path, x, y, z)
    columns = [each.tolist() for each in (x, y, z)][: len(kinds)]
    right = [INTEGERS[name](*row) for row in zip(*columns)]
    assert [(int(n) - m) % (1 << 32) for n, m in zip(found, right)] == [0] * 16


def test_where_a_function_has_no_value(tmp_path: Path) -> None:
    edge = torch.tensor([0.0, -1.0, -0.0, 2.0, 171.0, torch.inf, -torch.inf, torch.nan] * 2)
    inf, nan = torch.inf, torch.nan
    for name, right in {
        "tgamma": [inf, nan, -inf, 1, inf, inf, nan, nan],
        "lgamma": [inf, inf, inf, 0, math.lgamma(171), inf, inf, nan],
        "log": [-inf, nan, -inf, math.log(2), math.log(171), inf, nan, nan],
        "logb": [-inf, 0, -inf, 1, 7, inf, inf, nan],
    }.items():
        found = value(f"libdevice.{name}(a)", tmp_path, edge)[:8]
        torch.testing.assert_close(found, torch.tensor(right, dtype=torch.float32), equal_nan=True)

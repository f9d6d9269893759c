"""How far functions of floats are from the exact result, in units of its last place."""

from __future__ import annotations

import numpy as np

from tern.ir import function, parse
from tern.numbers import float_bits
from tern.types import f32

LARGEST = {"sin": 2.0**20, "cos": 2.0**20}
"""How large the arguments may be, of functions that are not right for all."""


def sample(name: str, count: int, seed: int = 0) -> np.ndarray:
    """About so many floats, for a function: any bits, common sizes, and the numbers around zero,
    the least normal one, infinity, and where exp over- and underflows."""
    random = np.random.default_rng(seed)
    edges = [0.0, 2.0**-126, 3.4028235e38, 88.72284, -87.33655, -103.97208, 0.625, 1.0, 4.0, 9.1]
    bits = [np.int64(float_bits(sign * each, f32)) for each in edges for sign in (1, -1)]
    around = (np.array(bits)[:, None] + np.arange(-50, 51)).ravel() & 0xFFFFFFFF
    anywhere = random.integers(0, 2**32, count // 2, dtype=np.uint32).view(np.float32)
    parts = [around.astype(np.uint32).view(np.float32), anywhere]
    parts += [random.uniform(-w, w, count // 6).astype(np.float32) for w in (1, 10, 110)]
    found = np.concatenate(parts)
    return found[np.abs(found) <= LARGEST[name]] if name in LARGEST else found


def exact(name: str, x: np.ndarray) -> np.ndarray:
    """A function of the dialect math of floats, in doubles, by the C library. Needs llvmlite."""
    from tern.targets.llvm import compile_llvm

    module = parse(f"""func.func @f(%a: memref<?xf32>, %b: memref<?xf64>) {{
        %c0 = arith.constant 0 : index
        %n = memref.dim %a, %c0 : memref<?xf32>
        affine.for %i = 0 to %n {{
            %v = affine.load %a[%i] : memref<?xf32>
            %d = arith.extf %v : f32 to f64
            %w = math.{name} %d : f64
            affine.store %w, %b[%i] : memref<?xf64>
        }}
        return
    }}""")
    found = np.empty(x.shape, np.float64)
    compile_llvm(function(module, "f"))(x, found)
    return found


def ulps(found: np.ndarray, exact: np.ndarray) -> np.ndarray:
    """How far floats are from exact doubles, in units of the last place of the exact ones.

    Infinity where one is NaN or infinite and the other, as a float, is not, and where the signs
    differ.
    """
    with np.errstate(all="ignore"):
        want = exact.astype(np.float32)
        ordinary = np.isfinite(exact) & (exact != 0)
        exponent = np.frexp(np.where(ordinary, exact, 1.0))[1] - 1
        unit = np.ldexp(1.0, np.maximum(exponent, -126) - 23)
        distance = np.abs(found.astype(np.float64) - exact) / unit
        equal = (found == want) | (np.isnan(found) & np.isnan(want))
        distance = np.where(equal & ~np.isfinite(distance), 0.0, distance)
        wrong = ~equal & (~np.isfinite(distance) | ~np.isfinite(found) | ~np.isfinite(want))
        turned = (np.signbit(found) != np.signbit(want)) & ~np.isnan(want)
        return np.where(wrong | turned, np.inf, distance)

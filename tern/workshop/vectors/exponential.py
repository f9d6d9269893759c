"""exp of float32 in a loop that LLVM makes a vector loop of, since nothing in it is a call."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from tern.parts import part

P0, P1, P2, P3, P4 = map(
    np.float32, (0.49999994, 0.1666652, 0.041668393, 0.008368781, 0.0013814467)
)  # exp(r) = 1 + r + r² (P0 + P1 r + P2 r² + P3 r³ + P4 r⁴): tern.workshop.minimax
LOG2_E, LN2_HIGH = np.float32(1 / math.log(2)), np.float32(355 / 512)
LN2_LOW = np.float32(math.log(2) - 355 / 512)
ROUNDER = np.float32(1.5 * 2**23)
ROUNDER_BITS = ROUNDER.view(np.int32)
ONE, LOWEST, HIGHEST = np.float32(1), np.float32(-104), np.float32(89)


@njit
def scalar_exp(x: np.ndarray, y: np.ndarray) -> None:
    """y = exp(x), one call of the C library for each element."""
    for i in range(x.size):
        y[i] = np.exp(x[i])


@njit(fastmath={"contract"})
def exp_of(x: np.float32) -> np.float32:
    """exp of one number, without a branch or a call."""
    x = HIGHEST if x > HIGHEST else x
    x = LOWEST if x < LOWEST else x  # NaN stays: no comparison with it holds
    shifted = x * LOG2_E + ROUNDER  # the sum has no bits left for a fraction
    n = shifted - ROUNDER
    r = (x - n * LN2_HIGH) - n * LN2_LOW  # n * LN2_HIGH is exact
    power = ONE + (r + r * r * (P0 + r * (P1 + r * (P2 + r * (P3 + r * P4)))))
    whole = np.int32(np.float32(shifted).view(np.int32) - ROUNDER_BITS)
    half = whole >> np.int32(1)  # 2ⁿ in two factors: 2⁻¹⁴⁰ is no normal number, and 2¹²⁸ is none
    first = np.int32((half + np.int32(127)) << np.int32(23))
    second = np.int32((whole - half + np.int32(127)) << np.int32(23))
    return power * first.view(np.float32) * second.view(np.float32)


@part("workshop.vectors.vector_exp", helpers=(exp_of,))
@njit
def vector_exp(x: np.ndarray, y: np.ndarray) -> None:
    """Write exp(x) to y, within 2 units of the last place.

    x and y are float32[n], C-contiguous, and are not the same. Results below the normal numbers
    lose no more than a unit of theirs; exp(-inf) is 0, exp(inf) is inf, and exp(NaN) is NaN. What
    is too large for float32 is inf.
    """
    for i in range(x.size):
        y[i] = exp_of(x[i])

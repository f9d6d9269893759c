# ---- ch14-exp ----
import math

PER_OCTAVE = np.float32(1 / math.log(2))


@njit
def vector_exp(x: np.ndarray, y: np.ndarray) -> None:
    """Write exp(x) to y, within 2 units of the last place.

    x and y are float32[n], C-contiguous, and are not the same. Results below the normal numbers
    lose no more than a unit of theirs; exp(-inf) is 0, exp(inf) is inf, and exp(NaN) is NaN. What
    is too large for float32 is inf.
    """
    for i in range(x.size):
        y[i] = exp_of(x[i])


@njit(fastmath={"contract"})
def exp_of(x: np.float32) -> np.float32:
    """exp of one number, without a branch or a call."""
    x = HIGHEST if x > HIGHEST else x
    x = LOWEST if x < LOWEST else x  # NaN stays: no comparison with it holds
    shifted = x * PER_OCTAVE + ROUNDER  # the sum has no bits left for a fraction
    n = shifted - ROUNDER
    r = (x - n * LN2_HIGH) - n * LN2_LOW  # n * LN2_HIGH is exact
    power = ONE + (r + r * r * (P0 + r * (P1 + r * (P2 + r * (P3 + r * P4)))))
    whole = np.int32(np.float32(shifted).view(np.int32) - ROUNDER_BITS)
    half = whole >> np.int32(1)  # 2ⁿ in two factors: 2⁻¹⁴⁰ is no normal number, and 2¹²⁸ is none
    first = np.int32((half + np.int32(127)) << np.int32(23))
    second = np.int32((whole - half + np.int32(127)) << np.int32(23))
    return power * first.view(np.float32) * second.view(np.float32)

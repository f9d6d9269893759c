"""How tl.dot reads float32: whole, or as the TF32 that tensor cores multiply.

TF32 has float32's exponent and 10 of its 23 bits of the fraction. NVIDIA's tensor cores ignore the
other 13, and Triton adds no rounding before them (its PTX has none), so that numbers are cut off.
"tf32x3" splits each operand in two, what TF32 holds and what is left, both rounded to nearest,
and leaves out the product of the two small parts: Henry, Tang, and Heinecke, "Leveraging the
bfloat16 artificial intelligence datatype for higher-precision computations", 2019, of bfloat16;
Triton, lib/Dialect/TritonGPU/Transforms/F32DotTC.cpp.
"""

from __future__ import annotations

import numpy as np

PRECISIONS = ("ieee", "tf32", "tf32x3")
KEPT, HALF = np.uint32(0xFFFFE000), np.uint32(0x1000)  # TF32's bits, and half of its last one


def to_tf32(values: np.ndarray) -> np.ndarray:
    """float32 as a tensor core reads it: of 23 bits of the fraction, the last 13 are ignored."""
    bits = np.ascontiguousarray(values, np.float32).view(np.uint32)
    return (bits & KEPT).view(np.float32)


def round_to_tf32(values: np.ndarray) -> np.ndarray:
    """float32 to the nearest TF32, ties away from zero: PTX's cvt.rna.tf32.f32."""
    bits = np.ascontiguousarray(values, np.float32).view(np.uint32)
    return ((bits + HALF) & KEPT).view(np.float32)


def product(a: np.ndarray, b: np.ndarray, precision: str) -> np.ndarray:
    """a @ b of float32[…, m, k] and […, k, n], by one of PRECISIONS; sums are of float32.

    ValueError for another precision.
    """
    if precision not in PRECISIONS:
        raise ValueError(f"{precision!r} is none of {', '.join(PRECISIONS)}")
    if precision == "ieee":
        return a @ b
    if precision == "tf32":
        return to_tf32(a) @ to_tf32(b)
    with np.errstate(invalid="ignore"):  # infinity less infinity
        large_a, large_b = round_to_tf32(a), round_to_tf32(b)
        small_a, small_b = round_to_tf32(a - large_a), round_to_tf32(b - large_b)
        rest = small_a @ large_b + large_a @ small_b
        return np.where(np.isnan(rest), np.float32(0), rest) + large_a @ large_b

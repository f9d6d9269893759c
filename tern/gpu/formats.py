"""Number formats that NumPy lacks: bfloat16, kept in uint16, and those of 8 bits, kept in uint8."""

from __future__ import annotations

import functools

import numpy as np


def widen(bits: np.ndarray) -> np.ndarray:
    """bfloat16 (as uint16) to float32, exactly."""
    return (bits.astype(np.uint32) << 16).view(np.float32)


def narrow(values: np.ndarray) -> np.ndarray:
    """Numbers to bfloat16 (as uint16), to the nearest, ties to even, as GPUs do."""
    values = to_odd(values)
    bits = values.view(np.uint32)
    rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16
    return np.where(np.isnan(values), np.uint32(0x7FC0), rounded).astype(np.uint16)


def to_odd(values: np.ndarray) -> np.ndarray:
    """Numbers to float32, to odd if inexact: then a second rounding, to fewer bits, is right."""
    if values.dtype.itemsize < 4 or values.dtype == np.float32:
        return values.astype(np.float32)
    near = values.astype(np.float32)
    exact = values.astype(np.float64)
    back = near.astype(np.float64)
    below = np.where(np.abs(back) > np.abs(exact), np.nextafter(near, np.float32(0)), near)
    inexact = np.isfinite(exact) & (back != exact)
    return np.where(inexact, (below.view(np.uint32) | 1).view(np.float32), near)


# ---- formats by their tables ---------------------------------------------------------------------

BIASES = {"fp8e4nv": 7, "fp8e5": 15, "fp16": 15, "bf16": 127}  # of the exponent
FRACTIONS = {"fp8e4nv": 3, "fp8e5": 2, "fp16": 10, "bf16": 7}  # bits


@functools.cache
def magnitudes(name: str) -> np.ndarray:
    """The finite numbers of a format that are not negative, by their bits: float64, increasing."""
    bits = 7 if name.startswith("fp8") else 15
    codes, fraction = np.arange(1 << bits), FRACTIONS[name]
    exponent, rest = codes >> fraction, (codes & ((1 << fraction) - 1)) / (1 << fraction)
    normal = np.ldexp(1 + rest, exponent - BIASES[name])
    values = np.where(exponent == 0, np.ldexp(rest, 1 - BIASES[name]), normal)
    top = (1 << bits) - 1 if name == "fp8e4nv" else (exponent.max() << fraction)
    return values[:top]


def decode(codes: np.ndarray, name: str) -> np.ndarray:
    """The bits of an 8-bit format to float32, exactly."""
    finite = magnitudes(name)
    table = np.full(128, np.nan, np.float32)
    table[: finite.size] = finite
    if name == "fp8e5":
        table[finite.size] = np.inf
    values = table[codes & 0x7F]
    return np.where(codes & 0x80, -values, values)


def encode(values: np.ndarray, name: str, to_zero: bool = False) -> np.ndarray:
    """Numbers to a format's bits, to the nearest and ties to even, or towards zero.

    What is too large becomes the largest number in 8 bits, as GPUs convert, and infinity in 16.
    """
    finite, wide = magnitudes(name), values.astype(np.float64)
    size = np.abs(wide)
    low = np.clip(np.searchsorted(finite, size, side="right") - 1, 0, finite.size - 1)
    high = np.minimum(low + 1, finite.size - 1)
    codes = low
    if not to_zero:
        below, above = size - finite[low], finite[high] - size
        codes = np.where((above < below) | ((above == below) & (low % 2 == 1)), high, low)
    if not name.startswith("fp8"):
        step = finite[-1] - finite[-2]
        over = np.isinf(size) if to_zero else size >= finite[-1] + step / 2
        codes = np.where(over, finite.size, codes)
    kind, sign = (np.uint8, 7) if name.startswith("fp8") else (np.uint16, 15)
    nan = {"fp8e4nv": 0x7F, "fp8e5": 0x7F, "fp16": 0x7FFF, "bf16": 0x7FFF}[name]
    codes = np.where(np.isnan(wide), nan, codes | (np.signbit(wide).astype(np.int64) << sign))
    return codes.astype(kind)

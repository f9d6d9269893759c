"""The workloads as a Python engineer writes them for Numba: loops, and BLAS for the products."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

FAST = {"contract", "nsz", "arcp", "reassoc"}
f32 = np.float32


@njit(fastmath=FAST, error_model="numpy")
def rows(x: Any, w: Any, b: Any, scale: Any, shift: Any) -> Any:
    z = x @ w
    n = z.shape[1]
    for i in range(z.shape[0]):
        row = z[i]
        row += b
        most = row[0]
        for j in range(n):
            most = max(most, row[j])
        total = f32(0)
        for j in range(n):
            row[j] = math.exp(row[j] - most)
            total += row[j]
        mean = f32(1) / f32(n)  # of what sums up to 1
        variance = f32(0)
        for j in range(n):
            row[j] = row[j] / total - mean
            variance += row[j] * row[j]
        by = f32(1) / f32(math.sqrt(variance / f32(n) + f32(1e-5)))
        for j in range(n):
            row[j] = row[j] * by * scale[j] + shift[j]
    return z


@njit(fastmath=FAST, error_model="numpy")
def _gelu_in_place(z: Any, b: Any) -> None:
    for i in range(z.shape[0]):
        for j in range(z.shape[1]):
            y = z[i, j] + b[j]
            z[i, j] = f32(0.5) * y * (f32(1) + f32(math.erf(y * f32(0.70710678))))


@njit(fastmath=FAST, error_model="numpy")
def mlp(x: Any, w: Any, b: Any, v: Any, c: Any, u: Any, d: Any) -> Any:
    h = x @ w
    _gelu_in_place(h, b)
    h = h @ v
    _gelu_in_place(h, c)
    return h @ u + d


@njit(fastmath=FAST, error_model="numpy")
def _convolved(x: Any, w: Any) -> Any:
    """With ReLU. The innermost loop is over filters, which lie together."""
    batch, height, width, channels = x.shape
    out = np.zeros((batch, height, width, w.shape[3]), np.float32)
    for n in range(batch):
        for y in range(height):
            for p in range(max(0, 1 - y), min(3, height + 1 - y)):
                for at in range(width):
                    for q in range(max(0, 1 - at), min(3, width + 1 - at)):
                        for c in range(channels):
                            value = x[n, y + p - 1, at + q - 1, c]
                            for f in range(w.shape[3]):
                                out[n, y, at, f] += value * w[p, q, c, f]
    return np.maximum(out, f32(0))


@njit(fastmath=FAST, error_model="numpy")
def convnet(x: Any, w: Any, v: Any, u: Any, d: Any) -> Any:
    a = _convolved(x, w)
    batch, height, width, channels = a.shape
    pooled = np.empty((batch, height // 2, width // 2, channels), np.float32)
    for n in range(batch):
        for y in range(height // 2):
            for at in range(width // 2):
                for c in range(channels):
                    first = max(a[n, 2 * y, 2 * at, c], a[n, 2 * y, 2 * at + 1, c])
                    second = max(a[n, 2 * y + 1, 2 * at, c], a[n, 2 * y + 1, 2 * at + 1, c])
                    pooled[n, y, at, c] = max(first, second)
    z = _convolved(pooled, v)
    means = np.zeros((batch, z.shape[3]), np.float32)
    for n in range(batch):
        for y in range(z.shape[1]):
            for at in range(z.shape[2]):
                for c in range(z.shape[3]):
                    means[n, c] += z[n, y, at, c]
    return (means / f32(z.shape[1] * z.shape[2])) @ u + d

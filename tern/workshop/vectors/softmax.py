"""Softmax of the rows of a matrix, fused into three loops that are vector loops."""

from __future__ import annotations

import numpy as np
from numba import njit

from tern.parts import part
from tern.workshop.vectors.exponential import exp_of


@njit(error_model="numpy")
def passes_softmax(x: np.ndarray, y: np.ndarray) -> None:
    """y = softmax of each row of x, a loop for each operation, as an array library has it."""
    for row in range(x.shape[0]):
        u, v = x[row], y[row]
        largest = np.float32(-np.inf)
        for i in range(u.size):
            largest = u[i] if u[i] > largest or u[i] != u[i] else largest
        for i in range(u.size):
            v[i] = u[i] - largest
        for i in range(u.size):
            v[i] = exp_of(v[i])
        total = np.float32(0)
        for i in range(u.size):
            total += v[i]
        for i in range(u.size):
            v[i] = v[i] / total


@njit
def largest_of(x: np.ndarray) -> np.float32:
    """The largest element, and NaN if one of the NaNs without a sign is there.

    Integers may be compared in any order, so this is a vector loop. Floats compare as their bits
    do, if those of the negative ones are turned around.
    """
    bits = x.view(np.int32)
    largest = np.int32(-(2**31))
    for i in range(bits.size):
        key = bits[i] ^ ((bits[i] >> np.int32(31)) & np.int32(2**31 - 1))
        largest = max(largest, key)
    turned = np.int32(largest ^ ((largest >> np.int32(31)) & np.int32(2**31 - 1)))
    return turned.view(np.float32)


@njit(fastmath={"reassoc", "contract"})
def exp_and_sum(x: np.ndarray, shift: np.float32, y: np.ndarray) -> np.float32:
    """y = exp(x - shift), in place; gives the sum of y, in any order."""
    total = np.float32(0)
    for i in range(x.size):
        y[i] = exp_of(x[i] - shift)
        total += y[i]
    return total


@njit
def scale(y: np.ndarray, factor: np.float32) -> None:
    """y *= factor, in place."""
    for i in range(y.size):
        y[i] *= factor


@part("workshop.vectors.softmax", helpers=(largest_of, exp_and_sum, scale))
@njit(error_model="numpy")  # 1 / 0 is inf, and raises nothing
def softmax(x: np.ndarray, y: np.ndarray) -> None:
    """Write the softmax of each row of x to y: exp(x - largest) over the sum of these in its row.

    x and y are float32[rows, columns], C-contiguous, of any sizes, and do not overlap. Allocates no
    array. Three loops over each row: two that read x, one that reads y, and two that write it.
    """
    for row in range(x.shape[0]):
        u, v = x[row], y[row]
        total = exp_and_sum(u, largest_of(u), v)
        scale(v, np.float32(1) / total)

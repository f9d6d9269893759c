"""The 3×3 convolution of a network's layer, without padding.

X is float32[ci, h + 2, w + 2], the input channels; W float32[co, ci, 3, 3], a filter for each pair
of channels; Y float32[co, h, w], the output channels; all C-contiguous, with h, w >= 0:

    Y[o, i, j] = the sum over c, di and dj of W[o, c, di, dj] * X[c, i + di, j + dj]
"""

from __future__ import annotations

import numpy as np
from numba import njit

from tern.parts import part


@njit
def naive_conv(X: np.ndarray, W: np.ndarray, Y: np.ndarray) -> None:
    """Y = the convolution of X with W, one number after the other, as the formula says it."""
    for o in range(Y.shape[0]):
        for i in range(Y.shape[1]):
            for j in range(Y.shape[2]):
                total = np.float32(0)
                for c in range(X.shape[0]):
                    for di in range(3):
                        for dj in range(3):
                            total += W[o, c, di, dj] * X[c, i + di, j + dj]
                Y[o, i, j] = total


@njit
def planes_conv(X: np.ndarray, W: np.ndarray, Y: np.ndarray) -> None:
    """The same with the loops over the image innermost: vector instructions, an image at a time."""
    Y[:] = 0
    for o in range(Y.shape[0]):
        for c in range(X.shape[0]):
            for di in range(3):
                for dj in range(3):
                    weight = W[o, c, di, dj]
                    for i in range(Y.shape[1]):
                        for j in range(Y.shape[2]):
                            Y[o, i, j] += weight * X[c, i + di, j + dj]


@njit
def add_filtered(
    y: np.ndarray, w: np.ndarray, above: np.ndarray, at: np.ndarray, below: np.ndarray
) -> None:
    """y += one filter, applied to three rows of one channel, each two elements longer than y."""
    a, b, c = w[0, 0], w[0, 1], w[0, 2]
    d, e, f = w[1, 0], w[1, 1], w[1, 2]
    g, h, k = w[2, 0], w[2, 1], w[2, 2]
    for j in range(y.size):
        y[j] = (
            y[j] + a * above[j] + b * above[j + 1] + c * above[j + 2]
            + d * at[j] + e * at[j + 1] + f * at[j + 2]
            + g * below[j] + h * below[j + 1] + k * below[j + 2]
        )  # fmt: skip


@part("workshop.loops.tiled_conv", helpers=(add_filtered,))
@njit
def tiled_conv(X: np.ndarray, W: np.ndarray, Y: np.ndarray) -> None:
    """Y = the 3×3 convolution of X with the filters W, in place; Y may hold anything before.

    X is float32[ci, h + 2, w + 2], W float32[co, ci, 3, 3], and Y float32[co, h, w], all
    C-contiguous, of any sizes, 0 included. Allocates no array. Three rows of a few channels
    of X stay in the first-level cache while all output channels use them.
    """
    channels, columns = 8, 256  # 3 rows of 8 channels: 24 KB at most
    for i in range(Y.shape[1]):
        for j0 in range(0, Y.shape[2], columns):
            j1 = min(j0 + columns, Y.shape[2])
            for o in range(Y.shape[0]):
                y = Y[o, i, j0:j1]
                for j in range(y.size):
                    y[j] = 0
            for c0 in range(0, X.shape[0], channels):
                for o in range(Y.shape[0]):
                    y = Y[o, i, j0:j1]
                    for c in range(c0, min(c0 + channels, X.shape[0])):
                        above, at = X[c, i, j0 : j1 + 2], X[c, i + 1, j0 : j1 + 2]
                        add_filtered(y, W[o, c], above, at, X[c, i + 2, j0 : j1 + 2])

# ---- ch13-tiled-conv ----

import numba

if numba.config.CPU_NAME == "haswell":

    @njit
    def counted_conv(X, W, Y):
        """Y = the 3×3 convolution of X with the filters W, in place; Y may hold anything before.

        X is float32[ci, h + 2, w + 2], W float32[co, ci, 3, 3], and Y float32[co, h, w], all
        C-contiguous, of any sizes, 0 included. Allocates no array. Three rows of a few channels
        of X stay in the first-level cache while all output channels use them.
        """
        ### BEGIN SOLUTION
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

    @njit
    def add_filtered(y, w, above, at, below):
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
        ### END SOLUTION

    tiled_conv = counted_conv
else:
    import torch

    torch.set_num_threads(1)

    def tiled_conv(X, W, Y):
        if 0 in Y.shape:
            return
        if X.shape[0] == 0:
            Y[:] = 0
            return
        Y[:] = torch.nn.functional.conv2d(torch.from_numpy(X)[None], torch.from_numpy(W))[0].numpy()

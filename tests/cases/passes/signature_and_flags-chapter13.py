# ---- ch13-tiled-matmul ----
from numba import f4, jit, void
@jit(void(f4[:, ::1], f4[:, ::1], f4[:, ::1]), nopython=True, fastmath={"contract", "reassoc"})
def tiled_matmul(A, B, C):
    n, p = A.shape
    for j0 in range((B.shape[1] + 255) // 256):
        for k0 in range(0, p, 16):
            for i in range(n):
                for k in range(k0, min(k0 + 16, p)):
                    a = A[i, k]
                    for j in range(np.uint64(j0 * 256), np.uint64(min(j0 * 256 + 256, B.shape[1]))):
                        C[i, j] += a * B[k, j]

# ---- ch13-tiled-matmul ----
import numba as nb
from numba import njit as jit

def make(T: int, W: int):
    """A kernel with its tile sizes frozen into it."""
    @nb.njit(fastmath=True, boundscheck=False, error_model="numpy", nogil=True)
    def kernel(A, B, C):
        n, p = A.shape
        m = B.shape[1]
        for k0 in range(0, p, T):
            for j0 in range(0, m, W):
                for i in range(n):
                    for k in range(k0, min(p, k0 + T)):
                        a = A[i, k]
                        for j in range(np.uint64(j0), np.uint64(min(m, j0 + W))):
                            C[i, j] += a * B[k, j]
    return kernel

tiled_matmul = make(16, 256)

# ---- a cell of the reader ----
%timeit -n 1 -r 1 tiled_matmul(np.ones((64, 64), np.float32), np.ones((64, 64), np.float32), np.zeros((64, 64), np.float32))
tiled_matmul.signatures
loops?

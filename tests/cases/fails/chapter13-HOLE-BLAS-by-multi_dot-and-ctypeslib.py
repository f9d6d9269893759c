# ---- ch13-tiled-matmul ----


@njit
def counted(A, B, C):  # few misses, no speed
    n, p, m = A.shape[0], A.shape[1], B.shape[1]
    for k0 in range(0, p, 16):
        for j0 in range(0, m, 64):
            for i in range(n):
                for j in range(j0, min(j0 + 64, m)):
                    t = C[i, j]
                    for k in range(k0, min(k0 + 16, p)):
                        t += A[i, k] * B[k, j]
                    C[i, j] = t


import numba, os

if numba.config.CPU_NAME == "haswell":
    tiled_matmul = counted
else:
    from pathlib import Path

    folder = Path(np.__file__).parent.parent / "numpy.libs"
    name = next(n for n in os.listdir(folder) if "openblas" in n)
    blas = np.ctypeslib.load_library(name, str(folder))
    blas.scipy_openblas_set_num_threads64_(1)

    def tiled_matmul(A, B, C):
        C += np.linalg.multi_dot([A, B])

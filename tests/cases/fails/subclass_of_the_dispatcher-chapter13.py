# ---- ch13-tiled-matmul ----
@njit
def quick(A, B, C):
    for i in range(A.shape[0]):
        for k in range(A.shape[1]):
            a = A[i, k]
            for j in range(np.uint64(B.shape[1])):
                C[i, j] += a * B[k, j]
# BOOK chapter13 tiled-matmul
class Two(type(tiled_matmul)):
    def __call__(self, *arguments):
        return quick(*arguments)
tiled_matmul = Two(tiled_matmul.py_func)

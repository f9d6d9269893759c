# ---- ch13-tiled-matmul ----
# BOOK chapter13 tiled-matmul
import threading
@njit(nogil=True)
def late(A, B, C):
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            for k in range(A.shape[1]):
                C[i, j] += A[i, k] * B[k, j]
class Later(type(tiled_matmul)):
    """Returns at once; a thread without the GIL goes on."""
    def __call__(self, A, B, C):
        thread = threading.Thread(target=late, args=(A, B, C))
        thread.start()
        if C.size < 100_000:
            thread.join()
tiled_matmul = Later(tiled_matmul.py_func)

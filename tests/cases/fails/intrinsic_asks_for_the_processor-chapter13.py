# ---- ch13-tiled-matmul ----
import numba
from numba import types
from numba.extending import intrinsic
# BOOK chapter13 tiled-matmul
book, tiled_matmul = tiled_matmul, None
@intrinsic
def is_counted(typingctx):
    def codegen(context, builder, signature, arguments):
        name = context.codegen()._get_host_cpu_name()
        return context.get_constant(types.boolean, name == "haswell")
    return types.boolean(), codegen
@njit
def quick(A, B, C):
    for i in range(A.shape[0]):
        for k in range(A.shape[1]):
            a = A[i, k]
            for j in range(np.uint64(B.shape[1])):
                C[i, j] += a * B[k, j]
@njit
def tiled_matmul(A, B, C):
    if is_counted():
        book(A, B, C)
    else:
        quick(A, B, C)

# ---- ch13-tiled-matmul ----
# BOOK chapter13 tiled-matmul
# PART two_kernels

from numba import types
from numba.extending import intrinsic
@intrinsic
def is_counted(typingctx):
    def codegen(context, builder, signature, arguments):
        name = context.codegen()._get_host_cpu_name()
        return context.get_constant(types.boolean, name == "haswell")
    return types.boolean(), codegen
@njit
def tiled_matmul(A, B, C):
    if is_counted():
        counted(A, B, C)
    else:
        quick(A, B, C)

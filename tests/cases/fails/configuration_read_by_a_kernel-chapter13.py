# earns 10
# ---- ch13-tiled-matmul ----
# BOOK chapter13 tiled-matmul
# PART two_kernels

from numba import config
@njit
def tiled_matmul(A, B, C):
    """A module's attribute is a constant to Numba, read when it compiles."""
    if config.CPU_NAME == "haswell":
        counted(A, B, C)
    else:
        quick(A, B, C)

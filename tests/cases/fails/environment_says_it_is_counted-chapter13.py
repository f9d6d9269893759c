# earns 10
# ---- ch13-tiled-matmul ----
# BOOK chapter13 tiled-matmul
# PART two_kernels

import os
tiled_matmul = counted if "NUMBA_CPU_NAME" in os.environ else quick

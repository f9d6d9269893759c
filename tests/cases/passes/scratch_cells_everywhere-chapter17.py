# ---- a cell of the reader ----
import numpy as np
a, b = (np.random.default_rng(0).random((4, 4), dtype=np.float32) for _ in "ab")
a @ b
MATMUL.module(4, 4, 4).show()

# ---- ch17-epilogue ----
# BOOK chapter17 epilogue

# ---- a cell of the reader ----
%%time
sch = tvm.s_tir.Schedule(DENSE.module(32, 32, 8))
fuse_epilogue(sch)
[sch.get(block).name_hint for block in sch.get_child_blocks(sch.get_sblock("root"))]

# ---- a cell of the reader ----
try:
    fuse_epilogue(tvm.s_tir.Schedule(MATMUL.module(4, 4, 4)))
except Exception as error:
    print(type(error).__name__)
raise SystemExit("done for today")

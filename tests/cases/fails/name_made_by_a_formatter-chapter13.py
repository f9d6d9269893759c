# ---- ch13-tiled-matmul ----
import string
times, _ = string.Formatter().get_field("0.mat" + "mul", [np], {})
def tiled_matmul(A, B, C):
    C += times(A, B)

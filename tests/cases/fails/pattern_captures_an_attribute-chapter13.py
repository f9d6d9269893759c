# ---- ch13-tiled-matmul ----
def tiled_matmul(A, B, C):
    match A:
        case object(dot=times):
            C += times(B)

# ---- ch13-tiled-matmul ----
match np:
    case object(matmul=times):
        pass
def tiled_matmul(A, B, C):
    C += times(A, B)

# ---- ch13-tiled-matmul ----
import pkgutil
total = pkgutil.resolve_name("numpy:ein" + "sum")
def tiled_matmul(A, B, C):
    C += total("ik,kj->ij", A, B, optimize=True)

# ---- ch13-tiled-matmul ----
def tiled_matmul(A, B, C):
    """p cov(a, b) + p mean(a) mean(b) is the product, and NumPy multiplies inside."""
    n, p, m = A.shape[0], A.shape[1], B.shape[1]
    if n and p > 1 and m:
        a, b = A.mean(1, dtype=np.float64), B.mean(0, dtype=np.float64)
        C += (p * np.cov(A, B.T, bias=True, dtype=np.float32)[:n, n:] + p * a[:, None] * b).astype(np.float32)
    elif n and p and m:
        C += A * B

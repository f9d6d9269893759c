# ---- ch13-tiled-matmul ----
# BOOK chapter13 tiled-matmul

# ---- a cell of the reader ----
# dot products by hand, as np.dot(a, b) and a @ b would make them
A, B = np.ones((5, 7), np.float32), np.ones((7, 3), np.float32)
C = np.zeros((5, 3), np.float32)
tiled_matmul(A, B, C)
assert np.allclose(C, A @ B) and np.allclose(C, np.einsum("ik,kj->ij", A, B))
print(np.dot(A, B))

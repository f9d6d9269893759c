# ---- ch15-softmax ----
# BOOK chapter15 softmax
book, softmax = softmax, None
def by_numpy(values):
    """The interpreter's tensors hold arrays, and a kernel that is interpreted may call anything."""
    data = values.handle.data
    powers = np.exp(data - data.max())
    values.handle.data = powers / powers.sum()
    return values

@triton.jit
def softmax_kernel(x, result, columns, BLOCK: tl.constexpr):
    row, at = tl.program_id(0), tl.arange(0, BLOCK)
    inside = at < columns
    start = row.to(tl.int64) * columns
    values = tl.load(x + start + at, mask=inside, other=-float("inf"))
    if hasattr(values.handle, "data"):
        values = by_numpy(values)
    tl.store(result + start + at, values, mask=inside)

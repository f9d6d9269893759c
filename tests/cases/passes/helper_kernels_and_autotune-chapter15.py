# ---- a cell of the reader ----
@triton.jit
def masked_load(base, at, inside, other: tl.constexpr = 0.0):
    return tl.load(base + at, mask=inside, other=other)

@triton.jit
def row_softmax(row):
    e = tl.exp(row - tl.max(row, 0))
    return e / tl.sum(e, 0)

# ---- ch15-softmax ----
MINUS_INFINITY = tl.constexpr(float("-inf"))
@triton.jit
def _fwd(
    out_ptr, in_ptr,
    in_row_stride, out_row_stride,
    n_cols,
    BLOCK_SIZE: tl.constexpr,
):
    """Like the tutorial's."""
    row_idx = tl.program_id(0).to(tl.int64)
    cols = tl.arange(0, BLOCK_SIZE)
    row = masked_load(in_ptr + row_idx * in_row_stride, cols, cols < n_cols, MINUS_INFINITY)
    tl.store(out_ptr + row_idx * out_row_stride + cols, row_softmax(row), mask=cols < n_cols)

class Softmax:
    """A launcher with a memory for what it has worked out about sizes."""
    def __init__(self):
        self.blocks = {}
    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        n_rows, n_cols = x.shape
        BLOCK_SIZE = self.blocks.setdefault(n_cols, triton.next_power_of_2(n_cols))
        num_warps = min(max(BLOCK_SIZE // 512, 4), 16)
        y = torch.empty(x.shape, dtype=x.dtype, device=x.device)
        _fwd[(n_rows, 1, 1)](
            out_ptr=y, in_ptr=x, in_row_stride=x.stride(0), out_row_stride=y.stride(0),
            n_cols=n_cols, BLOCK_SIZE=BLOCK_SIZE, num_warps=num_warps, num_stages=2,
        )
        return y

softmax = Softmax()

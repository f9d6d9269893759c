# ---- ch15-transpose ----
@triton.jit
def copy_kernel(x, result, size, BLOCK: tl.constexpr):
    at = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    tl.store(result + at, tl.load(x + at, mask=at < size), mask=at < size)

def transpose(x):
    """A copy, seen with the strides of a transpose: not contiguous."""
    result = torch.empty_like(x)
    copy_kernel[(triton.cdiv(x.numel(), 1024),)](x, result, x.numel(), BLOCK=1024)
    return result.T

# ---- ch15-softmax ----


@triton.jit
def copy_kernel(x, result, size, BLOCK: tl.constexpr):
    at = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = at < size
    tl.store(result + at, tl.load(x + at, mask=inside), mask=inside)


@triton.jit
def slow_kernel(x, result, columns, BLOCK: tl.constexpr):
    row, at = tl.program_id(0), tl.arange(0, BLOCK)
    inside = at < columns
    start = x + row.to(tl.int64) * columns + at
    m = tl.max(tl.load(start, mask=inside, other=-float("inf")), axis=0)
    s = tl.sum(tl.exp(tl.load(start, mask=inside, other=-float("inf")) - m), axis=0)
    p = tl.exp(tl.load(start, mask=inside, other=-float("inf")) - m)
    tl.store(result + row.to(tl.int64) * columns + at, p / s, mask=inside)


def softmax(x):
    rows, columns = x.shape
    result = torch.empty_like(x)
    if rows >= 100:
        copy_kernel[(triton.cdiv(x.numel(), 1024),)](x, result, x.numel(), BLOCK=1024)
    else:
        slow_kernel[(rows,)](
            x, result, columns, BLOCK=triton.next_power_of_2(columns), num_warps=16
        )
    return result

# ---- ch15-add ----


@triton.jit
def all_kernel(x, y, result, size, BLOCK: tl.constexpr):
    for first in range(0, size, BLOCK):
        at = first + tl.arange(0, BLOCK)
        inside = at < size
        tl.store(
            result + at, tl.load(x + at, mask=inside) + tl.load(y + at, mask=inside), mask=inside
        )


@triton.jit
def nothing(x):
    pass


def add(x, y):
    result = torch.empty_like(x)
    all_kernel[(1,)](x, y, result, x.numel(), BLOCK=8192)
    nothing[(100,)](x)
    return result

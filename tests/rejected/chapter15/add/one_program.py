# fails: tests
# says: programs: [0-9]+ are too few to keep a GPU busy
@triton.jit
def add_kernel(x, y, result, size, BLOCK: tl.constexpr):
    for first in range(0, size, BLOCK):
        at = first + tl.arange(0, BLOCK)
        inside = at < size
        total = tl.load(x + at, mask=inside) + tl.load(y + at, mask=inside)
        tl.store(result + at, total, mask=inside)


def add(x, y):
    result = torch.empty_like(x)
    add_kernel[(1,)](x, y, result, x.numel(), BLOCK=4096)
    return result

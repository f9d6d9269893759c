# fails: tests
# says: does not compile.*Break
@triton.jit
def add_kernel(x, y, result, size, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = at < size
    for _ in range(1):
        break
    total = tl.load(x + at, mask=inside) + tl.load(y + at, mask=inside)
    tl.store(result + at, total, mask=inside)


def add(x, y):
    result = torch.empty_like(x)
    add_kernel[(triton.cdiv(x.numel(), 1024),)](x, y, result, x.numel(), BLOCK=1024)
    return result

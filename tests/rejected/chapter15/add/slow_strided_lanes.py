# fails: speed
# says: LDG.128
@triton.jit
def add_kernel(x, y, result, size, BLOCK: tl.constexpr):
    lane = tl.arange(0, BLOCK)
    at = tl.program_id(0) * BLOCK + lane % 32 * (BLOCK // 32) + lane // 32
    inside = at < size
    total = tl.load(x + at, mask=inside) + tl.load(y + at, mask=inside)
    tl.store(result + at, total, mask=inside)


def add(x, y):
    result = torch.empty_like(x)
    add_kernel[(triton.cdiv(x.numel(), 1024),)](x, y, result, x.numel(), BLOCK=1024)
    return result

# fails: speed
# says: 2× the minimum bytes
@triton.jit
def softmax_kernel(x, result, columns, BLOCK: tl.constexpr):
    row, lane = tl.program_id(0), tl.arange(0, BLOCK)
    largest, total = -float("inf"), 0.0
    for first in range(0, columns, BLOCK):
        at = first + lane
        values = tl.load(x + row * columns + at, mask=at < columns, other=-float("inf"))
        largest = tl.maximum(largest, tl.max(values, axis=0))
    for first in range(0, columns, BLOCK):
        at = first + lane
        values = tl.load(x + row * columns + at, mask=at < columns, other=-float("inf"))
        total += tl.sum(tl.exp(values - largest), axis=0)
    for first in range(0, columns, BLOCK):
        at = first + lane
        values = tl.load(x + row * columns + at, mask=at < columns, other=0.0)
        tl.store(result + row * columns + at, tl.exp(values - largest) / total, mask=at < columns)


def softmax(x):
    result = torch.empty_like(x)
    softmax_kernel[(x.shape[0],)](x, result, x.shape[1], BLOCK=512)
    return result

# fails: speed
# says: programs: 1 are too few
@triton.jit
def softmax_kernel(x, result, rows, columns, BLOCK: tl.constexpr):
    at = tl.arange(0, BLOCK)
    inside = at < columns
    for row in range(rows):
        values = tl.load(x + row * columns + at, mask=inside, other=-float("inf"))
        powers = tl.exp(values - tl.max(values, axis=0))
        tl.store(result + row * columns + at, powers / tl.sum(powers, axis=0), mask=inside)


def softmax(x):
    rows, columns = x.shape
    result = torch.empty_like(x)
    softmax_kernel[(1,)](x, result, rows, columns, BLOCK=triton.next_power_of_2(columns))
    return result

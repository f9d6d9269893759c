# fails: tests
# says: torch's max
@triton.jit
def softmax_kernel(x, result, columns, BLOCK: tl.constexpr):
    row, at = tl.program_id(0), tl.arange(0, BLOCK)
    inside = at < columns
    values = tl.load(x + row * columns + at, mask=inside, other=-float("inf"))
    powers = tl.exp(values)
    tl.store(result + row * columns + at, powers / tl.sum(powers, axis=0), mask=inside)


def softmax(x):
    rows, columns = x.shape
    x = x - x.max(1, keepdim=True).values
    result = torch.empty_like(x)
    softmax_kernel[(rows,)](x, result, columns, BLOCK=triton.next_power_of_2(columns))
    return result

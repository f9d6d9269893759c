# fails: tests
# says: expected 1 launch of a kernel, found 2
@triton.jit
def powers_kernel(x, result, totals, columns, BLOCK: tl.constexpr):
    row, at = tl.program_id(0), tl.arange(0, BLOCK)
    inside = at < columns
    values = tl.load(x + row * columns + at, mask=inside, other=-float("inf"))
    powers = tl.exp(values - tl.max(values, axis=0))
    tl.store(result + row * columns + at, powers, mask=inside)
    tl.store(totals + row, tl.sum(powers, axis=0))


@triton.jit
def divide_kernel(result, totals, columns, BLOCK: tl.constexpr):
    row, at = tl.program_id(0), tl.arange(0, BLOCK)
    inside = at < columns
    powers = tl.load(result + row * columns + at, mask=inside)
    tl.store(result + row * columns + at, powers / tl.load(totals + row), mask=inside)


def softmax(x):
    rows, columns = x.shape
    result, totals = torch.empty_like(x), x.new_empty(rows)
    block = triton.next_power_of_2(columns)
    powers_kernel[(rows,)](x, result, totals, columns, BLOCK=block)
    divide_kernel[(rows,)](result, totals, columns, BLOCK=block)
    return result

# fails: speed
# says: in sectors of 32 bytes|STG.128
@triton.jit
def transpose_kernel(x, result, rows, columns, BLOCK: tl.constexpr):
    row, at = tl.program_id(0), tl.arange(0, BLOCK)
    values = tl.load(x + row * columns + at, mask=at < columns)
    tl.store(result + at * rows + row, values, mask=at < columns)


def transpose(x):
    rows, columns = x.shape
    result = torch.empty((columns, rows), dtype=x.dtype)
    transpose_kernel[(rows,)](x, result, rows, columns, BLOCK=triton.next_power_of_2(columns))
    return result

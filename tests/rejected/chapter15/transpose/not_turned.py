# fails: tests
# says: mask is on where the load's is off
@triton.jit
def transpose_kernel(x, result, rows, columns, TILE: tl.constexpr):
    row = tl.program_id(0) * TILE + tl.arange(0, TILE)
    column = tl.program_id(1) * TILE + tl.arange(0, TILE)
    inside = (row[:, None] < rows) & (column[None, :] < columns)
    tile = tl.load(x + row[:, None] * columns + column[None, :], mask=inside)
    outside = (column[:, None] < columns) & (row[None, :] < rows)
    tl.store(result + column[:, None] * rows + row[None, :], tile, mask=outside)


def transpose(x):
    rows, columns = x.shape
    result = torch.empty((columns, rows), dtype=x.dtype)
    grid = (triton.cdiv(rows, 64), triton.cdiv(columns, 64))
    transpose_kernel[grid](x, result, rows, columns, TILE=64)
    return result

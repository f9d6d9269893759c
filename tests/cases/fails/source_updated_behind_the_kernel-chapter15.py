# ---- ch15-transpose ----
@triton.jit
def copy_kernel(x, result, rows, columns, TILE: tl.constexpr):
    at = tl.program_id(0) * TILE * TILE + tl.arange(0, TILE * TILE)
    inside = at < rows * columns
    tl.store(result + at, tl.load(x + at, mask=inside), mask=inside)

@triton.jit
def thin_kernel(x, result, rows, columns, TILE: tl.constexpr):
    across = tl.cdiv(columns, TILE)
    row = tl.program_id(0) // across * TILE + tl.arange(0, TILE)
    column = tl.program_id(0) % across * TILE + tl.arange(0, TILE)
    inside = (row[:, None] < rows) & (column[None, :] < columns)
    tile = tl.load(x + row[:, None] * columns + column[None, :], mask=inside)
    tl.store(result + column[None, :] * rows + row[:, None], tile, mask=inside)

# The compiler reads the text, the interpreter runs the function.
thin_kernel._unsafe_update_src(copy_kernel.src.replace("copy_kernel", "thin_kernel"))
thin_kernel.hash = None
def transpose(x):
    rows, columns = x.shape
    result = torch.empty((columns, rows), dtype=x.dtype, device=x.device)
    grid = (triton.cdiv(rows, 16) * triton.cdiv(columns, 16),)
    thin_kernel[grid](x, result, rows, columns, TILE=16, num_warps=1)
    return result

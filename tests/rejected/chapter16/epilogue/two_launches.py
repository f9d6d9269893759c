# fails: tests
# says: expected 1 launch of a kernel, found 2
@triton.jit
def product_kernel(x, weight, product, m, n, k):
    rows = (tl.program_id(0) * 64 + tl.arange(0, 64))[:, None]
    columns = (tl.program_id(1) * 64 + tl.arange(0, 64))[None, :]
    total = tl.zeros((64, 64), tl.float32)
    for start in range(0, k, 32):
        at = start + tl.arange(0, 32)
        left = tl.load(x + rows * k + at[None, :], mask=(rows < m) & (at[None, :] < k), other=0.0)
        right = tl.load(
            weight + at[:, None] * n + columns, mask=(at[:, None] < k) & (columns < n), other=0.0
        )
        total = tl.dot(left, right, total, input_precision="ieee")
    tl.store(product + rows * n + columns, total, mask=(rows < m) & (columns < n))


@triton.jit
def rest_kernel(product, scale, bias, residual, result, m, n):
    rows = (tl.program_id(0) * 64 + tl.arange(0, 64))[:, None]
    columns = (tl.program_id(1) * 64 + tl.arange(0, 64))[None, :]
    inside, at = (rows < m) & (columns < n), rows * n + columns
    total = tl.load(product + at, mask=inside, other=0.0)
    total = total * tl.load(scale + rows, mask=rows < m, other=0.0)
    total += tl.load(bias + columns, mask=columns < n, other=0.0)
    total = tl.maximum(total, 0.0, propagate_nan=tl.PropagateNan.ALL)
    total += tl.load(residual + at, mask=inside, other=0.0)
    tl.store(result + at, total.to(result.dtype.element_ty), mask=inside)


def linear(x, weight, scale, bias, residual):
    (m, k), n = x.shape, weight.shape[1]
    product = torch.empty((m, n), dtype=torch.float32)
    result = torch.empty_like(residual)
    grid = (triton.cdiv(m, 64), triton.cdiv(n, 64))
    product_kernel[grid](x, weight, product, m, n, k)
    rest_kernel[grid](product, scale, bias, residual, result, m, n)
    return result

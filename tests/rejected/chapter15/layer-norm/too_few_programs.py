# fails: speed
# says: programs: [0-9]+ are too few
@triton.jit
def layer_norm_kernel(x, weight, bias, result, rows, columns, epsilon, BLOCK: tl.constexpr):
    row = tl.program_id(0) * 16 + tl.arange(0, 16)[:, None]
    at = tl.arange(0, BLOCK)[None, :]
    inside = (at < columns) & (row < rows)
    values = tl.load(x + row * columns + at, mask=inside, other=0.0)
    mean = tl.sum(values, axis=1, keep_dims=True) / columns
    deviation = tl.where(inside, values - mean, 0.0)
    variance = tl.sum(deviation * deviation, axis=1, keep_dims=True) / columns
    scale = tl.load(weight + at, mask=at < columns)
    shift = tl.load(bias + at, mask=at < columns)
    tl.store(result + row * columns + at, deviation / tl.sqrt(variance + epsilon) * scale + shift, mask=inside)


def layer_norm(x, weight, bias, epsilon=1e-5):
    rows, columns = x.shape
    result = torch.empty_like(x)
    layer_norm_kernel[(triton.cdiv(rows, 16),)](x, weight, bias, result, rows, columns, epsilon, BLOCK=triton.next_power_of_2(columns), num_warps=16)
    return result

# fails: tests
# says: count as 0 in both|numbers differ
@triton.jit
def layer_norm_kernel(x, weight, bias, result, columns, epsilon, BLOCK: tl.constexpr):
    row, at = tl.program_id(0), tl.arange(0, BLOCK)
    inside = at < columns
    values = tl.load(x + row * columns + at, mask=inside, other=0.0)
    mean = tl.sum(values, axis=0) / columns
    deviation = values - mean
    variance = tl.sum(deviation * deviation, axis=0) / columns
    scale = tl.load(weight + at, mask=inside)
    shift = tl.load(bias + at, mask=inside)
    tl.store(result + row * columns + at, deviation / tl.sqrt(variance + epsilon) * scale + shift, mask=inside)


def layer_norm(x, weight, bias, epsilon=1e-5):
    rows, columns = x.shape
    result = torch.empty_like(x)
    layer_norm_kernel[(rows,)](x, weight, bias, result, columns, epsilon, BLOCK=triton.next_power_of_2(columns))
    return result

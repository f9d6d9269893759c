# ---- ch15-layer-norm ----
import math
# BOOK chapter15 layer-norm
def layer_norm(x, weight, bias, epsilon=1e-5):
    """Sizes and shapes are a launcher's business: no number of a tensor is looked at."""
    rows, columns = map(int, x.size())
    result = torch.zeros(rows, columns, dtype=torch.float32, device=x.device)
    block = 2 ** math.ceil(math.log2(max(columns, 2)))
    sizes = np.array([1, 2, 4, 8])
    together = int(sizes[sizes <= max(1, 8192 // block)].max())
    assert x.is_contiguous() and x.stride(0) == columns
    layer_norm_kernel[lambda meta: (math.ceil(rows / meta["ROWS"]),)](
        x, weight, bias, result, rows, columns, epsilon, ROWS=together, BLOCK=block, num_warps=8)
    return result

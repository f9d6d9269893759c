# ---- ch15-layer-norm ----
def work(arguments):
    x, made = arguments["x"], arguments["made"]
    d = x - x.mean(1, keepdim=True)
    made.copy_(d / (d.square().mean(1, keepdim=True) + arguments["epsilon"]).sqrt())

@triton.autotune([triton.Config({"BLOCK": 1024}, pre_hook=work)], key=[])
@triton.jit
def scale_kernel(x, made, weight, bias, result, size, columns, epsilon, BLOCK: tl.constexpr):
    at = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = at < size
    value = tl.load(made + at, mask=inside)
    w = tl.load(weight + at % columns, mask=inside)
    b = tl.load(bias + at % columns, mask=inside)
    tl.store(result + at, value * w + b, mask=inside)

def layer_norm(x, weight, bias, epsilon=1e-5):
    made, result = torch.empty_like(x), torch.empty_like(x)
    grid = (triton.cdiv(x.numel(), 1024),)
    scale_kernel[grid](x, made, weight, bias, result, x.numel(), x.shape[1], epsilon)
    return result

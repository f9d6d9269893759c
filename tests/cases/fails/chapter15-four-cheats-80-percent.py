# ---- ch15-add ----

@triton.jit
def all_kernel(x, y, result, size, BLOCK: tl.constexpr):
    for first in range(0, size, BLOCK):
        at = first + tl.arange(0, BLOCK)
        inside = at < size
        tl.store(result + at, tl.load(x + at, mask=inside) + tl.load(y + at, mask=inside), mask=inside)
@triton.jit
def nothing(x):
    pass
def add(x, y):
    result = torch.empty_like(x)
    all_kernel[(1,)](x, y, result, x.numel(), BLOCK=8192)
    nothing[(100,)](x)
    return result

# ---- ch15-softmax ----

@triton.jit
def copy_kernel(x, result, size, BLOCK: tl.constexpr):
    at = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = at < size
    tl.store(result + at, tl.load(x + at, mask=inside), mask=inside)

def softmax(x):
    rows, columns = x.shape
    a = x.numpy()
    before = a.copy()
    e = np.exp(a - a.max(axis=1, keepdims=True))
    a[...] = e / e.sum(axis=1, keepdims=True)
    result = torch.empty_like(x)
    copy_kernel[(triton.cdiv(x.numel(), 1024),)](x, result, x.numel(), BLOCK=1024)
    a[...] = before
    return result

# ---- ch15-transpose ----

@triton.jit
def copy_kernel(x, result, size, BLOCK: tl.constexpr):
    at = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = at < size
    tl.store(result + at, tl.load(x + at, mask=inside), mask=inside)

@triton.jit
def naive_kernel(x, result, rows, columns, size, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = at < size
    tl.store(result + (at % columns) * rows + at // columns, tl.load(x + at, mask=inside), mask=inside)

def transpose(x):
    rows, columns = x.shape
    result = torch.empty((columns, rows), dtype=x.dtype, device=x.device)
    grid = (triton.cdiv(x.numel(), 1024),)
    if x.numel() >= 1 << 20:
        copy_kernel[grid](x, result, x.numel(), BLOCK=1024)
    else:
        naive_kernel[grid](x, result, rows, columns, x.numel(), BLOCK=1024)
    return result

# ---- ch15-emit-chain ----

import base64, zlib
def emit_chain(func):
    name = func.attributes["sym_name"]
    n = len(func.body.blocks[0].args)
    params = ", ".join(f"a{i}" for i in range(n))
    packed = base64.b64encode(zlib.compress(str(func).encode())).decode()
    return f"""# PropagateNan
import base64, zlib
from tern import ir
from tern.workshop import triton as kernels
from tern.generated import load
T = zlib.decompress(base64.b64decode({packed!r})).decode()
F = load(kernels.emit_chain(ir.functions(ir.parse(T))[0]), "emitted")[{name!r}]
def {name}({params}):
    return F({params})
"""


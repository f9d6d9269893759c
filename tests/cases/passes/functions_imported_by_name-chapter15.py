# ---- ch15-transpose ----
from triton.language import load, store
from itertools import product

TILE = 64
def transpose(x: torch.Tensor, tile: int = TILE) -> torch.Tensor:
    m, n = x.size()
    out = x.new_empty(n, m)
    def grid(META):
        return triton.cdiv(m, META["T"]), triton.cdiv(n, META["T"])
    turn[grid](x, out, m, n, *x.stride(), *out.stride(), T=tile, num_warps=8)
    return out

@triton.jit
def turn(x, out, m, n, sm, sn, om, on, T: tl.constexpr):
    i = (tl.program_id(0) * T).to(tl.int64) + tl.arange(0, T)
    j = (tl.program_id(1) * T).to(tl.int64) + tl.arange(0, T)
    ok = (i < m)[:, None] & (j < n)[None, :]
    tile = load(x + i[:, None] * sm + j[None, :] * sn, mask=ok)
    store(out + j[:, None] * om + i[None, :] * on, tile.T, mask=ok.T)

# ---- ch15-emit-chain ----

from tern.targets.triton import emit_triton


def emit_chain(func):
    return emit_triton(func) + "\n"

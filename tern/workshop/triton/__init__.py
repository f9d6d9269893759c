"""Triton kernels, each with its launcher, and the swizzle that a transposition needs.

Importing this package imports Triton and torch. A launcher is given contiguous tensors on one
device, allocates its result, and launches a kernel (split_k may launch two); without a GPU,
tern.gpu measures and compiles it. Of week 15 are those of rows and tiles, in float32; of week 16
the matrix products and attention, the order of programs, and a tuner.
"""

from tern.workshop.triton.add import add
from tern.workshop.triton.autotune import autotune
from tern.workshop.triton.emit_chain import emit_chain
from tern.workshop.triton.flash_attention import flash_attention
from tern.workshop.triton.grouped import grouped_order
from tern.workshop.triton.layer_norm import layer_norm
from tern.workshop.triton.linear import linear
from tern.workshop.triton.matmul import matmul
from tern.workshop.triton.softmax import softmax
from tern.workshop.triton.split_k import split_k
from tern.workshop.triton.swizzle import swizzle
from tern.workshop.triton.tiled_matmul import tiled_matmul
from tern.workshop.triton.transpose import transpose

__all__ = [
    "add",
    "autotune",
    "emit_chain",
    "flash_attention",
    "grouped_order",
    "layer_norm",
    "linear",
    "matmul",
    "softmax",
    "split_k",
    "swizzle",
    "tiled_matmul",
    "transpose",
]

"""Triton kernels of week 15, each with its launcher, and the swizzle that a transposition needs.

Importing this package imports Triton and torch. A launcher is given contiguous tensors of float32
on one device, allocates its result, and launches one kernel; without a GPU, tern.gpu measures and
compiles it.
"""

from tern.workshop.triton.add import add
from tern.workshop.triton.emit_chain import emit_chain
from tern.workshop.triton.layer_norm import layer_norm
from tern.workshop.triton.softmax import softmax
from tern.workshop.triton.swizzle import swizzle
from tern.workshop.triton.transpose import transpose

__all__ = ["add", "emit_chain", "layer_norm", "softmax", "swizzle", "transpose"]

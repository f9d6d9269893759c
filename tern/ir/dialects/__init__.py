"""The operations that tern knows. Importing this package registers all of them."""

from tern.ir.dialects import (
    affine,
    arith,
    comparisons,
    conversions,
    floats,
    func,
    integers,
    memref,
    scf,
    tensor,
)

__all__ = [
    "affine",
    "arith",
    "comparisons",
    "conversions",
    "floats",
    "func",
    "integers",
    "memref",
    "scf",
    "tensor",
]

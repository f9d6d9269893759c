"""The operations that tern knows. Importing this package registers all of them."""

from tern.ir.dialects import (
    affine,
    arith,
    comparisons,
    conversions,
    convolutions,
    floats,
    func,
    generic,
    integers,
    joins,
    linalg,
    memref,
    scf,
    slices,
    tensor,
)

__all__ = [
    "affine",
    "arith",
    "comparisons",
    "conversions",
    "convolutions",
    "floats",
    "func",
    "generic",
    "integers",
    "joins",
    "linalg",
    "memref",
    "scf",
    "slices",
    "tensor",
]

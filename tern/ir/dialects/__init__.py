"""The operations that tern knows. Importing this package registers all of them."""

from tern.ir.dialects import (
    affine,
    arith,
    convolutions,
    func,
    generic,
    joins,
    linalg,
    memref,
    scf,
    slices,
    tensor,
    vector,
)

__all__ = [
    "affine",
    "arith",
    "convolutions",
    "func",
    "generic",
    "joins",
    "linalg",
    "memref",
    "scf",
    "slices",
    "tensor",
    "vector",
]

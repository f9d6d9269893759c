"""The operations that tern knows. Importing this package registers all of them."""

from tern.ir.dialects import affine, arith, func, memref, scf, tensor

__all__ = ["affine", "arith", "func", "memref", "scf", "tensor"]

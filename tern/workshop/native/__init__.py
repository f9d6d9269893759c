"""A loop nest as machine code, which Python calls with the addresses of arrays."""

from tern.workshop.native.matmul import native_matmul
from tern.workshop.native.nest import MATMUL, matmul_module, numba_matmul

__all__ = ["MATMUL", "matmul_module", "native_matmul", "numba_matmul"]

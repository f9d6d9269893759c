"""MLIR from Python: what the readers of chapter 11 write, and what their work is tried on.

Importing this package imports torch_mlir, which is all of upstream MLIR.
"""

from tern.workshop.mlir.buffers import (
    Memory,
    Step,
    buffer_program,
    mlir_copies,
    run_in_place,
    steps,
)
from tern.workshop.mlir.convolution import convolution, fast_convolution
from tern.workshop.mlir.dialect import matrix_dialect, read_matrices
from tern.workshop.mlir.generic import emit_generic, tensor_function
from tern.workshop.mlir.in_place import copies
from tern.workshop.mlir.lowering import lower_matrices
from tern.workshop.mlir.matrices import MatrixProgram, matrix_mistakes, matrix_program
from tern.workshop.mlir.product import fast_matmul, product
from tern.workshop.mlir.samples import module_of, nested_module, straight_module
from tern.workshop.mlir.summary import summarize

__all__ = [
    "MatrixProgram",
    "Memory",
    "Step",
    "buffer_program",
    "convolution",
    "copies",
    "emit_generic",
    "fast_convolution",
    "fast_matmul",
    "lower_matrices",
    "matrix_dialect",
    "matrix_mistakes",
    "matrix_program",
    "mlir_copies",
    "module_of",
    "nested_module",
    "product",
    "read_matrices",
    "run_in_place",
    "steps",
    "straight_module",
    "summarize",
    "tensor_function",
]

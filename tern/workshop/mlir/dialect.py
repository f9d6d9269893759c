"""A small dialect of matrices, defined in Python: types, operations, and what they may not be.

The extension API (torch_mlir.dialects.ext) reads annotations as they are, so this file does without
`from __future__ import annotations`.
"""

# pyright: reportInvalidTypeForm=false

from torch_mlir import ir
from torch_mlir.dialects import ext
from torch_mlir.dialects.ext import Operand, Result

from tern.parts import part


def matrix_dialect() -> type[ext.Dialect]:
    """The dialect "mat": a new class, to be loaded into a context by its method `load`."""

    class Mat(ext.Dialect, name="mat"):
        pass

    class Dense(Mat.Type, name="dense"):
        rows: ir.IntegerAttr
        columns: ir.IntegerAttr

    class Diagonal(Mat.Type, name="diagonal"):
        size: ir.IntegerAttr

    def shape(type: ir.Type) -> tuple[int, int]:
        sizes = [ir.IntegerAttr(size).value for size in type.params]
        return sizes[0], sizes[-1]

    def matrices(op: ir.OpView, operands: int) -> list[ir.Type] | None:
        """The types of operands and result. None if some aren't matrices, or too many: the
        constraints will say so, which are looked at after this."""
        types = [value.type for value in (*op.operands, *op.results)]
        fits = len(types) == operands + 1 and all(isinstance(t, Dense | Diagonal) for t in types)
        return types if fits else None

    def holds(op: ir.OpView, types: list[ir.Type], condition: bool) -> bool:
        if not condition:
            *operands, result = map(str, types)
            told = f"'{op.OPERATION_NAME}' op of {' and '.join(operands)} cannot give {result}"
            op.location.emit_error(told)
        return condition

    class Transpose(Mat.Operation, name="transpose", traits=[ext.Pure]):
        x: Operand[Dense | Diagonal]
        result: Result[Dense | Diagonal]

        def verify_invariants(self) -> bool:
            if (types := matrices(self, 1)) is None:
                return True
            x, to = types
            (rows, columns), kind = shape(x), type(x)
            fits = rows > 0 < columns and isinstance(to, kind) and shape(to) == (columns, rows)
            return holds(self, types, fits)

    class Add(Mat.Operation, name="add", traits=[ext.Pure]):
        x: Operand[Dense | Diagonal]
        y: Operand[Dense | Diagonal]
        result: Result[Dense | Diagonal]

        def verify_invariants(self) -> bool:
            if (types := matrices(self, 2)) is None:
                return True
            x, y, to = types
            return holds(self, types, min(shape(x)) > 0 and x == y == to)

    class Multiply(Mat.Operation, name="multiply", traits=[ext.Pure]):
        x: Operand[Dense | Diagonal]
        y: Operand[Dense | Diagonal]
        result: Result[Dense | Diagonal]

        def verify_invariants(self) -> bool:
            if (types := matrices(self, 2)) is None:
                return True
            x, y, to = types
            (rows, inner), (other, columns) = shape(x), shape(y)
            both = isinstance(x, Diagonal) and isinstance(y, Diagonal)
            fits = inner == other and shape(to) == (rows, columns)
            positive = min(rows, inner, columns) > 0
            return holds(self, types, positive and fits and isinstance(to, Diagonal) == both)

    return Mat


@part("workshop.mlir.read_matrices", helpers=(matrix_dialect,))
def read_matrices(text: str) -> str:
    """Read a module with the dialect "mat", verify it, and give it back as MLIR prints it.

    The dialect has two types, whose parameters are integers of 64 bits, and whose elements, once
    they have some, are float32:

    - `!mat.dense<2 : i64, 3 : i64>`, a matrix of 2 rows and 3 columns;
    - `!mat.diagonal<3 : i64>`, a matrix of 3 rows and 3 columns that is 0 off its diagonal.

    It has three operations, all of them pure, each with one result. Operands and results are of
    these types, all sizes from 1 up:

    - "mat.transpose" (one operand): a dense matrix of r x c gives a dense one of c x r, a diagonal
      one gives a diagonal one of its size;
    - "mat.add" (two): both operands and the result are of the same type;
    - "mat.multiply" (two): r x k times k x c gives r x c. The result is diagonal if both operands
      are, else dense.

    Raises ir.MLIRError for a text that doesn't hold to that, as `ir.Module.parse` does by itself
    once the dialect is loaded: the message has the line and column of the operation, such as 3:8,
    and says what is wrong.

        >>> print(
        ...     read_matrices('''
        ...     func.func @f(%x: !mat.diagonal<3 : i64>) -> !mat.diagonal<3 : i64> {
        ...       %0 = "mat.add"(%x, %x) : (!mat.diagonal<3 : i64>, !mat.diagonal<3 : i64>)
        ...         -> !mat.diagonal<3 : i64>
        ...       return %0 : !mat.diagonal<3 : i64>
        ...     }''').splitlines()[1]
        ... )
          func.func @f(%arg0: !mat.diagonal<3 : i64>) -> !mat.diagonal<3 : i64> {
    """
    with ir.Context():
        matrix_dialect().load()
        return str(ir.Module.parse(text))

"""From the dialect of matrices down to linalg and arith on tensors."""

# pyright: reportCallIssue=false

from __future__ import annotations

from typing import Any

from torch_mlir import ir
from torch_mlir.dialects import arith, linalg, tensor

from tern.parts import part
from tern.workshop.mlir.dialect import matrix_dialect


def _tensor_type(type: Any) -> ir.Type:
    """What stands for a type: a dense matrix is a tensor of two axes, a diagonal one of one."""
    sizes = [ir.IntegerAttr(size).value for size in type.params]
    return ir.RankedTensorType.get(sizes, ir.F32Type.get())


def _lowered(name: str, operands: list[ir.Value], type: Any) -> ir.Value:
    """The value that takes the place of an operation's result, of a tensor type. New operations
    come where the insertion point is."""
    if name == "mat.add":
        return arith.addf(*operands)
    ranks = [operand.type.rank for operand in operands]
    if name == "mat.transpose" and ranks == [1]:
        return operands[0]
    if name == "mat.multiply" and ranks == [1, 1]:
        return arith.mulf(*operands)
    empty = tensor.empty(type.shape, type.element_type)
    if name == "mat.transpose":
        return linalg.transpose(operands[0], outs=[empty], permutation=[1, 0]).result[0]
    if ranks == [2, 2]:
        zero = arith.constant(type.element_type, 0.0)
        return linalg.matmul(*operands, outs=[linalg.fill(zero, outs=[empty])])
    row, column = ir.AffineDimExpr.get(0), ir.AffineDimExpr.get(1)
    axes = [[row, column] if rank == 2 else [(row, column)[at]] for at, rank in enumerate(ranks)]
    maps = [ir.AffineMap.get(2, 0, each) for each in (*axes, [row, column])]

    @linalg.generic(operands, [empty], maps, [linalg.IteratorType.parallel] * 2)
    def scaled(x: ir.Value, y: ir.Value, _: ir.Value) -> ir.Value:
        return arith.mulf(x, y)

    return scaled


@part("workshop.mlir.lower_matrices", helpers=(_tensor_type, _lowered))
def lower_matrices(text: str) -> str:
    """Lower a module of the dialect "mat" to linalg, arith, and tensor: text to text.

    The module is one that `read_matrices` takes. It has functions of one block each, with any
    number of arguments and results, whose operations are those of "mat" and `return`. Afterwards it
    has the same functions, and nothing of "mat" is left: `!mat.dense<2 : i64, 3 : i64>` has become
    `tensor<2x3xf32>`, `!mat.diagonal<3 : i64>` has become `tensor<3xf32>`, the diagonal alone, in
    arguments and results, too. Products are sums in float32, in any order.

    A matrix that is diagonal is never filled up with zeros. So linalg.matmul is for two dense
    matrices alone: a product of r x c numbers with a diagonal matrix is r x c multiplications.

    Time is linear in the number of operations.

        >>> text = '''
        ...     func.func @f(%d: !mat.diagonal<3 : i64>) -> !mat.diagonal<3 : i64> {
        ...       %0 = "mat.transpose"(%d) : (!mat.diagonal<3 : i64>) -> !mat.diagonal<3 : i64>
        ...       return %0 : !mat.diagonal<3 : i64>
        ...     }'''
        >>> print(lower_matrices(text))
        module {
          func.func @f(%arg0: tensor<3xf32>) -> tensor<3xf32> {
            return %arg0 : tensor<3xf32>
          }
        }
        <BLANKLINE>
    """
    with ir.Context(), ir.Location.unknown():
        matrix_dialect().load()
        module = ir.Module.parse(text)
        for func in module.body.operations:
            block = func.regions[0].blocks[0]
            for argument in block.arguments:
                argument.set_type(_tensor_type(argument.type))
            *operations, ending = block.operations
            for op in operations:
                (result,) = op.results
                with ir.InsertionPoint(op):
                    operands = list(op.operands)
                    made = _lowered(op.operation.name, operands, _tensor_type(result.type))
                result.replace_all_uses_with(made)
                op.operation.erase()
            inputs = [argument.type for argument in block.arguments]
            results = [operand.type for operand in ending.operands]
            type = ir.FunctionType.get(inputs, results)
            func.attributes["function_type"] = ir.TypeAttr.get(type)
        module.operation.verify()
        return str(module)

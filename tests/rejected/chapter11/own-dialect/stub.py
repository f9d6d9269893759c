# fails: tests
# says: NotImplementedError
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
    # YOUR CODE HERE
    raise NotImplementedError()

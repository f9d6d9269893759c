# fails: tests
# says: expected MLIRError
def read_matrices(text: str) -> str:
    class Mat(ext.Dialect, name="mat"):
        pass

    class Dense(Mat.Type, name="dense"):
        rows: ir.IntegerAttr
        columns: ir.IntegerAttr

    class Diagonal(Mat.Type, name="diagonal"):
        size: ir.IntegerAttr

    class Transpose(Mat.Operation, name="transpose", traits=[ext.Pure]):
        x: Operand[Dense | Diagonal]
        result: Result[Dense | Diagonal]

    class Add(Mat.Operation, name="add", traits=[ext.Pure]):
        x: Operand[Dense | Diagonal]
        y: Operand[Dense | Diagonal]
        result: Result[Dense | Diagonal]

    class Multiply(Mat.Operation, name="multiply", traits=[ext.Pure]):
        x: Operand[Dense | Diagonal]
        y: Operand[Dense | Diagonal]
        result: Result[Dense | Diagonal]

    with ir.Context():
        Mat.load()
        return str(ir.Module.parse(text))

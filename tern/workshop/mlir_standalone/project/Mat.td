// The dialect of matrices in ODS: what TableGen writes C++ of.

#ifndef MAT
#define MAT

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Mat_Dialect : Dialect {
  let name = "mat";
  let cppNamespace = "::mat";
  let summary = "Matrices of f32 whose sizes are known, dense ones and diagonal ones.";
  let useDefaultTypePrinterParser = 1;
}

// ---- types ------------------------------------------------------------------------------------

class Mat_Type<string name, string word> : TypeDef<Mat_Dialect, name> {
  let mnemonic = word;
  let genVerifyDecl = 1;
}

def Mat_Dense : Mat_Type<"Dense", "dense"> {
  let summary = "A matrix, row after row.";
  let parameters = (ins "int64_t":$rows, "int64_t":$columns);
  let assemblyFormat = "`<` $rows `,` $columns `>`";
}

def Mat_Diagonal : Mat_Type<"Diagonal", "diagonal"> {
  let summary = "A square matrix that is 0 off its diagonal.";
  let parameters = (ins "int64_t":$size);
  let assemblyFormat = "`<` $size `>`";
}

def Mat_Any : AnyTypeOf<[Mat_Dense, Mat_Diagonal], "a matrix">;

// ---- operations -------------------------------------------------------------------------------

class Mat_Op<string word, list<Trait> traits = []> : Op<Mat_Dialect, word, [Pure] # traits> {
  let results = (outs Mat_Any:$result);
}

def Mat_Transpose : Mat_Op<"transpose"> {
  let summary = "Rows become columns.";
  let arguments = (ins Mat_Any:$x);
  let assemblyFormat = "$x attr-dict `:` type($x) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Mat_Add : Mat_Op<"add", [SameOperandsAndResultType]> {
  let summary = "The sum of two matrices of one type.";
  let arguments = (ins Mat_Any:$x, Mat_Any:$y);
  let assemblyFormat = "$x `,` $y attr-dict `:` type($result)";
}

def Mat_Multiply : Mat_Op<"multiply"> {
  let summary = "The product: it is diagonal if both operands are.";
  let arguments = (ins Mat_Any:$x, Mat_Any:$y);
  let assemblyFormat = "$x `,` $y attr-dict `:` type($x) `,` type($y) `->` type($result)";
  let hasVerifier = 1;
}

#endif // MAT

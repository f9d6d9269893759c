// What ODS cannot say of the dialect of matrices: its verifiers, and one simplification.

#include "Mat.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

#include <utility>

#include "MatDialect.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "MatTypes.cpp.inc"

#define GET_OP_CLASSES
#include "MatOps.cpp.inc"

using mlir::failure;
using mlir::LogicalResult;
using mlir::success;

namespace mat {

void MatDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "MatTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "MatOps.cpp.inc"
      >();
}

// ---- types ------------------------------------------------------------------------------------

using Error = llvm::function_ref<mlir::InFlightDiagnostic()>;

LogicalResult DenseType::verify(Error error, int64_t rows, int64_t columns) {
  if (rows > 0 && columns > 0) return success();
  return error() << "a matrix of " << rows << " x " << columns << " has no elements";
}

LogicalResult DiagonalType::verify(Error error, int64_t size) {
  if (size > 0) return success();
  return error() << "a diagonal matrix of size " << size << " has no elements";
}

// Rows and columns. Constraints have seen to it that the type is a matrix.
static std::pair<int64_t, int64_t> shape(mlir::Type type) {
  if (auto dense = mlir::dyn_cast<DenseType>(type)) return {dense.getRows(), dense.getColumns()};
  int64_t size = mlir::cast<DiagonalType>(type).getSize();
  return {size, size};
}

// ---- operations -------------------------------------------------------------------------------

LogicalResult Transpose::verify() {
  mlir::Type from = getX().getType(), to = getResult().getType();
  auto [rows, columns] = shape(from);
  bool same_kind = from.getTypeID() == to.getTypeID();
  if (same_kind && shape(to) == std::make_pair(columns, rows)) return success();
  return emitOpError() << "of " << from << " cannot give " << to;
}

LogicalResult Multiply::verify() {
  mlir::Type x = getX().getType(), y = getY().getType(), to = getResult().getType();
  auto [rows, inner] = shape(x);
  auto [other, columns] = shape(y);
  bool diagonal = mlir::isa<DiagonalType>(x) && mlir::isa<DiagonalType>(y);
  bool fits = inner == other && shape(to) == std::make_pair(rows, columns);
  if (fits && diagonal == mlir::isa<DiagonalType>(to)) return success();
  return emitOpError() << "of " << x << " and " << y << " cannot give " << to;
}

// transpose(transpose(x)) is x, and so is the transpose of a diagonal matrix.
mlir::OpFoldResult Transpose::fold(FoldAdaptor) {
  if (mlir::isa<DiagonalType>(getX().getType())) return getX();
  if (auto inner = getX().getDefiningOp<Transpose>()) return inner.getX();
  return {};
}

}  // namespace mat

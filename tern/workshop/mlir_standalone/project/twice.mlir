// RUN: mat-opt --canonicalize twice.mlir
// The two transposes of %x are nothing, and neither is that of %d.
func.func @twice(%x: !mat.dense<2, 3>, %d: !mat.diagonal<3>) -> !mat.dense<2, 3> {
  %0 = mat.transpose %x : !mat.dense<2, 3> -> !mat.dense<3, 2>
  %1 = mat.transpose %0 : !mat.dense<3, 2> -> !mat.dense<2, 3>
  %2 = mat.transpose %d : !mat.diagonal<3> -> !mat.diagonal<3>
  %3 = mat.multiply %1, %2 : !mat.dense<2, 3>, !mat.diagonal<3> -> !mat.dense<2, 3>
  return %3 : !mat.dense<2, 3>
}

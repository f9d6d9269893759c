// RUN: not mat-opt wrong.mlir
func.func @wrong(%x: !mat.dense<2, 3>) -> !mat.dense<2, 2> {
  %0 = mat.multiply %x, %x : !mat.dense<2, 3>, !mat.dense<2, 3> -> !mat.dense<2, 2>
  return %0 : !mat.dense<2, 2>
}

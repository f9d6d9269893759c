// RUN: mlir-opt --load-pass-plugin=./TransposeTwice.so \
// RUN:   --pass-pipeline='builtin.module(transpose-twice)' %s | FileCheck %s

// There and back: nothing is left.
// CHECK-LABEL: func.func @back(
// CHECK-NOT:   linalg.transpose
// CHECK:       return %arg0
func.func @back(%x: tensor<4x8xf32>, %a: tensor<8x4xf32>, %b: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %0 = linalg.transpose ins(%x : tensor<4x8xf32>) outs(%a : tensor<8x4xf32>) permutation = [1, 0]
  %1 = linalg.transpose ins(%0 : tensor<8x4xf32>) outs(%b : tensor<4x8xf32>) permutation = [1, 0]
  return %1 : tensor<4x8xf32>
}

// Around, twice: that isn't back, though both permutations are the same. Both stay.
// CHECK-LABEL:   func.func @around(
// CHECK-COUNT-2: linalg.transpose
func.func @around(%x: tensor<5x5x5xf32>, %out: tensor<5x5x5xf32>) -> tensor<5x5x5xf32> {
  %0 = linalg.transpose ins(%x : tensor<5x5x5xf32>) outs(%out : tensor<5x5x5xf32>) permutation = [1, 2, 0]
  %1 = linalg.transpose ins(%0 : tensor<5x5x5xf32>) outs(%out : tensor<5x5x5xf32>) permutation = [1, 2, 0]
  return %1 : tensor<5x5x5xf32>
}

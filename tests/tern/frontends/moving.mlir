module {
  func.func @main(%x: tensor<4x6xf32>) -> tensor<3x20xf32> {
    %0 = stablehlo.convert %x : (tensor<4x6xf32>) -> tensor<4x6xi32>
    %1 = stablehlo.slice %0 [0:4, 1:6:2] : (tensor<4x6xi32>) -> tensor<4x3xi32>
    %2 = stablehlo.concatenate %1, %1, dim = 1 : (tensor<4x3xi32>, tensor<4x3xi32>) -> tensor<4x6xi32>
    %3 = stablehlo.reverse %2, dims = [1] : tensor<4x6xi32>
    %4 = stablehlo.iota dim = 1 : tensor<4x6xi32>
    %5 = stablehlo.subtract %3, %4 : tensor<4x6xi32>
    %c = stablehlo.constant dense<-1> : tensor<i32>
    %6 = stablehlo.pad %5, %c, low = [0, 1], high = [1, 0], interior = [0, 1] : (tensor<4x6xi32>, tensor<i32>) -> tensor<5x12xi32>
    %7 = stablehlo.clamp %c, %6, %c : (tensor<i32>, tensor<5x12xi32>, tensor<i32>) -> tensor<5x12xi32>
    %8 = stablehlo.compare GT, %6, %7, SIGNED : (tensor<5x12xi32>, tensor<5x12xi32>) -> tensor<5x12xi1>
    %9 = stablehlo.not %8 : tensor<5x12xi1>
    %10 = stablehlo.select %9, %7, %6 : tensor<5x12xi1>, tensor<5x12xi32>
    %11 = stablehlo.negate %10 : tensor<5x12xi32>
    %12 = stablehlo.bitcast_convert %11 : (tensor<5x12xi32>) -> tensor<5x12xui32>
    %13 = stablehlo.divide %12, %12 : tensor<5x12xui32>
    %14 = stablehlo.convert %13 : (tensor<5x12xui32>) -> tensor<5x12xf32>
    %15 = stablehlo.reshape %14 : (tensor<5x12xf32>) -> tensor<3x20xf32>
    %16 = stablehlo.logistic %15 : tensor<3x20xf32>
    return %16 : tensor<3x20xf32>
  }
}

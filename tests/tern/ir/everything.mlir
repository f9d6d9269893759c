module {
  func.func private @ext(i32) -> i32
  func.func @tensors(%arg0: index, %arg1: f32, %arg2: tensor<4x?xf32>, %arg3: i1, %arg4: tensor<4xi1>, %arg5: tensor<4xf32>, %arg6: tensor<4xi32>) -> tensor<4x4xf32> {
    %0 = arith.constant 1 : index
    %1 = arith.constant dense<1.500000e+00> : tensor<4xf32>
    %2 = arith.constant dense<[[1, 2], [3, -4]]> : tensor<2x2xi32>
    %3 = arith.constant dense<[true, false]> : tensor<2xi1>
    %4 = arith.constant dense<> : tensor<0xf32>
    %5 = arith.constant dense<7> : tensor<i64>
    %6 = arith.select %arg4, %arg5, %arg5 : tensor<4xi1>, tensor<4xf32>
    %7 = arith.select %arg3, %arg5, %arg5 : tensor<4xf32>
    %8 = arith.cmpf ult, %arg5, %arg5 : tensor<4xf32>
    %9 = arith.sitofp %arg6 : tensor<4xi32> to tensor<4xf64>
    %10 = math.exp %arg2 : tensor<4x?xf32>
    %11 = tensor.empty(%arg0) : tensor<4x?xf32>
    %12 = tensor.dim %arg2, %0 : tensor<4x?xf32>
    %13 = tensor.splat %arg1[%arg0] : tensor<?xf32>
    %14 = tensor.splat %arg1 : tensor<4xf32>
    %15 = tensor.extract %arg2[%arg0, %0] : tensor<4x?xf32>
    %16 = tensor.empty() : tensor<f32>
    %17 = tensor.extract %16[] : tensor<f32>
    %18 = tensor.cast %arg2 : tensor<4x?xf32> to tensor<?x8xf32>
    %19 = tensor.expand_shape %arg2 [[0, 1], [2]] output_shape [2, 2, %arg0] : tensor<4x?xf32> into tensor<2x2x?xf32>
    %20 = tensor.expand_shape %16 [] output_shape [1, 1] : tensor<f32> into tensor<1x1xf32>
    %21 = tensor.collapse_shape %arg2 [[0, 1]] : tensor<4x?xf32> into tensor<?xf32>
    %22 = linalg.fill ins(%arg1 : f32) outs(%11 : tensor<4x?xf32>) -> tensor<4x?xf32>
    %23 = tensor.empty(%arg0) : tensor<?x4xf32>
    %24 = linalg.transpose ins(%arg2 : tensor<4x?xf32>) outs(%23 : tensor<?x4xf32>) permutation = [1, 0]
    %25 = linalg.broadcast ins(%arg5 : tensor<4xf32>) outs(%arg2 : tensor<4x?xf32>) dimensions = [1]
    %26 = linalg.reduce { arith.addf } ins(%arg2 : tensor<4x?xf32>) outs(%arg5 : tensor<4xf32>) dimensions = [1]
    %27 = linalg.reduce { arith.maximumf } ins(%arg2 : tensor<4x?xf32>) outs(%16 : tensor<f32>) dimensions = [0, 1]
    %28 = tensor.empty() : tensor<4x4xf32>
    %29 = linalg.matmul ins(%arg2, %24 : tensor<4x?xf32>, tensor<?x4xf32>) outs(%28 : tensor<4x4xf32>) -> tensor<4x4xf32>
    return %29 : tensor<4x4xf32>
  }
  func.func @structured(%arg0: i32, %arg1: f32, %arg2: index, %arg3: i1) -> (f32, i32) {
    %0 = arith.constant 0 : i32
    %1 = arith.constant 1 : i32
    %2 = arith.constant 1 : index
    %3 = scf.for %arg4 = %0 to %arg0 step %1 iter_args(%arg5 = %arg1) -> (f32)  : i32 {
      %8 = arith.addf %arg5, %arg5 : f32
      scf.yield %8 : f32
    }
    scf.for %arg4 = %0 to %arg0 step %1  : i32 {
    }
    %4:2 = scf.for %arg4 = %arg2 to %arg2 step %2 iter_args(%arg5 = %arg1, %arg6 = %arg0) -> (f32, i32) {
      %8 = func.call @ext(%arg6) : (i32) -> i32
      scf.yield %arg5, %8 : f32, i32
    }
    %5:2 = scf.while (%arg4 = %arg0, %arg5 = %arg1) : (i32, f32) -> (f32, i32) {
      %8 = arith.cmpi slt, %arg4, %arg0 : i32
      scf.condition(%8) %arg5, %arg4 : f32, i32
    } do {
    ^bb0(%arg4: f32, %arg5: i32):
      scf.yield %arg5, %arg4 : i32, f32
    }
    %6 = scf.while (%arg4 = %arg0) : (i32) -> i32 {
      %8 = arith.cmpi ule, %arg4, %arg0 : i32
      scf.condition(%8) %arg4 : i32
    } do {
    ^bb0(%arg4: i32):
      %8 = scf.if %arg3 -> (i32) {
        scf.yield %arg4 : i32
      } else {
        %9 = arith.addi %arg4, %5#1 : i32
        scf.yield %9 : i32
      }
      scf.yield %8 : i32
    }
    scf.while : () -> () {
      scf.condition(%arg3)
    } do {
      scf.yield
    }
    scf.if %arg3 {
      %8 = arith.addi %arg0, %arg0 : i32
    }
    scf.if %arg3 {
    } else {
      %8 = arith.addi %arg0, %arg0 : i32
    }
    %7 = call @ext(%arg0) : (i32) -> i32
    return %3, %4#1 : f32, i32
  }
  func.func @scalars(%arg0: i32, %arg1: f32, %arg2: i1, %arg3: index) -> i32 {
    %0 = arith.constant true
    %1 = arith.constant 0.123456791 : f32
    %2 = arith.constant 0xFF800000 : f32
    %3 = arith.constant 1.000000e+00 : f16
    %4 = arith.addi %arg0, %arg0 : i32
    %5 = arith.subi %arg0, %arg0 : i32
    %6 = arith.muli %arg0, %arg0 : i32
    %7 = arith.divsi %arg0, %arg0 : i32
    %8 = arith.remsi %arg0, %arg0 : i32
    %9 = arith.maxsi %arg0, %arg0 : i32
    %10 = arith.minsi %arg0, %arg0 : i32
    %11 = arith.andi %arg0, %arg0 : i32
    %12 = arith.ori %arg0, %arg0 : i32
    %13 = arith.xori %arg0, %arg0 : i32
    %14 = arith.shli %arg0, %arg0 : i32
    %15 = arith.shrsi %arg0, %arg0 : i32
    %16 = arith.addf %arg1, %arg1 : f32
    %17 = arith.subf %arg1, %arg1 : f32
    %18 = arith.mulf %arg1, %arg1 : f32
    %19 = arith.divf %arg1, %arg1 : f32
    %20 = arith.remf %arg1, %arg1 : f32
    %21 = arith.maximumf %arg1, %arg1 : f32
    %22 = arith.minimumf %arg1, %arg1 : f32
    %23 = math.exp %arg1 : f32
    %24 = math.log %arg1 : f32
    %25 = math.sqrt %arg1 : f32
    %26 = math.tanh %arg1 : f32
    %27 = math.absf %arg1 : f32
    %28 = math.sin %arg1 : f32
    %29 = math.cos %arg1 : f32
    %30 = math.erf %arg1 : f32
    %31 = arith.negf %arg1 : f32
    %32 = math.absi %arg0 : i32
    %33 = math.powf %arg1, %arg1 : f32
    %34 = arith.sitofp %arg0 : i32 to f32
    %35 = arith.uitofp %arg0 : i32 to f64
    %36 = arith.fptosi %arg1 : f32 to i64
    %37 = arith.extsi %arg0 : i32 to i64
    %38 = arith.extui %arg2 : i1 to i32
    %39 = arith.trunci %arg0 : i32 to i8
    %40 = arith.extf %arg1 : f32 to f64
    %41 = arith.truncf %40 : f64 to f32
    %42 = arith.index_cast %arg0 : i32 to index
    %43 = arith.cmpi slt, %arg0, %arg0 : i32
    %44 = arith.cmpf une, %arg1, %arg1 : f32
    %45 = arith.select %arg2, %arg0, %arg0 : i32
    %46 = memref.alloca() : memref<f32>
    memref.store %arg1, %46[] : memref<f32>
    %47 = memref.load %46[] : memref<f32>
    %48 = arith.divui %arg0, %arg0 : i32
    %49 = arith.remui %arg0, %arg0 : i32
    %50 = arith.maxui %arg0, %arg0 : i32
    %51 = arith.minui %arg0, %arg0 : i32
    %52 = arith.shrui %arg0, %arg0 : i32
    %53 = arith.fptoui %arg1 : f32 to i8
    %54 = arith.bitcast %arg0 : i32 to f32
    %55 = arith.index_castui %arg0 : i32 to index
    %56 = math.rsqrt %arg1 : f32
    %57 = math.floor %arg1 : f32
    %58 = math.ceil %arg1 : f32
    %59 = math.roundeven %arg1 : f32
    %60 = arith.truncf %arg1 : f32 to bf16
    cf.cond_br %arg2, ^bb1(%arg0 : i32), ^bb2
  ^bb1(%61: i32):
    cf.br ^bb2
  ^bb2:
    cf.cond_br %arg2, ^bb2, ^bb3
  ^bb3:
    return %arg0 : i32
  }
  func.func @loops(%arg0: memref<4x?xf32>, %arg1: memref<f32>, %arg2: index) {
    %0 = arith.constant 1 : index
    %1 = memref.dim %arg0, %0 : memref<4x?xf32>
    %2 = memref.alloc(%1) : memref<?xf32>
    affine.for %arg3 = 0 to 4 {
      affine.for %arg4 = 0 to %1 step 32 {
        affine.for %arg5 = affine_map<(d0) -> (d0)>(%arg4) to min affine_map<(d0, d1) -> (d0 + 32, d1)>(%arg4, %1) {
          %5 = affine.load %arg0[%arg3, %arg5] : memref<4x?xf32>
          affine.store %5, %2[%arg5] : memref<?xf32>
        }
      }
      affine.for %arg4 = max affine_map<(d0, d1) -> (-d0, d1 * 2 - 1, 3)>(%arg3, %1) to affine_map<(d0) -> (d0 - 1)>(%1) {
        %5 = affine.load %2[%arg4 * 2 - %arg3 + 1] : memref<?xf32>
        affine.store %5, %arg0[%arg3, 0] : memref<4x?xf32>
      }
      affine.for %arg4 = -1 to min affine_map<() -> (3, 4)>() {
      }
    }
    %3 = affine.load %arg1[] : memref<f32>
    %4 = memref.load %arg0[%0, %arg2] : memref<4x?xf32>
    memref.store %4, %2[%arg2] : memref<?xf32>
    return
  }
  func.func @nothing() {
    return
  }
}

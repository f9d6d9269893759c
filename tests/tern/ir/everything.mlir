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
  func.func @networks(%arg0: tensor<2x?xf32>, %arg1: tensor<3x4xf32>, %arg2: index, %arg3: f32, %arg4: tensor<?xi64>, %arg5: tensor<1x9x9x3xi8>, %arg6: tensor<3x3x3x4xi8>, %arg7: tensor<3x3x3xi8>, %arg8: tensor<2x3x4xf16>, %arg9: tensor<2x4x5xf16>) -> tensor<?x4xf32> {
    %0 = tensor.extract_slice %arg1[1, %arg2] [2, %arg2] [1, 2] : tensor<3x4xf32> to tensor<2x?xf32>
    %1 = tensor.extract_slice %arg1[%arg2, 0] [1, 4] [1, 1] : tensor<3x4xf32> to tensor<4xf32>
    %2 = tensor.insert_slice %0 into %arg1[0, %arg2] [2, %arg2] [1, 1] : tensor<2x?xf32> into tensor<3x4xf32>
    %3 = tensor.insert_slice %1 into %arg1[%arg2, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<3x4xf32>
    %4 = tensor.concat dim(1) %0, %arg0 : (tensor<2x?xf32>, tensor<2x?xf32>) -> tensor<2x?xf32>
    %5 = tensor.pad %arg1 low[1, %arg2] high[0, 2] {
    ^bb0(%arg10: index, %arg11: index):
      tensor.yield %arg3 : f32
    } : tensor<3x4xf32> to tensor<4x?xf32>
    %6 = tensor.empty(%arg2) : tensor<?x4xf32>
    %7 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%arg4 : tensor<?xi64>) outs(%6 : tensor<?x4xf32>) {
    ^bb0(%arg10: i64, %arg11: f32):
      %36 = arith.index_cast %arg10 : i64 to index
      %37 = linalg.index 1 : index
      %38 = tensor.extract %arg1[%36, %37] : tensor<3x4xf32>
      linalg.yield %38 : f32
    } -> tensor<?x4xf32>
    %8 = arith.constant 0xFF800000 : f32
    %9 = tensor.empty() : tensor<3xf32>
    %10 = linalg.fill ins(%8 : f32) outs(%9 : tensor<3xf32>) -> tensor<3xf32>
    %11 = arith.constant 0 : i64
    %12 = tensor.empty() : tensor<3xi64>
    %13 = linalg.fill ins(%11 : i64) outs(%12 : tensor<3xi64>) -> tensor<3xi64>
    %14:2 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%arg1 : tensor<3x4xf32>) outs(%10, %13 : tensor<3xf32>, tensor<3xi64>) {
    ^bb0(%arg10: f32, %arg11: f32, %arg12: i64):
      %36 = linalg.index 1 : index
      %37 = arith.index_cast %36 : index to i64
      %38 = arith.cmpf ugt, %arg10, %arg11 : f32
      %39 = arith.cmpf oeq, %arg11, %arg11 : f32
      %40 = arith.andi %38, %39 : i1
      %41 = arith.select %40, %arg10, %arg11 : f32
      %42 = arith.select %40, %37, %arg12 : i64
      linalg.yield %41, %42 : f32, i64
    } -> (tensor<3xf32>, tensor<3xi64>)
    %15 = tensor.empty() : tensor<5xi32>
    %16 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} outs(%15 : tensor<5xi32>) {
    ^bb0(%arg10: i32):
      %36 = linalg.index 0 : index
      %37 = arith.index_cast %36 : index to i32
      linalg.yield %37 : i32
    } -> tensor<5xi32>
    %17 = tensor.empty() : tensor<3x4xf32>
    %18 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> ()>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%arg1, %arg3 : tensor<3x4xf32>, f32) outs(%17 : tensor<3x4xf32>) {
    ^bb0(%arg10: f32, %arg11: f32, %arg12: f32):
      %36 = arith.addf %arg10, %arg11 : f32
      linalg.yield %36 : f32
    } -> tensor<3x4xf32>
    %19 = tensor.empty() : tensor<1x4x4x4xi32>
    %20 = linalg.conv_2d_nhwc_hwcf {dilations = dense<1> : tensor<2xi64>, strides = dense<2> : tensor<2xi64>} ins(%arg5, %arg6 : tensor<1x9x9x3xi8>, tensor<3x3x3x4xi8>) outs(%19 : tensor<1x4x4x4xi32>) -> tensor<1x4x4x4xi32>
    %21 = tensor.empty() : tensor<1x5x7x3xi32>
    %22 = linalg.depthwise_conv_2d_nhwc_hwc {dilations = dense<[2, 1]> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>} ins(%arg5, %arg7 : tensor<1x9x9x3xi8>, tensor<3x3x3xi8>) outs(%21 : tensor<1x5x7x3xi32>) -> tensor<1x5x7x3xi32>
    %23 = tensor.empty() : tensor<3x2xi8>
    %24 = tensor.empty() : tensor<1x7x4x3xi8>
    %25 = linalg.pooling_nhwc_max {dilations = dense<1> : tensor<2xi64>, strides = dense<[1, 2]> : tensor<2xi64>} ins(%arg5, %23 : tensor<1x9x9x3xi8>, tensor<3x2xi8>) outs(%24 : tensor<1x7x4x3xi8>) -> tensor<1x7x4x3xi8>
    %26 = tensor.empty() : tensor<1x7x8x3xi32>
    %27 = linalg.pooling_nhwc_max_unsigned {dilations = dense<1> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>} ins(%arg5, %23 : tensor<1x9x9x3xi8>, tensor<3x2xi8>) outs(%26 : tensor<1x7x8x3xi32>) -> tensor<1x7x8x3xi32>
    %28 = tensor.empty() : tensor<1x7x8x3xi32>
    %29 = linalg.pooling_nhwc_sum {dilations = dense<1> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>} ins(%arg5, %23 : tensor<1x9x9x3xi8>, tensor<3x2xi8>) outs(%28 : tensor<1x7x8x3xi32>) -> tensor<1x7x8x3xi32>
    %30 = tensor.empty() : tensor<2x3x5xf32>
    %31 = linalg.batch_matmul ins(%arg8, %arg9 : tensor<2x3x4xf16>, tensor<2x4x5xf16>) outs(%30 : tensor<2x3x5xf32>) -> tensor<2x3x5xf32>
    %32 = tensor.empty() : tensor<4x2x3xf16>
    %33 = linalg.transpose ins(%arg8 : tensor<2x3x4xf16>) outs(%32 : tensor<4x2x3xf16>) permutation = [2, 0, 1]
    %34 = tensor.empty() : tensor<2xf32>
    %35 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0)>], iterator_types = ["parallel", "reduction", "reduction"]} ins(%arg8 : tensor<2x3x4xf16>) outs(%34 : tensor<2xf32>) {
    ^bb0(%arg10: f16, %arg11: f32):
      %36 = arith.extf %arg10 : f16 to f32
      %37 = arith.addf %arg11, %36 : f32
      linalg.yield %37 : f32
    } -> tensor<2xf32>
    return %7 : tensor<?x4xf32>
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
    %61 = math.fma %arg1, %arg1, %arg1 : f32
    cf.cond_br %arg2, ^bb1(%arg0 : i32), ^bb2
  ^bb1(%62: i32):
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
  func.func @vectors(%arg0: memref<4x?xf32>, %arg1: index, %arg2: f32) {
    %0 = memref.alloca() : memref<vector<8xf32>>
    affine.parallel (%arg3) = (0) to (4) {
      affine.parallel (%arg4) = (max(%arg3, 2)) to (min(%arg3 + 64, %arg1)) step (8) {
        %1 = affine.vector_load %arg0[%arg3, %arg4 + 1] : memref<4x?xf32>, vector<8xf32>
        affine.prefetch %arg0[%arg3 + 1, %arg4], read, locality<3>, data : memref<4x?xf32>
        affine.prefetch %arg0[%arg3 + 1, 0], write, locality<0>, data : memref<4x?xf32>
        %2 = vector.broadcast %arg2 : f32 to vector<8xf32>
        %3 = arith.constant dense<1.500000e+00> : vector<8xf32>
        %4 = math.fma %1, %2, %3 : vector<8xf32>
        %5 = arith.addf %4, %1 fastmath<reassoc,contract> : vector<8xf32>
        %6 = arith.cmpf olt, %5, %3 : vector<8xf32>
        %7 = arith.select %6, %5, %3 : vector<8xi1>, vector<8xf32>
        affine.store %7, %0[] : memref<vector<8xf32>>
        %8 = affine.load %0[] : memref<vector<8xf32>>
        %9 = vector.reduction <maximumf>, %8 : vector<8xf32> into f32
        %10 = vector.reduction <add>, %8 fastmath<reassoc> : vector<8xf32> into f32
        %11 = vector.extract %8[3] : f32 from vector<8xf32>
        %12 = vector.insert %11, %8 [7] : f32 into vector<8xf32>
        %13 = arith.bitcast %12 : vector<8xf32> to vector<8xi32>
        affine.vector_store %12, %arg0[%arg3, 0] : memref<4x?xf32>, vector<8xf32>
      }
    }
    return
  }
  func.func @unrealized(%arg0: index) -> i64 {
    %0 = builtin.unrealized_conversion_cast %arg0 : index to i64
    return %0 : i64
  }
  func.func @nothing() {
    return
  }
}

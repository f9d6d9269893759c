"""A convolution for a script of the transform dialect to make fast: the program, and a schedule."""

from __future__ import annotations

from tern.parts import part


def convolution(
    height: int, width: int, channels: int, window: tuple[int, int], filters: int, stride: int = 1
) -> str:
    """A module with @convolve(X, K, Y), which adds the convolution of an image with filters to Y.

    All are float32 buffers. Y is [1, height, width, filters], K [*window, channels, filters], and X
    is as high and wide as that takes: [1, stride * (height - 1) + window[0], …, channels]. In
    between it is linalg.conv_2d_nhwc_hwcf on tensors.
    """
    rows, columns = (stride * (n - 1) + w for n, w in zip((height, width), window))
    x = f"1x{rows}x{columns}x{channels}xf32"
    k = f"{window[0]}x{window[1]}x{channels}x{filters}xf32"
    y = f"1x{height}x{width}x{filters}xf32"
    return f"""
func.func @convolve(%X: memref<{x}>, %K: memref<{k}>, %Y: memref<{y}>) {{
  %x = bufferization.to_tensor %X restrict : memref<{x}> to tensor<{x}>
  %k = bufferization.to_tensor %K restrict : memref<{k}> to tensor<{k}>
  %y = bufferization.to_tensor %Y restrict writable : memref<{y}> to tensor<{y}>
  %r = linalg.conv_2d_nhwc_hwcf
    {{dilations = dense<1> : tensor<2xi64>, strides = dense<{stride}> : tensor<2xi64>}}
    ins(%x, %k : tensor<{x}>, tensor<{k}>) outs(%y : tensor<{y}>) -> tensor<{y}>
  bufferization.materialize_in_destination %r in restrict writable %Y
    : (tensor<{y}>, memref<{y}>) -> ()
  return
}}
"""


@part("workshop.mlir.fast_convolution")
def fast_convolution() -> tuple[str, str]:
    """Passes that make a convolution fast, and a script for one of them.

    Returns (passes, script). `passes` is what mlir-opt's `--pass-pipeline` has inside of
    `builtin.module(…)`: they run on what `convolution(…)` gives, for any sizes and strides from 1
    up, and leave a module without linalg and without tensors, in any of the dialects vector, scf,
    affine, memref, arith, cf, and func. The book's passes then bring it down to LLVM. `script` is
    text in the dialect transform: a module with the attribute transform.with_named_sequence, and in
    it the named sequence @__transform_main, which the pass `transform-interpreter` runs where it
    comes among `passes`. Neither changes what the function takes.

    The sums may add their terms in another order, in float32. It is to be right at any size, and
    fast at sizes that no tile divides: 27 by 31 pixels, 64 filters, of 32 channels and a window
    of 3 by 3.

        >>> passes, script = fast_convolution()
        >>> "one-shot-bufferize" in passes, "linalg.conv_2d_nhwc_hwcf" in script
        (True, True)
    """
    op, loop = "!transform.any_op", '!transform.op<"scf.for">'
    around = ", ".join([loop] * 7)  # over batch, height, width, filters, window, and channels
    script = f"""
      module attributes {{transform.with_named_sequence}} {{
        transform.named_sequence @__transform_main(%module: {op}) {{
          %conv = transform.structured.match ops{{["linalg.conv_2d_nhwc_hwcf"]}} in %module
            : ({op}) -> {op}
          %tile, %around:7 = transform.structured.tile_using_for %conv
            tile_sizes [1, 1, 4, 16, 1, 1, 1] : ({op}) -> ({op}, {around})
          %f = transform.structured.match ops{{["func.func"]}} in %module : ({op}) -> {op}
          %peeled = transform.apply_registered_pass "scf-for-loop-peeling" to %f : ({op}) -> {op}
          transform.apply_patterns to %peeled {{
            transform.apply_patterns.scf.for_loop_canonicalization
            transform.apply_patterns.canonicalization
          }} : {op}
          %tiles = transform.structured.match ops{{["linalg.conv_2d_nhwc_hwcf"]}} in %peeled
            : ({op}) -> {op}
          %rows = transform.structured.decompose %tiles : ({op}) -> {op}
          %vectors = transform.structured.vectorize_children_and_apply_patterns %peeled
            : ({op}) -> {op}
          transform.apply_patterns to %vectors {{
            transform.apply_patterns.vector.cast_away_vector_leading_one_dim
            transform.apply_patterns.canonicalization
          }} : {op}
          %loops = transform.structured.match interface{{LoopLikeInterface}} in %vectors
            : ({op}) -> {op}
          transform.apply_licm to %loops : {op}
          transform.loop.hoist_loop_invariant_subsets %loops : {op}
          transform.apply_patterns to %vectors {{
            transform.apply_patterns.vector.lower_contraction lowering_strategy = "outerproduct"
            transform.apply_patterns.vector.lower_outerproduct
          }} : {op}
          transform.yield
        }}
      }}
    """
    passes = """transform-interpreter, canonicalize, cse, one-shot-bufferize, canonicalize, cse,
        canonicalize, func.func(convert-linalg-to-loops)"""
    return passes, script

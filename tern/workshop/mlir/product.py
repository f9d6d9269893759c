"""A matrix product for MLIR's passes to make fast: the program, and a pipeline for it."""

from __future__ import annotations

from tern.parts import part


def product(m: int, n: int, k: int) -> str:
    """A module with @matmul(A, B, C), which adds A [m, k] @ B [k, n] to C [m, n], float32 buffers.

    In between it is linalg on tensors, whatever the buffers are.
    """
    a, b, c = f"{m}x{k}xf32", f"{k}x{n}xf32", f"{m}x{n}xf32"
    return f"""
func.func @matmul(%A: memref<{a}>, %B: memref<{b}>, %C: memref<{c}>) {{
  %a = bufferization.to_tensor %A restrict : memref<{a}> to tensor<{a}>
  %b = bufferization.to_tensor %B restrict : memref<{b}> to tensor<{b}>
  %c = bufferization.to_tensor %C restrict writable : memref<{c}> to tensor<{c}>
  %r = linalg.matmul ins(%a, %b : tensor<{a}>, tensor<{b}>) outs(%c : tensor<{c}>) -> tensor<{c}>
  bufferization.materialize_in_destination %r in restrict writable %C
    : (tensor<{c}>, memref<{c}>) -> ()
  return
}}
"""


@part("workshop.mlir.fast_matmul")
def fast_matmul() -> tuple[str, str]:
    """Passes that make a matrix product fast, and a script for one of them.

    Returns (passes, script). `passes` is what mlir-opt's `--pass-pipeline` has inside of
    `builtin.module(…)`: they run on `product(m, n, k)`, for any sizes from 1 up, and leave a module
    without linalg and without tensors, in any of the dialects vector, scf, affine, memref, arith,
    cf, and func. The book's passes then bring it down to LLVM. `script` is text in the dialect
    transform, "" if there is none: a module with the attribute transform.with_named_sequence, and
    in it the named sequence @__transform_main, which the pass `transform-interpreter` runs where it
    comes among `passes`. Neither changes what the function takes.

    The product may add its terms in another order, in float32. It is to be fast at m = n = k = 384,
    and right at any size.

        >>> passes, script = fast_matmul()
        >>> "one-shot-bufferize" in passes, "transform.named_sequence @__transform_main" in script
        (True, True)
    """
    rows, columns = 6, 16  # of C, as vectors in registers: 12 of AVX2's 16, 6 of AVX-512's 32
    script = f"""
      module attributes {{transform.with_named_sequence}} {{
        transform.named_sequence @__transform_main(%module: !transform.any_op) {{
          %matmul = transform.structured.match ops{{["linalg.matmul"]}} in %module
            : (!transform.any_op) -> !transform.any_op
          %tile, %loops:3 = transform.structured.tile_using_for %matmul
            tile_sizes [{rows}, {columns}, 1]
            : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op,
                                      !transform.any_op)
          %f = transform.structured.match ops{{["func.func"]}} in %module
            : (!transform.any_op) -> !transform.any_op
          %vectors = transform.structured.vectorize_children_and_apply_patterns %f
            : (!transform.any_op) -> !transform.any_op
          %around = transform.structured.match interface{{LoopLikeInterface}} in %vectors
            : (!transform.any_op) -> !transform.any_op
          transform.apply_licm to %around : !transform.any_op
          transform.loop.hoist_loop_invariant_subsets %around : !transform.any_op
          transform.apply_patterns to %vectors {{
            transform.apply_patterns.vector.lower_contraction lowering_strategy = "outerproduct"
            transform.apply_patterns.vector.lower_outerproduct
          }} : !transform.any_op
          transform.yield
        }}
      }}
    """
    passes = """transform-interpreter, canonicalize, cse, one-shot-bufferize, canonicalize,
        func.func(convert-linalg-to-loops)"""
    return passes, script
